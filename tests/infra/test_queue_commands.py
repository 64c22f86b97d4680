"""`rollcall queue …` against a running API, in this process."""

from __future__ import annotations

import asyncio
import json
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
import uvicorn
from typer.testing import CliRunner, Result

from infra.cli.main import new_cli
from infra.cli.output import CommandFailed
from services.matching.app import build
from tests.matching.documents import a_worker
from tests.matching.market import Market, market, until
from tests.matching.runs.verbs import a_run_that_is

__all__ = ["market"]

Rollcall = Callable[..., Awaitable[Result]]

TERMINAL = {"FORCE_COLOR": "1", "TERM": "xterm-256color"}
UP_A_LINE = "\x1b[1A"


@pytest.fixture
async def rollcall(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Rollcall]:
    settings = market.settings
    app = build(settings)
    for name in [name for name in os.environ if name.startswith("ROLLCALL_")]:
        monkeypatch.delenv(name)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        config = uvicorn.Config(app, log_level="error", lifespan="on", ws="none")
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        environment = {
            **settings.environment(),
            "ROLLCALL_MATCHING_URL": f"http://127.0.0.1:{listener.getsockname()[1]}",
            "ROLLCALL_TOKEN_KEY_FILE": str(settings.token_key_file),
            "ROLLCALL_DATA_DIR": str(settings.data_dir),
            "COLUMNS": "200",
        }

        async def run(
            *words: str, typed: str | None = None, terminal: bool = False
        ) -> Result:
            runner = CliRunner(env=environment | (TERMINAL if terminal else {}))
            return await asyncio.to_thread(
                lambda: runner.invoke(new_cli(), ["queue", *words], input=typed)
            )

        async def loaded() -> bool:
            return server.started and app.state.replica.loaded.is_set()

        try:
            await until(loaded, 30)
            yield run
        finally:
            server.should_exit = True
            await serving


def document(result: Result) -> Any:
    assert result.exit_code == 0, (result.output, result.exception)
    return json.loads(result.stdout)


def said(result: Result) -> str:
    assert result.exit_code == 0, (result.output, result.exception)
    return result.stdout


async def test_an_operator_finds_a_dead_run_reads_it_and_retries_it(
    market: Market, rollcall: Rollcall
) -> None:
    await market.knows(a_worker())
    run = await a_run_that_is(market, "dead")
    other = await a_run_that_is(market, "cancelled")
    listed = document(await rollcall("list", "--state", "dead", "--json"))["items"]
    assert [each["id"] for each in listed] == [str(run)]
    assert "failed 3 times" in said(await rollcall("list", "--error", "perhaps"))
    shown = said(await rollcall("show", str(run)))
    assert "queued because: test" in shown
    assert "dead" in shown
    assert document(await rollcall("show", str(run), "--json"))["history"]

    assert said(await rollcall("retry", str(run))) == f"{run}: queued\n"
    market.start("index", "claims")
    await market.ended(1)
    refused = await rollcall("retry", str(run), str(other))
    assert isinstance(refused.exception, CommandFailed)
    assert "1 of 2 runs were refused" in str(refused.exception)
    assert "The run is done" in refused.stderr
    assert f"{other}: queued" in refused.stdout
    await market.ended(2)
    assert "the same list" in said(await rollcall("replay", str(run)))
    anew = document(await rollcall("rerun", str(run), "--json"))["items"]
    assert anew[0]["origin"] == str(run)


async def test_what_filters_name_is_counted_and_asked_about_first(
    market: Market, rollcall: Rollcall
) -> None:
    for _ in range(3):
        await a_run_that_is(market, "dead")
    filters = ("--state", "dead", "--because", "failed 3 times")
    counted = said(await rollcall("discard", *filters, "--dry-run"))
    assert counted == "3 runs would be discarded.\n"
    asked = await rollcall("discard", *filters, typed="n\n")
    assert "discard 3 runs?" in asked.stderr
    assert asked.exit_code == 1
    assert len(await market.runs(state="dead")) == 3
    done = document(await rollcall("discard", *filters, "--yes", "--json"))
    assert (done["matched"], done["done"]) == (3, 3)
    assert await market.runs(state="dead") == []
    for words in (("retry",), ("retry", "x", "--state", "dead")):
        refused = await rollcall(*words)
        assert isinstance(refused.exception, CommandFailed)


async def test_lanes_are_paused_set_and_watched(
    market: Market, rollcall: Rollcall
) -> None:
    assert said(await rollcall("pause", "bulk")).startswith("bulk is paused")
    assert said(await rollcall("drain", "bulk")).startswith("bulk is draining")
    assert said(await rollcall("resume", "bulk")).startswith("bulk is open")
    lane = document(
        await rollcall("set", "bulk", "--weight", "3", "--most-running", "2", "--json")
    )
    assert (lane["weight"], lane["most_running"]) == (3, 2)
    lifted = document(await rollcall("set", "bulk", "--most-running", "0", "--json"))
    assert lifted["most_running"] is None
    assert document(await rollcall("set", "bulk", "--json")) == lifted
    lanes = document(await rollcall("--json"))["items"]
    assert [each["lane"] for each in lanes] == ["interactive", "refresh", "bulk"]
    assert "interactive" in said(await rollcall())

    await a_run_that_is(market, "queued")
    lines = said(await rollcall("watch", "--times", "2")).splitlines()
    assert len(lines) == 6
    assert " interactive open queued=1 running=0 dead=0 workers=0" in lines[0]
    seen = document(await rollcall("watch", "--times", "1", "--json"))
    assert seen["transitions"][0]["became"] == "queued"
    drawn = said(await rollcall("watch", "--times", "2", terminal=True))
    for title in ("Lanes", "Workers", "Last transitions"):
        assert drawn.count(title) >= 2, "once a look"
    first, _, second = drawn.partition(UP_A_LINE)
    assert "interactive" in first
    assert "interactive" in second, "drawn over the first"


async def test_worker_processes_are_listed(market: Market, rollcall: Rollcall) -> None:
    market.start("index", "claims")

    async def working() -> bool:
        told = document(await rollcall("workers", "--json"))["items"]
        return bool(told) and told[0]["state"] == "working"

    await until(working)
    assert market.runner.name in said(await rollcall("workers"))
