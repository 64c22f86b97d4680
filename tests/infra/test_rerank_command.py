"""`rollcall match --all` against a running API and a worker."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import uvicorn
from sqlalchemy import text

from services.matching.runs.bulk import queue_more
from services.matching.runs.routes import router
from shared.webapp import new_app
from tests.matching.documents import a_posting, a_worker
from tests.matching.market import Market, market

__all__ = ["market"]

Rollcall = Callable[..., Awaitable[subprocess.CompletedProcess[str]]]


@pytest.fixture
async def rollcall(market: Market) -> AsyncIterator[Rollcall]:
    settings = market.settings
    app = new_app("matching", settings, [router], prefixes=["/v1/runs"])
    app.state.doorbell = market.doorbell
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        config = uvicorn.Config(app, log_level="error", ws="none")
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        kept = {k: v for k, v in os.environ.items() if not k.startswith("ROLLCALL_")}

        async def run(*words: str) -> subprocess.CompletedProcess[str]:
            return await asyncio.to_thread(
                subprocess.run,
                [sys.executable, "-m", "infra.cli.main", *words],
                env={
                    **kept,
                    "ROLLCALL_MATCHING_URL": url,
                    "ROLLCALL_TOKEN_KEY_FILE": str(settings.token_key_file),
                    "ROLLCALL_DATA_DIR": str(settings.data_dir),
                },
                capture_output=True,
                text=True,
                timeout=90,
                check=False,
            )

        try:
            yield run
        finally:
            server.should_exit = True
            await serving


async def test_all_postings_are_ranked_once_though_a_command_was_stopped(
    market: Market, rollcall: Rollcall
) -> None:
    await market.knows(*(a_worker() for _ in range(3)))
    await market.knows(*(a_posting() for _ in range(5)))
    async with market.database.as_system() as session:
        await session.execute(text("DELETE FROM matching.match_run"))
    looked = await rollcall("match", "--all", "--dry-run")
    assert looked.stdout == "5 postings are open.\n", looked.stderr
    assert await market.runs() == []

    # what a command queued before it was stopped
    async with market.database.as_system() as session:
        await queue_more(session, 2)
    market.start("index", "claims")
    await market.ended(2)
    told = await rollcall("match", "--all", "--json")
    assert told.returncode == 0, told.stderr
    stands = json.loads(told.stdout)
    assert (stands["under_way"], stands["rerank"]["queued"]) == (False, 5)
    runs = await market.runs()
    assert [run["state"] for run in runs] == ["done"] * 5
    assert {run["lane"] for run in runs} == {"bulk"}


async def test_a_posting_or_all_of_them(rollcall: Rollcall) -> None:
    for words in (("match",), ("match", "--all", "0" * 32)):
        refused = await rollcall(*words)
        assert refused.returncode != 0
        assert "--all" in refused.stderr
