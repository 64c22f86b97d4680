"""A process is its pid and its start, and the guard ends what its owner left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from infra.embedded.guard import Guard
from infra.embedded.processes import Ending, Process, command_line, terminate

SLEEP = [sys.executable, "-S", "-c", "import time; time.sleep(60)"]

# Says in a file when it was asked to end; with "deaf" it does not listen.
POLITE = """
import pathlib, signal, sys, time
def end(number, frame):
    with open(sys.argv[1], "a") as log: log.write(sys.argv[2] + "\\n")
    if sys.argv[2] != "deaf": sys.exit()
signal.signal(signal.SIGTERM, end)
pathlib.Path(sys.argv[1] + "." + sys.argv[2]).touch()
while True: time.sleep(60)
"""

OWNER = """
import os, signal, subprocess, sys, threading
from infra.embedded.guard import Guard
from infra.embedded.processes import Process, terminate
guard = Guard()
for step, name in enumerate(["database", "service"]):
    words = [sys.executable, "-S", "-c", sys.argv[1], sys.argv[2], name]
    child = subprocess.Popen(words)
    guard.watch(Process.of(child.pid), step=step, ending=terminate(5.0))
    print(child.pid)
print(guard.pid, flush=True)
if len(sys.argv) > 3: os.kill(guard.pid, signal.SIGTERM)
threading.Event().wait()
"""


def running(command: list[str]) -> tuple[subprocess.Popen[bytes], Process]:
    child = subprocess.Popen(command, stdin=subprocess.PIPE)
    process = Process.of(child.pid)
    assert process
    return child, process


def wait_for(path: Path) -> None:
    deadline = time.monotonic() + 10
    while not path.exists():
        assert time.monotonic() < deadline, path
        time.sleep(0.01)


def test_a_process_runs_until_it_has_ended_even_as_a_zombie() -> None:
    child, process = running(SLEEP)
    assert process.runs()
    assert not process.wait(0.05)
    child.kill()
    assert process.wait(5), "not reaped yet, but it does not run"
    child.wait()
    assert not process.runs()
    assert Process.of(child.pid) is None


def test_a_later_process_with_the_same_pid_is_another_one() -> None:
    child, process = running(SLEEP)
    earlier = replace(process, mark="earlier")
    assert not earlier.runs()
    earlier.send(signal.SIGKILL)
    assert child.poll() is None
    child.kill()
    child.wait()


def test_the_command_line_is_known() -> None:
    child, process = running([sys.executable, "-S", "-c", "input()", "two words"])
    deadline = time.monotonic() + 5
    # For a moment after it was started the kernel shows none.
    while not command_line(process.pid) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert command_line(process.pid)[1:] == ["-S", "-c", "input()", "two words"]
    child.kill()
    child.wait()
    assert command_line(process.pid) == []


def test_who_does_not_listen_is_killed(tmp_path: Path) -> None:
    log = tmp_path / "log"
    child, process = running([sys.executable, "-c", POLITE, str(log), "deaf"])
    wait_for(tmp_path / "log.deaf")
    Ending(((signal.SIGTERM, 0.1), (signal.SIGKILL, 5.0))).apply([process])
    assert child.wait() == -signal.SIGKILL
    assert log.read_text() == "deaf\n"


@pytest.mark.parametrize("told_to_end", [False, True])
def test_when_the_owner_is_killed_the_guard_ends_its_processes_last_step_first(
    tmp_path: Path, told_to_end: bool
) -> None:
    log = tmp_path / "log"
    command = [sys.executable, "-c", OWNER, POLITE, str(log)]
    command += ["SIGTERM the guard"] if told_to_end else []
    owner = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert owner.stdout
    pids = [int(owner.stdout.readline()) for _ in range(3)]
    processes = [Process.of(pid) for pid in pids]
    wait_for(tmp_path / "log.database")
    wait_for(tmp_path / "log.service")
    owner.kill()
    owner.wait()
    for process in processes:
        assert process
        assert process.wait(10)
    assert log.read_text() == "service\ndatabase\n"


def test_a_released_guard_ends_nothing() -> None:
    guard = Guard()
    child, process = running(SLEEP)
    guard.watch(process, step=0, ending=terminate(1.0))
    guard.release()
    assert child.poll() is None
    child.kill()
    child.wait()


def test_an_owner_outlives_its_guard() -> None:
    guard = Guard()
    os.kill(guard.pid, signal.SIGKILL)
    os.waitpid(guard.pid, 0)
    child, process = running(SLEEP)
    guard.watch(process, step=0, ending=terminate(1.0))
    guard.release()
    child.kill()
    child.wait()
