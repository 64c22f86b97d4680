"""Directories that other accounts can pass through, unlike those of pytest."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MEMORY = Path("/dev/shm")
ROOM = 4 * 1024**3
"""Bytes that have to be free there: two servers keep some hundred megabytes each, and
a container may have been given as little as 64."""


@contextmanager
def server_directory() -> Iterator[Path]:
    """Where a server of the tests keeps its files: in memory where there is room.

    A database is a thousand small files and every other test has a copy of its own,
    which a disk takes twenty times as long to make. Nothing else changes: no test looks
    at what a machine keeps that lost its power, only at what is asked of PostgreSQL.
    """
    with temporary_directory(MEMORY if _has_room(MEMORY) else None) as directory:
        yield directory


@contextmanager
def temporary_directory(parent: Path | None = None) -> Iterator[Path]:
    """A directory that is deleted at the end, below `parent` or where the system says.

    On disk programs can be run from it; memory is often closed to that.
    """
    directory = Path(tempfile.mkdtemp(prefix="rollcall-tests-", dir=parent))
    directory.chmod(0o755)
    try:
        yield directory
    finally:
        shutil.rmtree(directory)


def _has_room(place: Path) -> bool:
    return place.is_dir() and shutil.disk_usage(place).free >= ROOM
