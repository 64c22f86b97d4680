"""How long a search takes over HTTP, and how much of that is ranking and explaining.

The matching API answers on real sockets, from an index of a crowd in one city; the same
questions are asked in turns of the route as it is and of the route with its ranking
remembered, so that what differs is the ranking alone.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import socket
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from http.client import HTTPConnection
from multiprocessing.connection import Connection
from typing import Any

import numpy as np
import orjson
import uvicorn
import uvloop
from fastapi import FastAPI
from sqlalchemy import insert

from infra.migrate import migrate_now
from infra.onebox.garbage import collect_seldom
from infra.onebox.protocol import PatientProtocol
from services.matching.app import build
from services.matching.matches import commands
from services.matching.models import worker
from shared.database import Database
from shared.identity import Caller, Role
from shared.settings import Settings
from shared.telemetry import set_up_logs
from shared.tokens import TokenKey
from shared.values import new_id
from tests.benchmarks.auditing import installation
from tests.matching.documents import a_posting, a_worker

QUESTIONS = 40
ROUNDS = 8
FOUND = 50
AT_ONCE = 1_000
TARGET_MS, TARGET_RATIO = 3.0, 1.3


def main(scale: int) -> None:
    """Prints the median of both, with `scale` workers who might fit."""
    set_up_logs()
    with installation() as settings:
        migrate_now(settings)
        TokenKey.read_or_create(settings.token_key_file)
        asyncio.run(_fill(settings, scale))
        with serving(settings) as both:
            _measure(settings, both)


async def _fill(settings: Settings, scale: int) -> None:
    database = Database(settings, "benchmark")
    for first in range(0, scale, AT_ONCE):
        docs = [_person(number) for number in range(first, min(scale, first + AT_ONCE))]
        rows = [
            {
                "id": doc["id"],
                "version": 1,
                "doc": doc,
                "removed": False,
                "stale": False,
            }
            for doc in docs
        ]
        async with database.as_system() as session:
            await session.execute(insert(worker), rows)
    await database.dispose()


def _person(number: int) -> dict[str, Any]:
    """Somewhere in the city, more or less skilled."""
    doc = dict(a_worker())
    place = dict(doc["places"][0])
    place["lat"] = round(place["lat"] + (number % 21 - 10) / 100, 6)
    place["lon"] = round(place["lon"] + (number // 21 % 21 - 10) / 100, 6)
    level = 1 + number % 5
    skills = [dict(claim, level=level) for claim in doc["skills"]]
    return doc | {"places": [place], "skills": skills}


def serve(settings: Settings, ports: Connection) -> None:
    """Twice the API, as `rollcall serve` does it, on free ports: as it is, and with its
    rankings remembered."""
    set_up_logs("WARNING")
    apps = [build(settings), build(replace(settings, data_dir=settings.data_dir / "2"))]
    remember_in(apps[1])
    collect_seldom()
    listeners = [socket.create_server(("127.0.0.1", 0)) for _ in apps]
    ports.send([listener.getsockname()[1] for listener in listeners])

    async def both() -> None:
        servers = [uvicorn.Server(_config(app)) for app in apps]
        await asyncio.gather(
            *(
                server.serve([listener])
                for server, listener in zip(servers, listeners, strict=True)
            )
        )

    uvloop.run(both())


def _config(app: FastAPI) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=PatientProtocol,
        ws="none",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
    )


@contextmanager
def serving(settings: Settings) -> Iterator[list[HTTPConnection]]:
    """In a process of its own, so that who asks takes no time of it; ready."""
    here, there = multiprocessing.Pipe()
    spawn = multiprocessing.get_context("spawn")
    process = spawn.Process(target=serve, args=(settings, there))
    process.start()
    try:
        found = [HTTPConnection("127.0.0.1", port) for port in here.recv()]
        for each in found:
            while not _is_ready(each):
                time.sleep(0.1)
        yield found
    finally:
        process.terminate()
        process.join()


def _is_ready(connection: HTTPConnection) -> bool:
    try:
        connection.request("GET", "/readyz")
        answer = connection.getresponse()
        answer.read()
    except OSError:
        connection.close()
        return False
    return answer.status == 200


def _measure(settings: Settings, both: Sequence[HTTPConnection]) -> None:
    operator = Caller(new_id(), Role.OPERATOR)
    key = TokenKey.read(settings.token_key_file)
    token = key.mint(settings, operator, timedelta(hours=1))
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    questions = [orjson.dumps(_search(number)) for number in range(QUESTIONS)]
    times: list[list[float]] = [[], []]
    for turn in range(ROUNDS):
        for which in (0, 1) if turn % 2 else (1, 0):
            for body in questions:
                started = time.perf_counter()
                both[which].request("POST", "/v1/matches/search", body, headers)
                answer = both[which].getresponse()
                text = answer.read()
                taken = time.perf_counter() - started
                assert len(orjson.loads(text)["matches"]) == FOUND
                if turn > 1:
                    times[which].append(taken * 1000)
    whole, rest = (float(np.median(each)) for each in times)
    print(
        f"search, {FOUND} explained   {whole:.2f} ms (wanted: under {TARGET_MS})"
        f"   with its ranking remembered {rest:.2f} ms"
        f"   ratio {whole / rest:.2f} (wanted: at most {TARGET_RATIO})"
    )


def _search(number: int) -> Mapping[str, Any]:
    posting = a_posting()
    names = ("market", "kind", "required_skills", "certificates", "languages", "zone")
    pay = {"currency": "GBP", "unit": "hour", "minimum": 1700, "maximum": 2000}
    shifts = [{"start": s["start"], "end": s["end"]} for s in posting["shifts"]]
    place = {"lat": 51.45 + number / 400, "lon": -0.1276, "country": "GB"}
    return {name: posting[name] for name in names} | {
        "shifts": shifts,
        "pay": pay,
        "place": place,
        "radius_km": 30,
        "k": FOUND,
    }


def remember_in(app: FastAPI) -> None:
    """What `rank_live` gave there for a search, it gives for the same one again."""
    # what the module itself calls, which it does not offer to others
    module: Any = commands
    rank, lists = module.rank_live, {}

    async def rank_or_remember(replica: Any, posting: Any, request: Any) -> Any:
        if replica is not app.state.replica:
            return await rank(replica, posting, request)
        if posting.site not in lists:
            lists[posting.site] = await rank(replica, posting, request)
        return lists[posting.site]

    module.rank_live = rank_or_remember
