"""Servers and boxes for the tests that break them."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from infra.embedded.accounts import Account, server_account
from infra.embedded.guard import Guard
from infra.embedded.places import (
    forget,
    open_data_directory,
    server_files,
    socket_files,
)
from infra.embedded.postgres import Postgres
from infra.embedded.processes import Process
from infra.embedded.valkey import Valkey
from shared.settings import Settings
from tests.directories import server_directory

UNSTARTED = Settings.from_environment(
    {
        "ROLLCALL_DATABASE_URL": "postgresql://migrator@/rollcall?host=/nowhere",
        "ROLLCALL_REDIS_URL": "unix:///nowhere/valkey.sock",
    }
)
"""Settings that name servers which do not run."""


@pytest.fixture(scope="session")
def account() -> Account:
    """As whom the servers run here."""
    return server_account()


@pytest.fixture
def guard() -> Iterator[Guard]:
    standing = Guard()
    yield standing
    standing.release()


@pytest.fixture(scope="module")
def open_directory() -> Iterator[Path]:
    """A directory that everybody can pass through, unlike pytest's own."""
    with server_directory() as directory:
        yield directory


@contextmanager
def new_postgres(data_dir: Path, account: Account) -> Iterator[Postgres]:
    """A server that was not started yet; stopped, and its files deleted elsewhere."""
    open_data_directory(data_dir, account)
    server = Postgres(
        server_files(data_dir, account),
        socket_files(data_dir, account),
        data_dir / "postgres.log",
        account,
        max_connections=30,
    )
    try:
        yield server
    finally:
        server.stop()
        forget(data_dir / "sockets", account)


@contextmanager
def new_valkey(data_dir: Path, account: Account) -> Iterator[Valkey]:
    open_data_directory(data_dir, account)
    server = Valkey(
        server_files(data_dir, account),
        socket_files(data_dir, account),
        data_dir / "valkey.log",
        account,
    )
    try:
        yield server
    finally:
        server.stop()
        forget(data_dir / "sockets", account)


def kill(process: Process) -> None:
    """kill -9, and wait until it has gone."""
    process.send(signal.SIGKILL)
    with suppress(ChildProcessError):
        os.waitpid(process.pid, 0)
    assert process.wait(5)
