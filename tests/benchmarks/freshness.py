"""How soon a published job is ranked, and how soon a changed profile shows.

Through the HTTP APIs of a whole running Rollcall, with real servers on this machine: at
rest, then while other people's profiles change, by commands of their own and by an
import. Whoever sends those runs on the same cores, so the rate that was reached is
printed beside the one that was tried. There is no peer for this; the targets are
printed beside the figures.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Iterator
from datetime import timedelta
from itertools import count as numbers
from pathlib import Path

import httpx
import numpy as np

from infra.onebox import Box, running
from infra.seed.filling import fill, newest_worker_event
from infra.seed.showcase import showcase_city, showcase_posting
from infra.seed.trades import trades
from infra.seed.workers import make_workers
from shared.identity import Caller, Role
from shared.tokens import TokenKey
from shared.values import new_id, now
from tests.benchmarks.loads import Request, load

PUBLISHED = 60
CHANGED = 60
PATIENCE = 120.0
COMMANDS = 300  # a second
IMPORTED, A_COMMIT = 2_000, 50  # rows a second, rows a request and so a commit
CHANGERS = 2_000  # people who change, one after the other
LOADED_MS = 300


def main(scale: int = 20_000) -> None:
    """Prints median, p95 and worst of both, with `scale` workers in the market."""
    with (
        tempfile.TemporaryDirectory(prefix="rollcall-bench-") as directory,
        running(
            {
                "ROLLCALL_DATA_DIR": str(Path(directory) / "data"),
                "ROLLCALL_RATE_LIMITS": "off",
            }
        ) as box,
    ):
        _fill(box, scale)
        operator = _client(box, Caller(new_id(), Role.OPERATOR))
        employer = _client(box, Caller(new_id(), Role.EMPLOYER, new_id()))
        with operator, employer:
            _await_workers(box, operator)
            print(f"{scale:,} workers")
            _tell("publish to ranked list", 500, _published(employer))
            _tell("availability change to ranking", 1000, _changed(operator, employer))
            token = _token(box, Caller(new_id(), Role.OPERATOR))
            with load(box, token, _commands(operator), COMMANDS, 32) as rate:
                seconds = _changed(operator, employer)
                reached = rate()
            _tell("the same beside commands", LOADED_MS, seconds)
            print(f"  commands: {reached:,.0f} a second of {COMMANDS:,}")
            rows = _imports()
            with load(box, token, rows, IMPORTED / A_COMMIT, 2) as rate:
                seconds = _changed(operator, employer)
                reached = A_COMMIT * rate()
            _tell("the same beside an import", LOADED_MS, seconds)
            print(
                f"  rows: {reached:,.0f} a second of {IMPORTED:,}, {A_COMMIT} a commit"
            )


def _published(employer: httpx.Client) -> list[float]:
    seconds = []
    for _ in range(PUBLISHED):
        started = time.perf_counter()
        posting = _publish(employer)
        _ranked(employer, posting)
        seconds.append(time.perf_counter() - started)
    return seconds


def _changed(operator: httpx.Client, employer: httpx.Client) -> list[float]:
    """The best person of a list says they are busy; until the list is without them."""
    posting = _publish(employer)
    best = _ranked(employer, posting)["matches"][0]["worker"]
    free = operator.get(f"/v1/workers/{best}").raise_for_status().json()
    states = [
        {"weekly": free["weekly"], "exceptions": []},
        {"weekly": [{"weekday": 6, "start": "03:00", "end": "03:30"}]},
    ]
    seconds = []
    for turn in range(CHANGED):
        started = time.perf_counter()
        changed = operator.put(
            f"/v1/workers/{best}/availability", json=states[(turn + 1) % 2]
        ).raise_for_status()
        position = changed.headers["Feed-Position"]
        matches = _ranked(employer, posting, position)["matches"]
        listed = best in {match["worker"] for match in matches}
        seconds.append(time.perf_counter() - started)
        if listed == (turn % 2 == 0):
            raise AssertionError("the list is not of the profile's newest state")
    return seconds


def _commands(operator: httpx.Client) -> Iterator[Request]:
    """Other people, one after the other, say when they can work."""
    people: list[str] = []
    page: dict[str, str] = {"limit": "100"}
    while len(people) < CHANGERS:
        found = operator.get("/v1/workers", params=page).raise_for_status().json()
        people += [each["id"] for each in found["items"]]
        if found["next"] is None:
            break
        page["cursor"] = found["next"]
    for turn in numbers():
        for person in people:
            hours = {"weekday": turn % 5, "start": "08:00", "end": "16:00"}
            yield "PUT", f"/v1/workers/{person}/availability", {"weekly": [hours]}


def _imports() -> Iterator[Request]:
    """Another system's people: registered at first, then changed with every row."""
    people = [
        made.document | {"source": {"system": "bench", "id": str(number)}}
        for number, made in enumerate(
            make_workers(CHANGERS, 11, now().date(), trades(), None)
        )
    ]
    for turn in numbers():
        for first in range(0, len(people), A_COMMIT):
            rows = [
                person
                | {"weekly": [{"weekday": turn % 5, "start": "08:00", "end": "16:00"}]}
                for person in people[first : first + A_COMMIT]
            ]
            yield "POST", "/v1/workers/batch", {"workers": rows}


def _publish(employer: httpx.Client) -> httpx.Response:
    return employer.post(
        "/v1/postings", json=showcase_posting(now())
    ).raise_for_status()


def _ranked(
    employer: httpx.Client, posting: httpx.Response, *positions: str
) -> dict[str, list[dict[str, str]]]:
    """The list that has seen the posting's event and those at `positions`."""
    seen = ",".join([posting.headers["Feed-Position"], *positions])
    deadline = time.monotonic() + PATIENCE
    while True:
        answer = employer.get(
            "/v1/matches",
            params={"posting": posting.json()["id"]},
            headers={"Feed-Position": seen},
        )
        if answer.status_code not in (404, 503) or time.monotonic() > deadline:
            document: dict[str, list[dict[str, str]]] = answer.raise_for_status().json()
            return document
        time.sleep(0.005)


def _fill(box: Box, scale: int) -> None:
    today = now().date()
    for count, city in ((scale // 2, None), (scale - scale // 2, showcase_city())):
        asyncio.run(
            fill(
                box.settings,
                trades(),
                workers=count,
                postings=50,
                seed=7,
                today=today,
                city=city,
            )
        )


def _await_workers(box: Box, operator: httpx.Client) -> None:
    """Until the index holds everybody whom profiles knows now."""
    newest = asyncio.run(newest_worker_event(box.settings))
    assert newest is not None
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        answer = operator.post(
            "/v1/matches/search",
            json={"market": "temporary", "remote": True, "k": 1},
            headers={"Feed-Position": newest},
        )
        if answer.is_success:
            return
        time.sleep(0.2)
    raise AssertionError(f"not rankable after {PATIENCE} s: {answer.text}")


def _client(box: Box, caller: Caller) -> httpx.Client:
    return httpx.Client(
        base_url=box.url,
        headers={"Authorization": f"Bearer {_token(box, caller)}"},
        timeout=30,
    )


def _token(box: Box, caller: Caller) -> str:
    key = TokenKey.read(box.settings.token_key_file)
    return key.mint(box.settings, caller, timedelta(hours=1))


def _tell(what: str, target_ms: int, seconds: list[float]) -> None:
    median, p95, worst = np.percentile(np.array(seconds) * 1000, [50, 95, 100])
    print(
        f"{what:32} median {median:6.0f} ms   p95 {p95:6.0f} ms   worst {worst:6.0f} ms"
        f"   (p95 wanted: under {target_ms} ms)"
    )
