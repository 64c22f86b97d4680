"""Compiling to machine code, with a disk cache that knows the whole engine.

numba renews a function's cached code when the function's own file changes, but not
when a function that it calls does. The cache directory therefore carries a stamp of
all the engine's sources.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar, cast

import numba

FORGOTTEN_AFTER = 24 * 3600  # seconds; code of other sources that may still run

F = TypeVar("F", bound=Callable[..., object])


def sources_stamp(folder: Path) -> str:
    digest = hashlib.sha256()
    for source in sorted(folder.glob("*.py")):
        digest.update(source.name.encode() + b"\0" + source.read_bytes())
    return digest.hexdigest()[:16]


def _cache_home() -> Path | None:
    """Where compiled code goes; None leaves it to numba (a read-only checkout)."""
    folder = Path(__file__).parent
    chosen = os.environ.get("NUMBA_CACHE_DIR")
    home = Path(chosen) if chosen else folder / "__pycache__"
    try:
        home.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    if not os.access(home, os.W_OK):
        return None
    current = home / f"native-{sources_stamp(folder)}"
    for other in home.glob("native-*"):
        with suppress(FileNotFoundError):  # another process may clear it just now
            age = time.time() - other.stat().st_mtime
            if other != current and age > FORGOTTEN_AFTER:
                shutil.rmtree(other, ignore_errors=True)
    return current


CACHE = _cache_home()


def compiled(function: F) -> F:
    """`function`, compiled: releases the GIL, float64 exactly as written.

    No fastmath: sums keep their order and nothing is contracted, so the kernel's
    scores equal plain Python's to the last bit. Nothing is allocated, and references
    to arrays are not counted (the caller holds them): counting costs more than most
    rules. Divisors are not checked for zero either; facts and rules leave none.
    """
    return _native(function, inline=False)


def inlined(function: F) -> F:
    """The same, compiled into each caller: for the steps that every row takes.

    Handing the tables to a call costs more than such a step.
    """
    return _native(function, inline=True)


def _native(function: F, *, inline: bool) -> F:
    config: Any = numba.config
    before = config.CACHE_DIR
    if CACHE is not None:
        config.CACHE_DIR = str(CACHE)
    options: dict[str, Any] = {
        "cache": not inline,
        "nogil": True,
        "error_model": "numpy",
        "forceinline": inline,
        "_nrt": False,
    }
    try:
        return cast(F, numba.njit(**options)(function))
    finally:
        config.CACHE_DIR = before


class Settled:
    """A compiled function that is always called with arguments of the same types.

    Finding out the types of some 30 arrays takes numba longer than most rankings;
    after the first call it is not asked again. Calling with other types afterwards is
    a fault that nothing catches: only for calls that one place makes.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function: Any = function
        self._entry: Callable[..., Any] | None = None

    def __call__(self, *arguments: Any) -> Any:
        if self._entry is not None:
            return self._entry(*arguments)
        answer = self._function(*arguments)
        types = tuple(self._function.typeof_pyval(each) for each in arguments)
        self._entry = self._function.overloads[types].entry_point
        return answer
