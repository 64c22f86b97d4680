"""Compiling to machine code, kept on disk.

numba renews cached code when the function's own file changes, not when a function that
it calls does: what a kernel calls therefore stands in the kernel's own file.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

import numba

F = TypeVar("F", bound=Callable[..., object])


def compiled(function: F) -> F:
    """`function`, compiled; it releases the GIL and may allocate arrays."""
    return cast(F, numba.njit(nogil=True, cache=True)(function))
