"""What a question opens in the kernel: its own tables, what it looks through, its desk.

The door of a side has its table and its buckets; that of a posting or worker alone, a
table; that of a desk, scratch and lists.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from numpy.typing import NDArray

from services.matching.engine.buckets import HEAD, LEAF, PAGES, WIDTH, Buckets
from services.matching.engine.doors import opener
from services.matching.engine.heap import BEST, Best
from services.matching.engine.layout import I4, I8, U8, Table
from services.matching.engine.posting_rows import POSTING
from services.matching.engine.scratch import MEMORY, Scratch
from services.matching.engine.worker_rows import WORKER
from services.matching.engine.zones import CHANGE, ZoneArrays

# arrays into a door
TABLE, BUCKETS, ZONES = 0, 2, 0
SCRATCH, LISTS = 0, 2


class Lists(NamedTuple):
    """Where an answer is written: the best, who is possible, and the funnel."""

    matches: Best
    possible: Best
    funnel: NDArray[Any]


open_workers = opener(Table, WORKER, I4)
open_postings = opener(Table, POSTING, I4)
open_buckets = opener(Buckets, (I4, WIDTH), U8, HEAD, (I4, PAGES), LEAF)
open_zones = opener(ZoneArrays, (I8, 2), CHANGE)
open_scratch = opener(Scratch, MEMORY, I4)
open_lists = opener(Lists, BEST, BEST, I8)
