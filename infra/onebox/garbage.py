"""How often a process of ours looks for garbage in circles."""

from __future__ import annotations

import gc

AFTER_NEW_OBJECTS = 20_000


def collect_seldom() -> None:
    """Nearly all garbage of a request goes by reference counts. Python's own threshold
    of 700 new objects would look for the rest several times in each ranking, and every
    hundredth time through the whole heap: a fifth of a search."""
    gc.set_threshold(AFTER_NEW_OBJECTS, 10, 10)
