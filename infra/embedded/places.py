"""Directories inside a data directory that a server can really use.

Usually they are plain sub-directories. When the account cannot get there (root's home
is closed) or a socket path would be too long, the sub-directory is a symbolic link to
a private directory elsewhere, so the data directory still tells the whole truth.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from infra.embedded.accounts import Account

# sockaddr_un holds 108 bytes on Linux and 104 on macOS, with the final zero.
SOCKET_PATH_LIMIT = 103
LONGEST_SOCKET_NAME = ".s.PGSQL.5432"
ELSEWHERE = (Path("/var/lib/rollcall"), Path("/var/tmp"))


def open_data_directory(path: Path, account: Account) -> None:
    """Create it, private; a lent account may pass through it but not look around."""
    path.mkdir(parents=True, exist_ok=True)
    path.chmod(0o711 if account.lent else 0o700)


def server_files(data_dir: Path, account: Account) -> Path:
    """The directory that holds the servers' data."""
    place = data_dir / "servers"
    if place.is_symlink() and place.is_dir():
        return place.resolve()
    if _claim(place, account):
        return place
    elsewhere = _private_directory(account, *ELSEWHERE)
    place.symlink_to(elsewhere)
    return elsewhere


def socket_files(data_dir: Path, account: Account) -> Path:
    """An empty directory for the servers' sockets; no server may be running."""
    place = data_dir / "sockets"
    forget(place, account)
    longest = os.fsencode(place / LONGEST_SOCKET_NAME)
    if len(longest) <= SOCKET_PATH_LIMIT and _claim(place, account):
        return place
    elsewhere = _private_directory(account, Path(tempfile.gettempdir()), Path("/tmp"))
    place.symlink_to(elsewhere)
    return elsewhere


def forget(place: Path, account: Account) -> None:
    """Delete a directory of this module with what it holds, wherever it really is."""
    if place.is_symlink():
        target = place.resolve()
        # /tmp may have been emptied and the name taken by somebody else.
        if target.is_dir() and target.stat().st_uid == (account.uid or os.geteuid()):
            shutil.rmtree(target)
        place.unlink()
    elif place.exists():
        shutil.rmtree(place)


def _claim(place: Path, account: Account) -> bool:
    """Make it the account's; False, and nothing there, when it cannot get in."""
    if place.is_symlink():
        place.unlink()
    place.mkdir(exist_ok=True)
    account.own(place)
    if account.can_reach(place):
        return True
    place.rmdir()
    return False


def _private_directory(account: Account, *parents: Path) -> Path:
    for parent in parents:
        longest = os.fsencode(parent / "rollcall-12345678" / LONGEST_SOCKET_NAME)
        if len(longest) > SOCKET_PATH_LIMIT:
            continue
        try:
            parent.mkdir(mode=0o755, parents=True, exist_ok=True)
            directory = Path(tempfile.mkdtemp(prefix="rollcall-", dir=parent))
        except OSError:
            continue
        account.own(directory)
        if account.can_reach(directory):
            return directory
        directory.rmdir()
    raise OSError(f"no usable directory in {', '.join(map(str, parents))}")
