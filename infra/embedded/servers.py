"""PostgreSQL and Valkey for one data directory, for as long as a block runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from infra.embedded import postgres, valkey
from infra.embedded.accounts import Account, server_account
from infra.embedded.guard import Guard
from infra.embedded.places import (
    forget,
    open_data_directory,
    server_files,
    socket_files,
)
from infra.embedded.postgres import Postgres
from infra.embedded.valkey import Valkey

SERVER_STEP = 0


@dataclass(frozen=True, slots=True)
class Servers:
    """Where the two servers are reached; embedded or somebody else's."""

    database_url: str
    redis_url: str


@contextmanager
def servers(
    data_dir: Path,
    guard: Guard,
    *,
    max_connections: int,
    durable: bool = True,
    database_url: str | None = None,
    redis_url: str | None = None,
) -> Iterator[Servers]:
    """Both servers, accepting connections; the ones started here stop at the end.

    A server whose URL is given is used as it is, and none is started for it. Without
    `durable` the data may not outlive a crash of the machine: for tests. Only one owner
    at a time may use a data directory: the caller holds a lock on it. Raises
    PostgresFailed, ValkeyFailed, NoAccount or NoServerProgram.
    """
    if database_url and redis_url:
        yield Servers(database_url, redis_url)
        return
    account = server_account()
    open_data_directory(data_dir, account)
    logs = data_dir / "logs"
    logs.mkdir(mode=0o700, exist_ok=True)
    files = server_files(data_dir, account)
    # A leftover server still holds its sockets: end it before they are swept away.
    postgres.end_leftover(files / "postgres")
    valkey.end_leftover(files / "valkey")
    sockets = socket_files(data_dir, account)
    with ExitStack() as running:
        running.callback(forget, data_dir / "sockets", account)
        database = None
        if not database_url:
            database = Postgres(
                files,
                sockets,
                logs / "postgres.log",
                account,
                max_connections=max_connections,
                durable=durable,
            )
            running.callback(database.stop)
            guard.watch(database.start(), step=SERVER_STEP, ending=postgres.ENDING)
        if not redis_url:
            queue = Valkey(files, sockets, logs / "valkey.log", account)
            running.callback(queue.stop)
            guard.watch(queue.start(), step=SERVER_STEP, ending=valkey.ENDING)
            queue.wait_ready()
            redis_url = queue.url
        if database:
            process = database.wait_ready()
            guard.watch(process, step=SERVER_STEP, ending=postgres.ENDING)
            database_url = database.url
        assert database_url
        yield Servers(database_url, redis_url)


def end_leftovers(data_dir: Path) -> bool:
    """Stop servers that a killed owner left running; False when there were none."""
    files = (data_dir / "servers").resolve()
    database = postgres.end_leftover(files / "postgres")
    queue = valkey.end_leftover(files / "valkey")
    return database or queue


def delete_server_files(data_dir: Path) -> None:
    """Delete the servers' data and sockets, wherever they are; no server may run."""
    account: Account = server_account()
    for name in ("servers", "sockets"):
        forget(data_dir / name, account)
