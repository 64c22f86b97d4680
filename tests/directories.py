"""Directories that other accounts can pass through, unlike those of pytest."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

MEMORY = Path("/dev/shm")
ROOM = 4 * 1024**3
"""Bytes that have to be free there: two servers keep some hundred megabytes each, and
a container may have been given as little as 64."""

PREFIX = "rollcall-tests-"
YOUNG = 60
"""Seconds in which a directory may not be held yet."""


@contextmanager
def server_directory() -> Iterator[Path]:
    """Where a server of the tests keeps its files: in memory where there is room.

    A database is a thousand small files and every other test has a copy of its own,
    which a disk takes twenty times as long to make. Nothing else changes: no test looks
    at what a machine keeps that lost its power, only at what is asked of PostgreSQL.
    """
    if not _has_room(MEMORY):
        with temporary_directory() as directory:
            yield directory
        return
    _clear_leftovers(MEMORY)
    with temporary_directory(MEMORY) as directory, _held(directory):
        yield directory


@contextmanager
def temporary_directory(parent: Path | None = None) -> Iterator[Path]:
    """A directory that is deleted at the end, below `parent` or where the system says.

    On disk programs can be run from it; memory is often closed to that.
    """
    directory = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
    directory.chmod(0o755)
    try:
        yield directory
    finally:
        shutil.rmtree(directory)


def _has_room(place: Path) -> bool:
    return place.is_dir() and shutil.disk_usage(place).free >= ROOM


@contextmanager
def _held(directory: Path) -> Iterator[None]:
    """Locked for as long as this process lives."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH)
        yield
    finally:
        os.close(descriptor)


def _clear_leftovers(place: Path) -> None:
    """Delete what killed test processes left: memory is not cleared by anybody else."""
    for left in place.glob(f"{PREFIX}*"):
        with suppress(OSError):  # somebody else's, or just deleted
            if time.time() - left.stat().st_mtime > YOUNG and not _is_held(left):
                shutil.rmtree(left)


def _is_held(directory: Path) -> bool:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False
