"""One embedded Valkey: start, recover, stop."""

from __future__ import annotations

import socket
import subprocess
import time
from pathlib import Path
from urllib.parse import quote

from infra.embedded.accounts import Account
from infra.embedded.binaries import valkey_program
from infra.embedded.processes import POLL_SECONDS, Process, command_line, terminate

SOCKET_NAME = "valkey.sock"
START_SECONDS = 30.0

# SIGTERM flushes the append-only file before the server ends.
ENDING = terminate(10.0)


class ValkeyFailed(RuntimeError):
    """Valkey did not start; the message is the last line of its log."""


class Valkey:
    """A server on `files` that listens on a socket in `sockets` only.

    It appends every write to a file (lost at most: one second), and refuses writes when
    memory is full rather than evicting a queue.
    """

    def __init__(self, files: Path, sockets: Path, log: Path, account: Account) -> None:
        self.data = files / "valkey"
        self.socket = sockets / SOCKET_NAME
        self.log = log
        self.account = account
        self._program = valkey_program(account)
        self._server: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"unix://{quote(str(self.socket), safe='/')}?db=0"

    def start(self) -> Process:
        """Start the server; returns before it accepts connections (see wait_ready)."""
        end_leftover(self.data)
        if not self.data.exists():
            self.data.mkdir()
            self.account.own(self.data)
        self.socket.unlink(missing_ok=True)
        with self.log.open("ab") as log:
            self._server = subprocess.Popen(
                [self._program, *self._options()],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={"LC_ALL": "C"},
                cwd="/",
                start_new_session=True,
                **self.account.run_as(),
            )
        process = Process.of(self._server.pid)
        if process is None:
            raise ValkeyFailed(self._last_words())
        return process

    def wait_ready(self) -> None:
        """Wait until it answers, which it does once the append-only file is loaded."""
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            assert self._server
            if self._server.poll() is not None:
                raise ValkeyFailed(self._last_words())
            if time.monotonic() > deadline:
                self.stop()
                raise ValkeyFailed(f"not ready after {START_SECONDS:.0f} s")
            time.sleep(POLL_SECONDS)

    def stop(self) -> None:
        """Flush the append-only file and end."""
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
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "dir": str(self.data),
            "pidfile": str(self.data / "valkey.pid"),
            "appendonly": "yes",
            "appendfsync": "everysec",
            "save": "",
            "maxmemory-policy": "noeviction",
            "set-proc-title": "no",  # the command line tells whose server it is
        }
        return [
            word for name, value in options.items() for word in (f"--{name}", value)
        ]

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(1.0)
            try:
                line.connect(str(self.socket))
                line.sendall(b"PING\r\n")
                return line.recv(64).startswith(b"+PONG")
            except OSError:
                return False

    def _last_words(self) -> str:
        lines = self.log.read_text(errors="replace").strip().splitlines()
        return lines[-1] if lines else "Valkey ended without a word"


def end_leftover(data: Path) -> bool:
    """Stop a server on this directory that an earlier, killed owner left running.

    False when there was none.
    """
    try:
        pid = int((data / "valkey.pid").read_text())
    except (OSError, ValueError):
        return False
    process = Process.of(pid)
    if process is None or str(data) not in command_line(pid):
        return False  # gone, and its pid may be somebody else's by now
    ENDING.apply([process])
    return True
