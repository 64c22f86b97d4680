"""Real `rollcall up` processes; what they wrote down tells whom to kill."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from infra.embedded.guard import CHECKOUT
from infra.embedded.processes import Process
from infra.onebox.directory import DataDirectory, State

ROLLCALL = [sys.executable, "-m", "infra.cli.main"]
START_SECONDS = 60


def environment(data_dir: Path) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("ROLLCALL_")}
    told = {"ROLLCALL_DATA_DIR": str(data_dir), "ROLLCALL_UNDERSTAND_AHEAD": "off"}
    return kept | told


def rollcall(*words: str, data_dir: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*ROLLCALL, *words],
        env=environment(data_dir),
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        timeout=START_SECONDS,
        check=False,
    )


@contextmanager
def up(data_dir: Path) -> Iterator[tuple[subprocess.Popen[str], State]]:
    """A `rollcall up` that is ready; whatever is left of it is ended."""
    box = subprocess.Popen(
        [*ROLLCALL, "up", "--json"],
        env=environment(data_dir),
        cwd=CHECKOUT,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert box.stdout
        lines: list[str] = []
        while not lines or lines[-1] != "}\n":
            lines.append(box.stdout.readline())
            assert lines[-1], "it ended before it was ready"
        state = DataDirectory(data_dir).running()
        assert state
        assert json.loads("".join(lines))["url"] == state.url
        yield box, state
    finally:
        box.kill()
        box.wait()
        DataDirectory(data_dir).stop()


def everybody(state: State, data_dir: Path) -> list[Process]:
    """All processes of a box but its supervisor, who ends last."""
    servers = [
        Process.of(int((data_dir / "servers" / name).read_text().split()[0]))
        for name in ("postgres/postmaster.pid", "valkey/valkey.pid")
    ]
    known = [state.guard, *state.children.values(), *servers]
    assert all(known)
    return [process for process in known if process]


def assert_all_ended(processes: list[Process], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    for process in processes:
        assert process.wait(max(0.01, deadline - time.monotonic())), process


def assert_shut_down(data_dir: Path) -> None:
    """PostgreSQL ended in order: nothing to recover at the next start."""
    lines = (data_dir / "logs" / "postgres.log").read_text().strip().splitlines()
    assert "database system is shut down" in lines[-1]


def ready(url: str) -> dict[str, Any]:
    """What it answers once it is ready, which it is soon after its API was replaced."""
    deadline = time.monotonic() + 20
    while True:
        answer = httpx.get(f"{url}/readyz", timeout=20)
        if answer.status_code == 200:
            break
        assert answer.status_code == 503
        assert time.monotonic() < deadline, answer.text
        time.sleep(0.05)
    document: dict[str, Any] = answer.json()
    return document
