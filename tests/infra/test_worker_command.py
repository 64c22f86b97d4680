"""`rollcall worker`: supervised, asked how it is, drained; odd options are one line."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from infra.embedded.processes import Process
from shared.identity import Caller, Role
from shared.settings import Settings
from shared.tokens import TokenKey
from shared.values import new_id
from tests.databases import fetch

ROOT = Path(__file__).parents[2]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def until(condition: Callable[[], object], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@contextmanager
def command(settings: Settings, *words: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "infra.cli.main", "worker", *words],
        cwd=ROOT,
        env=os.environ | settings.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def status(url: str, path: str, **headers: str) -> int | None:
    try:
        return httpx.get(url + path, headers=headers, trust_env=False).status_code
    except httpx.TransportError:
        return None


def test_a_worker_says_how_it_is_survives_its_death_and_drains(
    settings: Settings,
) -> None:
    TokenKey.read_or_create(settings.token_key_file)
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    options = ("--probes", f"127.0.0.1:{port}", "--lanes", "bulk", "--concurrency", "2")
    with command(settings, "matching", *options, "--areas", "remote", "--json") as run:
        until(lambda: status(url, "/readyz") == 200)
        assert status(url, "/healthz") == 200
        assert status(url, "/metrics") == 401
        key = TokenKey.read_or_create(settings.token_key_file)
        operator = Caller(new_id(), Role.OPERATOR)
        token = key.mint(settings, operator, timedelta(minutes=5))
        bearer = {"Authorization": f"Bearer {token}"}
        page = httpx.get(url + "/metrics", headers=bearer, trust_env=False)
        assert page.status_code == 200
        query = "SELECT name, lanes, slots FROM matching.match_worker"
        [first] = fetch(settings.database_url, query)
        assert (first["lanes"], first["slots"]) == (["bulk"], 2)

        worker = Process.of(int(first["name"].split(":")[-2]))
        assert worker
        worker.send(signal.SIGKILL)
        until(lambda: status(url, "/readyz") is None)
        until(lambda: status(url, "/readyz") == 200)

        run.send_signal(signal.SIGTERM)
        out, _ = run.communicate(timeout=30)
        assert run.returncode == 0
        assert json.loads(out) == {"service": "matching", "working": True}
    # the one that drained has left, the one that was killed could not
    assert fetch(settings.database_url, query) == [first]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["profiles", "--lanes", "bulk"], "--lanes is for the matching worker only"),
        (["matching", "--lanes", "slow"], "ROLLCALL_WORKER_LANES must list lanes"),
        (["matching", "--areas", "moon"], "ROLLCALL_WORKER_AREAS must list areas"),
        (["matching", "--probes", "8080"], "ROLLCALL_WORKER_PROBES must be HOST:PORT"),
    ],
)
def test_odd_options_are_refused_in_one_line(
    settings: Settings, words: list[str], said: str
) -> None:
    with command(settings, *words) as run:
        _, errors = run.communicate(timeout=30)
    assert run.returncode == 1
    [line] = errors.splitlines()
    assert said in line
