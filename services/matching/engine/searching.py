"""An index asked natively: a thread's own memory, and calls that need no types found.

Rows and points come back; `pipeline` makes rankings of them.
"""

from __future__ import annotations

import threading

import numpy as np

from services.matching.engine.doors import Door, door_of
from services.matching.engine.heap import best
from services.matching.engine.index import Index
from services.matching.engine.kernel_best_postings import best_postings
from services.matching.engine.kernel_best_workers import best_workers
from services.matching.engine.kernel_evidence import find_figures
from services.matching.engine.kernel_posting_counts import count_postings, unexpired
from services.matching.engine.kernel_what_if import count_effects
from services.matching.engine.kernel_worker_counts import count_workers
from services.matching.engine.native import Settled
from services.matching.engine.opened import Lists
from services.matching.engine.rules import FILTERS
from services.matching.engine.scratch import Scratch, new_scratch

MOST = 1_000
"""At most so many matches, or people to ask, can be wanted at a time."""

find_best_workers = Settled(best_workers)
find_best_postings = Settled(best_postings)
find_worker_counts = Settled(count_workers)
find_posting_counts = Settled(count_postings)
find_unexpired = Settled(unexpired)
find_evidence = Settled(find_figures)
find_effects = Settled(count_effects)


class Desk:
    """What one thread needs to ask an index."""

    def __init__(self, rows: int) -> None:
        self.rows = rows
        self.scratch: Scratch = new_scratch(rows)
        self.lists = Lists(best(MOST), best(MOST), np.zeros(len(FILTERS), np.int64))
        self.door = door_of(*self.scratch, *self.lists)

    def with_room(self, places: int) -> tuple[Lists, Door]:
        """Lists of so many places, and where they are with the scratch."""
        if places <= MOST:
            return self.lists, self.door
        lists = Lists(best(places), best(places), self.lists.funnel)
        return lists, door_of(*self.scratch, *lists)


_own = threading.local()


def own_desk(index: Index) -> Desk:
    """This thread's, large enough for the index."""
    rows = max(
        len(index.workers.shelf.table.rows), len(index.postings.shelf.table.rows)
    )
    desk: Desk | None = getattr(_own, "desk", None)
    if desk is None or desk.rows < rows:
        desk = _own.desk = Desk(rows)
    return desk
