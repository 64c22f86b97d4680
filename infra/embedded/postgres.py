"""One embedded PostgreSQL: initialise, start, recover, stop."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path
from urllib.parse import quote

from infra.embedded.accounts import Account
from infra.embedded.binaries import postgres_programs
from infra.embedded.processes import POLL_SECONDS, Ending, Process, command_line

OWNER = "rollcall"
DATABASE = "rollcall"
SOCKET_NAME = ".s.PGSQL.5432"
START_SECONDS = 60.0

# Fast shutdown, then immediate, then none at all (recovered at the next start).
ENDING = Ending(((signal.SIGINT, 20.0), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0)))

# What a server that was killed leaves behind for a moment: its children still hold the
# shared memory, or its lock file names a process that has just gone.
PASSING_FAULTS = ("pre-existing shared memory block", "lock file", "could not bind")


class PostgresFailed(RuntimeError):
    """PostgreSQL did not start; the message is the last line of its log."""


class Postgres:
    """A server on `files` that listens on a socket in `sockets` only.

    It keeps every promise of a production server (fsync, full page writes, checksums)
    unless told otherwise; memory is modest, as it shares a laptop. Trust is the
    authentication: who can enter the private socket directory owns the data anyway.
    """

    def __init__(
        self,
        files: Path,
        sockets: Path,
        log: Path,
        account: Account,
        *,
        max_connections: int,
        durable: bool = True,
    ) -> None:
        self.data = files / "postgres"
        self.sockets = sockets
        self.log = log
        self.account = account
        self.max_connections = max_connections
        self.durable = durable
        self.programs = postgres_programs(account)
        self._server: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        host = quote(str(self.sockets), safe="/")
        return f"postgresql://{OWNER}@/{DATABASE}?host={host}"

    def start(self, tries: int = 50) -> Process:
        """Start the server; returns before it accepts connections (see wait_ready)."""
        end_leftover(self.data)
        if not (self.data / "PG_VERSION").exists():
            self._initialise()
        # With no server alive these are stale, whatever process has their pid now.
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        for stale in self.sockets.glob(f"{SOCKET_NAME}*"):
            stale.unlink()
        with self.log.open("ab") as log:
            self._server = subprocess.Popen(
                [self.programs / "postgres", "-D", self.data, *self._options()],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=_environment(),
                cwd="/",
                start_new_session=True,
                **self.account.run_as(),
            )
        process = Process.of(self._server.pid)
        if process is None:
            # it has ended already: over what passes, as wait_ready would find
            words = self._last_words()
            if tries == 0 or not _passing(words):
                raise PostgresFailed(words)
            time.sleep(0.1)
            end_orphans(self.data)
            return self.start(tries - 1)
        return process

    def wait_ready(self) -> Process:
        """Wait until it accepts connections, starting again after a passing fault."""
        deadline = time.monotonic() + START_SECONDS
        while True:
            assert self._server
            if self._server.poll() is not None:
                words = self._last_words()
                if time.monotonic() > deadline or not _passing(words):
                    raise PostgresFailed(words)
                time.sleep(0.1)
                end_orphans(self.data)
                self.start()
            elif self._status() == "ready":
                process = Process.of(self._server.pid)
                if process:
                    return process
            elif time.monotonic() > deadline:
                self.stop()
                raise PostgresFailed(f"not ready after {START_SECONDS:.0f} s")
            time.sleep(POLL_SECONDS)

    def stop(self) -> None:
        """Fast shutdown: open transactions are rolled back, the rest is on disk."""
        server, self._server = self._server, None
        if server is None or server.poll() is not None:
            return
        for number, grace in ENDING.signals:
            server.send_signal(number)
            try:
                server.wait(grace)
            except subprocess.TimeoutExpired:
                continue
            return

    def _options(self) -> list[str]:
        options = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.sockets),
            "unix_socket_permissions": "0700",
            "max_connections": str(self.max_connections),
            "fsync": _on(self.durable),
            "full_page_writes": _on(self.durable),
            "synchronous_commit": _on(self.durable),
            "shared_buffers": "128MB",
            "max_wal_size": "2GB",
            "wal_level": "minimal",  # nobody replicates from a laptop
            "max_wal_senders": "0",
            "jit": "off",  # short queries: compiling costs more than it gives
            "timezone": "UTC",
            "log_timezone": "UTC",
        }
        return [word for item in options.items() for word in ("-c", "=".join(item))]

    def _initialise(self) -> None:
        """Make the cluster and its database; half a cluster is never taken for one."""
        draft = self.data.with_name("postgres.draft")
        if draft.exists():
            shutil.rmtree(draft)
        shutil.rmtree(self.data, ignore_errors=True)
        self._run(
            "initdb",
            f"--pgdata={draft}",
            f"--username={OWNER}",
            "--auth-local=trust",
            "--auth-host=reject",
            "--encoding=UTF8",
            # The same order on every machine, and no dependence on its C library.
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--locale=C.UTF-8",
            "--data-checksums",
            *([] if self.durable else ["--no-sync"]),
        )
        self._run(
            "postgres",
            "--single",
            "-D",
            str(draft),
            "template1",
            words=f"CREATE DATABASE {DATABASE}\n".encode(),
        )
        draft.rename(self.data)

    def _run(self, program: str, *arguments: str, words: bytes = b"") -> None:
        done = subprocess.run(
            [self.programs / program, *arguments],
            input=words,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=_environment(),
            cwd="/",
            check=False,
            **self.account.run_as(),
        )
        if done.returncode:
            lines = done.stdout.decode(errors="replace").strip().splitlines()
            raise PostgresFailed(lines[-1] if lines else f"{program} failed")

    def _status(self) -> str:
        """The server's own word in its lock file: starting, ready, stopping …"""
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
        except OSError:
            return ""
        assert self._server
        if len(lines) < 8 or lines[0] != str(self._server.pid):
            return ""
        return lines[7].strip()

    def _last_words(self) -> str:
        lines = self.log.read_text(errors="replace").splitlines()[-20:]
        for line in lines:
            if "FATAL" in line or "PANIC" in line:
                return line[line.index(": ") + 1 :].strip()
        return lines[-1] if lines else "PostgreSQL ended without a word"


def end_leftover(data: Path) -> bool:
    """Stop a server on this directory that an earlier, killed owner left running.

    False when there was none.
    """
    try:
        pid = int((data / "postmaster.pid").read_text().split("\n", 1)[0])
    except (OSError, ValueError):
        return False
    process = Process.of(pid)
    if process is None or str(data) not in command_line(pid):
        return False  # gone, and its pid may be somebody else's by now
    ENDING.apply([process])
    return True


def end_orphans(data: Path) -> None:
    """Kill server processes whose postmaster has gone but that still hold its memory.

    They are recognised by their working directory, which only Linux shows; elsewhere
    they are waited for (they end once they notice).
    """
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            orphan = entry.joinpath("cwd").readlink() == data
            name = entry.joinpath("comm").read_text().strip()
        except OSError:
            continue
        if orphan and name == "postgres":
            process = Process.of(int(entry.name))
            if process:
                process.send(signal.SIGKILL)


def _passing(words: str) -> bool:
    return any(fault in words for fault in PASSING_FAULTS)


def _on(wanted: bool) -> str:
    return "on" if wanted else "off"


def _environment() -> dict[str, str]:
    """Nothing of the caller's: PG* and LD_LIBRARY_PATH would change the server."""
    # A set LC_ALL also keeps macOS from starting threads in the postmaster.
    return {"LC_ALL": "C", "TZ": "UTC", "PATH": os.environ.get("PATH", os.defpath)}
