"""A supervised child: begun, restarted with back-off, drained; never a danger."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from infra.embedded.guard import Guard
from infra.embedded.processes import Process
from infra.onebox import children
from infra.onebox.children import Child

# Speaks the protocol: settings in, "ready" out, ends when its input does.
PROGRAM = """
import json, os, signal, sys
{before}
ready = int(sys.argv[sys.argv.index("--ready") + 1])
words = sys.stdin.readline()
if words:
    print("told", json.loads(words)["NAME"], flush=True)
    os.write(ready, b"ready"); os.close(ready)
    {after}
    sys.stdin.read()
    print("input closed", flush=True)
"""

Make = Callable[..., Child]


@pytest.fixture
def told() -> list[str]:
    """What the supervisor told people."""
    return []


@pytest.fixture
def make(
    tmp_path: Path, guard: Guard, told: list[str], monkeypatch: pytest.MonkeyPatch
) -> Make:
    monkeypatch.setattr(children, "BACK_OFF", (0.01, 0.02, 0.3))

    def make(before: str = "", after: str = "", essential: bool = False) -> Child:
        program = PROGRAM.format(before=before, after=after)
        command = [sys.executable, "-S", "-c", program]
        return Child("work", command, tmp_path, guard, told.append, essential=essential)

    return make


def begin(child: Child) -> list[int]:
    pids: list[int] = []

    def note(name: str, process: Process) -> None:
        pids.append(process.pid)

    child.begin({"NAME": "rollcall"}, note)
    return pids


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_it_gets_its_settings_and_says_when_it_is_ready(make: Make) -> None:
    child = make()
    pids = begin(child)
    assert child.wait_ready(10)
    assert pids == [child.pid]
    child.stop()
    assert child.pid is None
    assert child.log
    assert child.log.read_text() == "told rollcall\n"


def test_before_it_begins_it_can_be_stopped(make: Make) -> None:
    child = make()
    child.stop()
    assert child.pid is None
    assert not child.wait_ready(1)


def test_a_child_that_dies_is_started_again_and_people_are_told(
    make: Make, tmp_path: Path, told: list[str]
) -> None:
    child = make()
    pids = begin(child)
    assert child.wait_ready(10)
    Process(pids[0], "").send(signal.SIGKILL)  # another mark: must not reach it
    assert child.pid == pids[0]
    process = Process.of(pids[0])
    assert process
    process.send(signal.SIGKILL)
    until(lambda: len(pids) == 2)
    log = tmp_path / "work.log"
    until(lambda: log.read_text().count("told") == 2)
    assert child.restarts == 1
    assert told == [f"work ended (signal 9), again in 0.01 s; see {log}"]
    child.stop()


def test_a_poisonous_child_is_tried_ever_more_slowly_and_for_ever(
    make: Make, told: list[str]
) -> None:
    child = make(after="raise SystemExit('poison')")
    begin(child)
    until(lambda: child.restarts >= 4)
    child.stop()
    pauses = [line.partition("again in ")[2].split()[0] for line in told]
    assert pauses[:4] == ["0.01", "0.02", "0.3", "0.3"]
    assert "exit code 1" in told[0]
    assert child.last_words().startswith("poison (see ")


def test_who_waits_for_a_child_that_dies_at_once_is_not_kept(make: Make) -> None:
    child = make(before="raise SystemExit('no such module')")
    begin(child)
    began = time.monotonic()
    assert not child.wait_ready(60)
    assert time.monotonic() - began < 10
    child.stop()


def test_an_essential_child_that_cannot_start_is_given_up(
    make: Make, told: list[str]
) -> None:
    child = make(before="raise SystemExit('no such module')", essential=True)
    begin(child)
    assert not child.wait_ready(60)
    assert (child.restarts, told) == (0, [])
    child.stop()


def test_a_child_that_does_not_drain_is_killed(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(children, "DRAIN_SECONDS", 0.1)
    child = make(before="signal.signal(signal.SIGTERM, signal.SIG_IGN)")
    pids = begin(child)
    assert child.wait_ready(10)
    child.stop()
    assert Process.of(pids[0]) is None


def test_a_log_does_not_grow_for_ever(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(children, "LOG_BYTES", 10)
    (tmp_path / "work.log").write_text("old words\n" * 3)
    child = make()
    begin(child)
    assert child.wait_ready(10)
    child.stop()
    assert (tmp_path / "work.log").read_text() == "told rollcall\n"
    assert (tmp_path / "work.log.1").read_text() == "old words\n" * 3
