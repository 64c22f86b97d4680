"""What this machine and checkout must have, before any server is asked."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from infra.doctor.findings import Finding, judge
from infra.embedded.accounts import NoAccount, server_account
from infra.embedded.binaries import NoServerProgram, postgres_programs, valkey_program

LEAST_FREE_GIB = 1.0
PIN = re.compile(r"^([\w.-]+)==([^\s;]+) \\$", re.MULTILINE)
LOCK = Path(__file__).resolve().parents[2] / "locks" / "app.txt"


def python_is_supported(data_dir: Path) -> Finding:
    found = ".".join(map(str, sys.version_info[:3]))
    fits = (3, 11) <= sys.version_info[:2] <= (3, 13)
    return judge("python", fits, found, f"{found}; needs 3.11 to 3.13")


def packages_are_the_locked_ones(data_dir: Path) -> Finding:
    wrong = []
    pins = PIN.findall(LOCK.read_text())
    for name, wanted in pins:
        try:
            found = version(name)
        except PackageNotFoundError:
            found = "missing"
        if found != wanted:
            wrong.append(f"{name} is {found}, locked {wanted}")
    return judge("packages", not wrong, f"{len(pins)} as locked", "; ".join(wrong))


def server_programs_can_run(data_dir: Path) -> Finding:
    try:
        account = server_account()
        programs = postgres_programs(account)
        valkey_program(account)
    except (NoAccount, NoServerProgram) as fault:
        return Finding("server programs", "fault", str(fault))
    return Finding("server programs", "ok", str(programs))


def disk_has_room(data_dir: Path) -> Finding:
    there = next(path for path in (data_dir, *data_dir.parents) if path.exists())
    free = shutil.disk_usage(there).free / 2**30
    return judge(
        "disk", free >= LEAST_FREE_GIB, f"{free:.1f} GiB free", f"{free:.1f} GiB free"
    )


def data_directory_is_private(data_dir: Path) -> Finding:
    if not data_dir.exists():
        return Finding("data directory", "ok", f"{data_dir}, not made yet")
    mode = data_dir.stat().st_mode & 0o777
    # Root lends its servers an account, which has to pass through.
    private = not mode & 0o066
    return judge(
        "data directory",
        private,
        f"{data_dir} ({mode:o})",
        f"others can look into {data_dir} ({mode:o})",
    )


LOCAL_CHECKS: tuple[Callable[[Path], Finding], ...] = (
    python_is_supported,
    packages_are_the_locked_ones,
    server_programs_can_run,
    disk_has_room,
    data_directory_is_private,
)
