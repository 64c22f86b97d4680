"""Start everything, keep it running, stop it in order."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from urllib.request import ProxyHandler, build_opener

from sqlalchemy import make_url

from infra.budget import connections_needed
from infra.embedded.accounts import NoAccount
from infra.embedded.binaries import NoServerProgram
from infra.embedded.guard import Guard
from infra.embedded.postgres import PostgresFailed
from infra.embedded.processes import Process
from infra.embedded.servers import Servers, servers
from infra.embedded.valkey import ValkeyFailed
from infra.onebox.children import Child
from infra.onebox.directory import DataDirectory, State
from infra.revisions import is_up_to_date
from shared.settings import Settings
from shared.variables import with_files

READY_SECONDS = 60.0
INDEX_SECONDS = 300.0
SERVER_FAULTS = (NoAccount, NoServerProgram, PostgresFailed, ValkeyFailed, OSError)

CHILD = (sys.executable, "-m", "infra.onebox.child")

Tell = Callable[[str], None]


class BoxFailed(RuntimeError):
    """The box could not start; the message is one line and says what to look at."""


@dataclass(frozen=True, slots=True)
class Box:
    """A running Rollcall.

    `url` is the base of all three APIs (no slash at the end); `settings` are those of
    its processes, with their data directory, database, Valkey and token key, so that
    tokens can be minted and databases be looked at.
    """

    url: str
    settings: Settings
    apis: Child
    workers: Child


@contextmanager
def running(
    settings_overrides: Mapping[str, str] | None = None,
    *,
    port: int = 0,
    tell: Tell = lambda line: None,
) -> Iterator[Box]:
    """Run all of Rollcall until the block ends; everything it started ends with it.

        with running({"ROLLCALL_DATA_DIR": str(tmp_path)}) as box:
            httpx.get(f"{box.url}/readyz")

    `settings_overrides` are ROLLCALL_… variables that win over the environment. Without
    ROLLCALL_DATABASE_URL and ROLLCALL_REDIS_URL, PostgreSQL and Valkey are started on
    the data directory (ROLLCALL_DATA_DIR, or `.rollcall` here) and keep their data
    there. `port` 0 takes the port of the last time if it is free, else any free one.
    `tell` gets a line for people whenever a process ends by itself and is restarted.

    When the block is entered the database is migrated, the APIs are ready (`/readyz`:
    index loaded) and the workers have been started. It is not a coroutine (it blocks
    some two seconds) and may be used inside one. Killing the calling process ends all
    the others, in order.

    Raises AlreadyRunning when a box holds this data directory, and BoxFailed.
    """
    environment = with_files(_filled({**os.environ, **(settings_overrides or {})}))
    draft = Settings.from_environment({**UNKNOWN_SERVERS, **_filled(environment)})
    directory = DataDirectory(draft.data_dir)
    with ExitStack() as stack:
        stack.enter_context(directory.held())
        last = directory.read()
        directory.end_leftovers()
        guard = Guard()
        stack.callback(guard.release)
        listener = stack.enter_context(_listen(port, last))
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        both = stack.enter_context(_servers(draft, environment, guard))
        logs = directory.path / "logs"
        logs.mkdir(mode=0o700, exist_ok=True)
        # The children import their modules while the database is migrated.
        apis = Child(
            "apis",
            [*CHILD, "apis"],
            logs,
            guard,
            tell,
            listener=listener,
            essential=True,
        )
        workers = Child("workers", [*CHILD, "workers"], logs, guard, tell)
        stack.callback(_stop_all, apis, workers)
        settings = _settings(environment, both, url)
        _migrate(settings)
        _make_token_key(settings)
        state = State(
            supervisor=_running_process(os.getpid()),
            guard=_running_process(guard.pid),
            url=url,
            database_url=both.database_url,
            redis_url=both.redis_url,
            environment=settings.environment(),
        )
        record = _Record(directory, state)
        for child in (apis, workers):
            child.begin(settings.environment(), record.note)
        if not apis.wait_ready(READY_SECONDS):
            raise BoxFailed(f"the APIs did not start: {apis.last_words()}")
        _wait_until_ready(url)
        workers.wait_ready(READY_SECONDS)
        yield Box(url=url, settings=settings, apis=apis, workers=workers)


UNKNOWN_SERVERS = {
    "ROLLCALL_DATABASE_URL": "postgresql://",
    "ROLLCALL_REDIS_URL": "redis://",
}


class _Record:
    """Keeps the state file true while children come and go."""

    def __init__(self, directory: DataDirectory, state: State) -> None:
        self._directory = directory
        self._state = state
        self._lock = threading.Lock()

    def note(self, name: str, process: Process) -> None:
        with self._lock:
            self._state.children[name] = process
            self._directory.write(self._state)


@contextmanager
def _servers(
    draft: Settings, environment: Mapping[str, str], guard: Guard
) -> Iterator[Servers]:
    with ExitStack() as stack:
        try:
            both = stack.enter_context(
                servers(
                    draft.data_dir,
                    guard,
                    max_connections=connections_needed(draft),
                    database_url=environment.get("ROLLCALL_DATABASE_URL") or None,
                    redis_url=environment.get("ROLLCALL_REDIS_URL") or None,
                )
            )
        except SERVER_FAULTS as fault:
            raise BoxFailed(str(fault)) from fault
        yield both


def _settings(environment: Mapping[str, str], both: Servers, url: str) -> Settings:
    return Settings.from_environment(
        {
            "ROLLCALL_PROFILES_URL": url,
            "ROLLCALL_POSTINGS_URL": url,
            "ROLLCALL_MATCHING_URL": url,
            **_filled(environment),
            "ROLLCALL_DATABASE_URL": both.database_url,
            "ROLLCALL_REDIS_URL": both.redis_url,
        }
    )


def _migrate(settings: Settings) -> None:
    """In a thread of its own: the caller may have an event loop running."""
    with ThreadPoolExecutor(1) as thread:
        try:
            thread.submit(_bring_up_to_date, settings).result()
        except Exception as fault:
            line = str(fault).strip().splitlines()
            raise BoxFailed(
                f"the database cannot be migrated: {line[0] if line else fault!r}"
            ) from fault


def _bring_up_to_date(settings: Settings) -> None:
    # logins with passwords are always set anew: the secret may have changed
    private = make_url(settings.database_url).password is None
    if private and asyncio.run(is_up_to_date(settings)):
        return
    # Alembic takes a third of a second to import, which the children need not wait for
    from infra.migrate import migrate_now

    migrate_now(settings)


def _make_token_key(settings: Settings) -> None:
    if settings.token_key_file.exists():
        return
    from shared.signing_keys import held_keys  # not at every start: it takes a moment

    held_keys(settings)


def _wait_until_ready(url: str) -> None:
    """Until all three say so: matching loads its index after it began to answer."""
    direct = build_opener(ProxyHandler({}))
    deadline = time.monotonic() + INDEX_SECONDS
    while True:
        try:
            with direct.open(f"{url}/readyz", timeout=10):
                return
        except OSError as answer:  # an HTTP error is one, too
            if time.monotonic() > deadline:
                raise BoxFailed(f"the APIs are not ready: {answer}") from None
        time.sleep(0.02)


@contextmanager
def _listen(port: int, last: State | None) -> Iterator[socket.socket]:
    """A listening socket: held here, it outlives an API process that is restarted."""
    wanted = [port] if port else [_last_port(last), 0]
    for candidate in wanted:
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", candidate))
        except OSError as fault:
            listener.close()
            if candidate == wanted[-1]:
                raise BoxFailed(f"port {candidate}: {fault.strerror}") from fault
            continue
        with listener:
            listener.listen(512)
            yield listener
        return


def _last_port(last: State | None) -> int:
    return int(last.url.rpartition(":")[2]) if last else 0


def _stop_all(*children: Child) -> None:
    for child in children:
        child.ask_to_stop()
    for child in children:
        child.stop()


def _running_process(pid: int) -> Process:
    process = Process.of(pid)
    if process is None:
        raise BoxFailed(f"process {pid} has gone")
    return process


def _filled(environment: Mapping[str, str]) -> dict[str, str]:
    """An empty variable means "not set", as in every shell script."""
    return {name: value for name, value in environment.items() if value}
