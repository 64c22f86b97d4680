"""How the index grows with the market: time, memory and areas, size by size.

    python -m tests.benchmarks.engine.growing 10000 100000 [--json]

A size needs some 5 KB of memory a worker while it is built, most of it for drawing the
market. Times are of one core; `docs/scale.md` says what follows from the figures.
"""

from __future__ import annotations

import argparse
import os

# one core, whoever measures: before numpy and numba are loaded
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ.setdefault(name, "1")

import gc  # noqa: E402
import math  # noqa: E402
import time  # noqa: E402
from collections.abc import Callable, Iterator, Sequence  # noqa: E402
from dataclasses import replace  # noqa: E402
from random import Random  # noqa: E402
from typing import Any  # noqa: E402

import numpy as np  # noqa: E402

from services.matching.engine.areas import holding_worker  # noqa: E402
from services.matching.engine.buckets import (  # noqa: E402
    USED_BUCKETS,
    USED_LEAVES,
)
from services.matching.engine.facts import (  # noqa: E402
    PostingFacts,
    posting_facts,
    worker_facts,
)
from services.matching.engine.index import Index  # noqa: E402
from services.matching.engine.keeping import ROWS, STEP  # noqa: E402
from services.matching.engine.pipeline import Request, rank_workers  # noqa: E402
from services.matching.engine.question import Question  # noqa: E402
from services.matching.engine.searching import find_best_workers  # noqa: E402
from services.matching.engine.side import Side  # noqa: E402
from services.matching.engine.supply import Supply, supply  # noqa: E402
from services.matching.engine.warm import warm_up  # noqa: E402
from tests.benchmarks.engine.market import Market, a_market  # noqa: E402
from tests.benchmarks.engine.timing import undisturbed  # noqa: E402
from tests.benchmarks.engine.world import NOW  # noqa: E402
from tests.benchmarks.figures import Figure, Unit, tell  # noqa: E402

AT_ONCE = 1_000
QUERIES = 1_000
CHANGED = 2_000
TURNS = 3
SAMPLED = 20_000
TOP = 50
REQUEST = Request(NOW, k=TOP)


def main(sizes: Sequence[int], *, as_json: bool) -> None:
    warm_up()
    for size in sizes:
        for figure in _grown_to(size):
            named = replace(figure, name=f"{size:,} workers: {figure.name}")
            tell(named, as_json=as_json)
        gc.collect()


def _grown_to(size: int) -> Iterator[Figure]:
    market = a_market(size)
    index = Index(market.related_skills())
    with undisturbed():
        reading, putting = _fill(index, market, size)
        yield Figure("read and packed from documents", size / reading, "1/s")
        yield Figure("put into the index", size / putting, "1/s")
        yield Figure("bytes in use a worker", used_bytes(index.workers) / size, "B")
        yield Figure("bytes taken a worker", _taken_bytes(index.workers) / size, "B")
        postings = _put_postings(index, market)
        yield Figure("bytes in use a posting", postings, "B")
        yield Figure("areas that hold a worker", _areas(market, size), "count")
        queries = market.random_queries(QUERIES)
        asked = [posting_facts(query.document) for query in queries]
        yield from _times("the best 50, found", _seconds(_list, index, asked))
        yield from _times("the whole answer", _seconds(_answer, index, asked))
        yield from _times("a changed worker put", _changes(index, market, size))


def _fill(index: Index, market: Market, size: int) -> tuple[float, float]:
    """Seconds of the processor for reading and packing, and for putting."""
    reading = putting = 0.0
    for first in range(0, size, AT_ONCE):
        documents = [
            market.worker_document(row)
            for row in range(first, min(size, first + AT_ONCE))
        ]
        started = time.process_time()
        packed = [index.read_worker(document) for document in documents]
        read = time.process_time()
        index.put_workers(packed)
        reading += read - started
        putting += time.process_time() - read
    return reading, putting


def _put_postings(index: Index, market: Market) -> float:
    """Bytes that each takes of the market's postings, one for five workers."""
    count = len(market.postings)
    for first in range(0, count, AT_ONCE):
        rows = range(first, min(count, first + AT_ONCE))
        facts = [posting_facts(market.posting_document(row)) for row in rows]
        index.put_postings(
            [index.pack_posting(each, index.names.intern) for each in facts]
        )
    return used_bytes(index.postings) / count


def _supply(document: dict[str, Any]) -> Supply:
    return supply(worker_facts(document))


def used_bytes(side: Side) -> int:
    """What the entities of a side need: rows, runs, ids, entries and their heads."""
    shelf, buckets, room = side.shelf, side.buckets, side.room
    rows = int(shelf.counts[ROWS]) * shelf.table.rows.itemsize
    words = STEP * int(shelf.space.ends[0]) * shelf.table.words.itemsize
    an_entry = int(buckets.entries[0].nbytes + buckets.signs.itemsize)
    entries = int(room.space.ends[0]) * an_entry
    heads = int(room.used[USED_BUCKETS]) * buckets.heads.itemsize
    leaves = int(room.used[USED_LEAVES]) * buckets.leaves.itemsize
    return (
        rows
        + words
        + entries
        + heads
        + leaves
        + shelf.slots.nbytes
        + buckets.pages.nbytes
    )


def _taken_bytes(side: Side) -> int:
    """The same with the room that is kept for more."""
    shelf, buckets, room = side.shelf, side.buckets, side.room
    arrays = (*shelf.table, shelf.slots, shelf.free_rows, *buckets, room.free_buckets)
    return sum(array.nbytes for array in arrays)


def _areas(market: Market, size: int) -> float:
    rows = Random(1).sample(range(size), min(size, SAMPLED))
    held = [len(holding_worker(_supply(market.worker_document(row)))) for row in rows]
    return sum(held) / len(held)


def _list(index: Index, posting: PostingFacts) -> None:
    alone = index.postings_alone(posting)
    question = Question(index, REQUEST, alone, index.workers)
    question.ask(find_best_workers, TOP)


def _answer(index: Index, posting: PostingFacts) -> None:
    rank_workers(index, posting, REQUEST)


def _seconds(
    ask: Callable[[Index, PostingFacts], None],
    index: Index,
    postings: Sequence[PostingFacts],
) -> list[float]:
    """All asked in turn, a few times over and in another order each time, so that
    little is warm; of each the best, for another process may come between."""
    best = [math.inf] * len(postings)
    for turn in range(TURNS):
        for number in Random(turn).sample(range(len(postings)), len(postings)):
            started = time.perf_counter()
            ask(index, postings[number])
            best[number] = min(best[number], time.perf_counter() - started)
    return best


def _changes(index: Index, market: Market, size: int) -> list[float]:
    """One more busy hour of somebody: the fact that changes most."""
    rows = Random(2).sample(range(size), min(size, CHANGED))
    best = [math.inf] * len(rows)
    for turn in range(TURNS):
        for number, row in enumerate(rows):
            known = _supply(market.worker_document(row))
            changed = replace(known, busy=_hours(turn), version=2 + turn)
            packed = index.pack_worker(changed, index.names.intern)
            started = time.perf_counter()
            index.put_workers([packed])
            best[number] = min(best[number], time.perf_counter() - started)
    return best


def _hours(turn: int) -> list[tuple[int, int]]:
    return [(29_750_000 + 60 * turn, 29_750_060 + 60 * turn)]


def _times(name: str, seconds: Sequence[float]) -> Iterator[Figure]:
    micro: Unit = "us"
    for said, percent in (("median", 50), ("p99", 99)):
        value = float(np.percentile(np.array(seconds), percent)) * 1e6
        yield Figure(f"{name}, {said}", value, micro)
    yield Figure(f"{name}, mean", float(np.mean(seconds)) * 1e6, micro)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="growing", description=__doc__)
    parser.add_argument("sizes", nargs="+", type=int, help="workers in the market")
    parser.add_argument("--json", action="store_true", help="one object a figure")
    given = parser.parse_args()
    main(given.sizes, as_json=given.json)
