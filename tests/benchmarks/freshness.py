"""How soon a published job is ranked, and how soon a changed profile shows.

Through the HTTP APIs of a whole running Rollcall, with real servers on this machine.
There is no peer for this; the targets are printed beside the figures.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from datetime import timedelta
from pathlib import Path

import httpx
import numpy as np

from infra.onebox import Box, running
from infra.seed.filling import fill, newest_worker_event
from infra.seed.showcase import showcase_city, showcase_posting
from infra.seed.trades import trades
from shared.identity import Caller, Role
from shared.tokens import TokenKey
from shared.values import new_id, now

PUBLISHED = 60
CHANGED = 60
PATIENCE = 120.0


def main(scale: int = 20_000) -> None:
    """Prints median, p95 and worst of both, with `scale` workers in the market."""
    with (
        tempfile.TemporaryDirectory(prefix="rollcall-bench-") as directory,
        running({"ROLLCALL_DATA_DIR": str(Path(directory) / "data")}) as box,
    ):
        _fill(box, scale)
        operator = _client(box, Caller(new_id(), Role.OPERATOR))
        employer = _client(box, Caller(new_id(), Role.EMPLOYER, new_id()))
        with operator, employer:
            _await_workers(box, operator)
            print(f"{scale:,} workers")
            _tell("publish to ranked list", 500, _published(employer))
            _tell("availability change to ranking", 1000, _changed(operator, employer))


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
    key = TokenKey.read(box.settings.token_key_file)
    token = key.mint(box.settings, caller, timedelta(hours=1))
    return httpx.Client(
        base_url=box.url, headers={"Authorization": f"Bearer {token}"}, timeout=30
    )


def _tell(what: str, target_ms: int, seconds: list[float]) -> None:
    median, p95, worst = np.percentile(np.array(seconds) * 1000, [50, 95, 100])
    print(
        f"{what:32} median {median:6.0f} ms   p95 {p95:6.0f} ms   worst {worst:6.0f} ms"
        f"   (p95 wanted: under {target_ms} ms)"
    )
