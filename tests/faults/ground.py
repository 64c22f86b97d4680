"""PostgreSQL and Valkey of the faults' own, which may be stopped and started again."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import redis
from sqlalchemy import make_url

from infra.embedded import postgres, valkey
from infra.embedded.accounts import server_account
from infra.embedded.guard import Guard
from infra.embedded.places import open_data_directory, server_files, socket_files
from infra.embedded.postgres import Postgres
from infra.embedded.processes import Process
from infra.embedded.servers import SERVER_STEP, delete_server_files
from infra.embedded.valkey import Valkey
from infra.migrate import migrate_now
from shared.settings import Settings
from shared.tokens import TokenKey
from tests.databases import execute
from tests.directories import server_directory

MOST_CONNECTIONS = 200
TEMPLATE = "template_of_faults"


@dataclass
class Ground:
    """Two servers on one directory, and a migrated database to clone."""

    postgres: Postgres
    valkey: Valkey
    directory: Path
    guard: Guard

    @property
    def template_url(self) -> str:
        url = make_url(self.postgres.url).set(database=TEMPLATE)
        return url.render_as_string(hide_password=False)

    def start_postgres(self) -> None:
        self.postgres.start()
        process = self.postgres.wait_ready()
        self.guard.watch(process, step=SERVER_STEP, ending=postgres.ENDING)

    def crash_postgres(self, how: signal.Signals) -> None:
        """End it with this signal, and start it again."""
        pid = int((self.postgres.data / "postmaster.pid").read_text().split()[0])
        held = Process.of(pid)
        assert held
        held.send(how)
        held.wait(30)
        self.start_postgres()

    def start_valkey(self) -> None:
        process = self.valkey.start()
        self.guard.watch(process, step=SERVER_STEP, ending=valkey.ENDING)
        self.valkey.wait_ready()

    def forget_rings(self) -> None:
        with redis.Redis.from_url(self.valkey.url) as client:
            client.flushall()

    def settings(self, database_url: str, directory: Path, port: int = 1) -> Settings:
        """Of processes on this ground whose APIs answer at `port`."""
        return Settings.from_environment(
            {
                "ROLLCALL_DATABASE_URL": database_url,
                "ROLLCALL_REDIS_URL": self.valkey.url,
                "ROLLCALL_TOKEN_KEY_FILE": str(self.directory / "token-key.pem"),
                "ROLLCALL_DATA_DIR": str(directory),
                "ROLLCALL_UNDERSTAND_AHEAD": "off",
                "ROLLCALL_URL": f"http://127.0.0.1:{port}",
            }
        )


@contextmanager
def open_ground() -> Iterator[Ground]:
    """Both servers run, durable as in production, until the block ends."""
    with ExitStack() as stack:
        directory = stack.enter_context(server_directory())
        guard = Guard()
        stack.callback(delete_server_files, directory)
        stack.callback(guard.release)
        pair = _pair(directory)
        stack.callback(pair[0].stop)
        stack.callback(pair[1].stop)
        ground = Ground(*pair, directory, guard)
        ground.start_postgres()
        ground.start_valkey()
        execute(ground.postgres.url, f"CREATE DATABASE {TEMPLATE}")
        settings = ground.settings(ground.template_url, directory)
        with ThreadPoolExecutor(1) as thread:
            thread.submit(migrate_now, settings).result()
        execute(ground.postgres.url, "CHECKPOINT")
        TokenKey.read_or_create(settings.token_key_file)
        yield ground


@contextmanager
def another_postgres(guard: Guard) -> Iterator[Postgres]:
    """A cluster of its own, empty."""
    with server_directory() as directory:
        server, _ = _pair(directory)
        try:
            server.start()
            process = server.wait_ready()
            guard.watch(process, step=SERVER_STEP, ending=postgres.ENDING)
            yield server
        finally:
            server.stop()
            delete_server_files(directory)


def _pair(directory: Path) -> tuple[Postgres, Valkey]:
    account = server_account()
    open_data_directory(directory, account)
    logs = directory / "logs"
    logs.mkdir(mode=0o700)
    files = server_files(directory, account)
    sockets = socket_files(directory, account)
    database = Postgres(
        files,
        sockets,
        logs / "postgres.log",
        account,
        max_connections=MOST_CONNECTIONS,
    )
    return database, Valkey(files, sockets, logs / "valkey.log", account)
