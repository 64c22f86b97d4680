"""The whole box from outside: up, down, reset, and every way to kill it."""

from __future__ import annotations

import json
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.onebox import running
from infra.onebox.directory import DataDirectory
from shared.settings import Settings
from tests.databases import execute
from tests.directories import server_directory
from tests.infra.boxes import (
    assert_all_ended,
    assert_shut_down,
    everybody,
    ready,
    rollcall,
    up,
)


@pytest.fixture(scope="module")
def data_dir() -> Iterator[Path]:
    """One data directory for all tests: initialising it takes longest."""
    with server_directory() as directory:
        yield directory / "box"
        rollcall("reset", "--yes", data_dir=directory / "box")


def test_ctrl_c_stops_everything_in_order(data_dir: Path) -> None:
    with up(data_dir) as (box, state):
        assert ready(state.url)["status"] == "ready"
        others = everybody(state, data_dir)
        box.send_signal(signal.SIGINT)
        assert box.wait(20) == 0
        assert_all_ended(others, 0.1)
    assert_shut_down(data_dir)
    assert not (data_dir / "servers" / "postgres" / "postmaster.pid").exists()
    assert not (data_dir / "sockets").exists()


def test_down_stops_it_from_another_terminal_by_sigterm(data_dir: Path) -> None:
    with up(data_dir) as (box, state):
        others = everybody(state, data_dir)
        stopped = rollcall("down", "--json", data_dir=data_dir)
        assert json.loads(stopped.stdout) == {
            "data_dir": str(data_dir),
            "stopped": True,
        }
        assert box.wait(1) == 0
        assert_all_ended(others, 0.1)
    again = rollcall("down", data_dir=data_dir)
    assert again.returncode == 0
    assert again.stdout == f"Nothing was running on {data_dir}\n"


def test_when_the_supervisor_is_killed_all_others_notice(data_dir: Path) -> None:
    with up(data_dir) as (box, state):
        others = everybody(state, data_dir)
        box.kill()
        assert_all_ended(others)
    assert_shut_down(data_dir)


def test_kill_9_of_the_whole_tree_is_recovered_at_the_next_start(
    data_dir: Path,
) -> None:
    with up(data_dir) as (_, state):
        execute(state.database_url, "CREATE TABLE kept (n int)")
        for process in [state.guard, state.supervisor, *everybody(state, data_dir)]:
            process.send(signal.SIGKILL)
        with up(data_dir) as (_, next_state):
            ready(next_state.url)
            execute(next_state.database_url, "DROP TABLE kept")


@pytest.mark.slow
def test_orphans_that_nobody_ended_are_ended_by_the_next_start(data_dir: Path) -> None:
    with up(data_dir) as (_, state):
        others = everybody(state, data_dir)
        # Nobody is left to end the servers, and one child cannot even notice.
        state.guard.send(signal.SIGKILL)
        state.children["apis"].send(signal.SIGSTOP)
        state.supervisor.send(signal.SIGKILL)
        with up(data_dir) as (_, next_state):
            assert_all_ended(others, 0.1)
            ready(next_state.url)


def test_a_restart_takes_the_same_port(data_dir: Path) -> None:
    last = DataDirectory(data_dir).read()
    assert last
    with up(data_dir) as (_, state):
        assert state.url == last.url


@pytest.mark.slow
def test_when_its_port_is_taken_it_takes_another(data_dir: Path) -> None:
    last = DataDirectory(data_dir).read()
    assert last
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", int(last.url.rpartition(":")[2])))
        other.listen()
        with up(data_dir) as (_, state):
            assert state.url != last.url
            ready(state.url)


def test_reset_deletes_everything_and_nothing_that_is_no_data_directory(
    tmp_path: Path,
) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    refused = rollcall("reset", "--yes", data_dir=mine)
    assert refused.returncode == 1
    assert mine.exists()
    # Below a directory that only root can enter, servers keep their files elsewhere.
    box = tmp_path / "box"
    with up(box) as (_, state):
        elsewhere = (box / "servers").resolve()
        asked = rollcall("reset", data_dir=box)
        assert asked.returncode == 130, "nobody is there to answer"
        assert state.supervisor.runs()
        assert rollcall("reset", "--yes", data_dir=box).returncode == 0
    assert not box.exists()
    assert not elsewhere.exists()


@pytest.mark.slow
def test_servers_named_in_the_environment_win_and_none_are_started(
    tmp_path: Path, settings: Settings
) -> None:
    overrides = {
        "ROLLCALL_DATA_DIR": str(tmp_path / "box"),
        "ROLLCALL_DATABASE_URL": settings.database_url,
        "ROLLCALL_REDIS_URL": settings.redis_url,
    }
    with running(overrides) as box:
        assert box.settings.database_url == settings.database_url
        assert box.settings.redis_url == settings.redis_url
        ready(box.url)
        assert not (tmp_path / "box" / "servers").exists()
