"""As whom the servers run: PostgreSQL refuses to be root, so root lends an account."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

LENT_ACCOUNTS = ("rollcall", "postgres", "_postgres", "nobody")


class NoAccount(RuntimeError):
    """Running as root, and no account to run the servers as exists."""


class RunAs(TypedDict, total=False):
    """The arguments of subprocess.Popen that change the user."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True, slots=True)
class Account:
    """The user that runs the servers; `uid` is None when it is simply ourselves."""

    uid: int | None = None
    gid: int | None = None

    @property
    def lent(self) -> bool:
        return self.uid is not None

    def run_as(self) -> RunAs:
        if self.uid is None or self.gid is None:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def can_reach(self, path: Path) -> bool:
        """Whether it may enter a directory or execute a file, by asking the kernel."""
        if not self.lent:
            return os.access(path, os.X_OK)
        asked = subprocess.run(
            ["/bin/sh", "-c", 'test -x "$1"', "sh", str(path)],
            check=False,
            cwd="/",
            **self.run_as(),
        )
        return asked.returncode == 0

    def own(self, path: Path) -> None:
        """Make a directory its own, closed to everybody else."""
        path.chmod(0o700)
        if self.uid is not None and self.gid is not None:
            shutil.chown(path, self.uid, self.gid)


def server_account() -> Account:
    """Ourselves, or for root the first of LENT_ACCOUNTS that exists."""
    if os.geteuid() != 0:
        return Account()
    for name in LENT_ACCOUNTS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid)
    raise NoAccount(
        "PostgreSQL does not run as root and there is no account to lend it: "
        f"create one of {', '.join(LENT_ACCOUNTS)}"
    )
