"""A box while it runs: who may look at it, who finds it, what it survives."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from infra.onebox.directory import DataDirectory, State
from tests.directories import server_directory
from tests.infra.boxes import ready, rollcall, up


@pytest.fixture(scope="module")
def data_dir() -> Iterator[Path]:
    """Where the one box of these tests runs."""
    with server_directory() as directory:
        yield directory / "box"
        rollcall("reset", "--yes", data_dir=directory / "box")


@pytest.fixture(scope="module")
def state(data_dir: Path) -> Iterator[State]:
    with up(data_dir) as (_, state):
        yield state


def test_a_second_up_says_in_one_line_where_it_is(data_dir: Path, state: State) -> None:
    second = rollcall("up", data_dir=data_dir)
    assert second.returncode == 1
    assert second.stdout == ""
    assert second.stderr == (
        f"rollcall: Rollcall already runs on {data_dir} at {state.url}\n"
    )


def test_nobody_else_can_look_into_its_data_directory(
    data_dir: Path, state: State
) -> None:
    assert not data_dir.stat().st_mode & 0o066
    for name in ("state.json", "token-key.pem", "lock"):
        assert (data_dir / name).stat().st_mode & 0o777 == 0o600
    for name in ("logs", "servers", "sockets"):
        assert (data_dir / name).stat().st_mode & 0o777 == 0o700


def test_a_dead_worker_process_is_replaced_and_the_apis_never_notice(
    data_dir: Path, state: State
) -> None:
    state.children["workers"].send(signal.SIGKILL)
    ready(state.url)
    deadline = time.monotonic() + 20
    while True:
        now = DataDirectory(data_dir).running()
        assert now
        if now.children["workers"] != state.children["workers"]:
            break
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert now.children["workers"].runs()
    assert now.children["apis"] == state.children["apis"]


def test_requests_wait_while_a_dead_api_process_is_replaced(
    state: State,
) -> None:
    state.children["apis"].send(signal.SIGKILL)
    assert state.children["apis"].wait(5)
    ready(state.url)


@pytest.mark.slow
def test_other_commands_find_it(data_dir: Path, state: State) -> None:
    healthy = rollcall("doctor", "--json", data_dir=data_dir)
    findings = json.loads(healthy.stdout)["findings"]
    faults = [each for each in findings if each["state"] not in ("ok",)]
    assert (healthy.returncode, faults) == (0, [])
    assert {"postgres version", "connections", "roles", "schemas", "clock"} <= {
        each["name"] for each in findings
    }
    migrated = rollcall("migrate", "--json", data_dir=data_dir)
    assert set(json.loads(migrated.stdout)) == {"profiles", "postings", "matching"}
    token = rollcall("token", "--role", "operator", data_dir=data_dir)
    bearer = {"Authorization": f"Bearer {token.stdout.strip()}"}
    metrics = httpx.get(f"{state.url}/metrics", headers=bearer, timeout=10)
    assert metrics.status_code == 200
    queues = rollcall("queue", "--json", data_dir=data_dir)
    assert queues.returncode == 0, queues.stderr
