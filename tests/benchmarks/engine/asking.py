"""What else is asked of an index: counts, what-ifs, a worker's postings, all postings.

Times are those of the native calls, each question's best of some in turn; the postings
are a fifth of the workers. Two threads are held against what two threads can do here:
a machine's second core may be busy, or no core at all.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from services.matching.engine.clock import microseconds
from services.matching.engine.doors import Door, door_of
from services.matching.engine.facts import posting_facts, worker_facts
from services.matching.engine.index import Index
from services.matching.engine.kernel_what_if import MOMENT
from services.matching.engine.layout import Table
from services.matching.engine.native import compiled
from services.matching.engine.order import native_mix
from services.matching.engine.pipeline import rank_workers
from services.matching.engine.ranking import Request
from services.matching.engine.relaxations import TOUCHED, relaxations
from services.matching.engine.searching import (
    find_best_postings,
    find_best_workers,
    find_effects,
    find_worker_counts,
    own_desk,
)
from services.matching.engine.side import Side
from services.matching.engine.supply import supply
from services.matching.engine.warm import warm_up
from tests.benchmarks.engine.market import Market, a_market
from tests.benchmarks.engine.ordering import TOP
from tests.benchmarks.engine.queries import Query
from tests.benchmarks.engine.timing import undisturbed
from tests.benchmarks.engine.updating import batched, filled
from tests.benchmarks.engine.world import NOW
from tests.benchmarks.figures import Figure, Unit, tell

POSTINGS_SHARE = 5  # workers a posting
RANDOM, WORST, WORKERS = 240, 60, 300
AT_ONCE = 500
REPEATED = 3
IN_TURN = 10_000  # postings that one thread and two are compared with
ROUNDS = 3
SPINS = 20_000_000

Call = Callable[[], object]
Told = tuple[str, float, Unit, float | None]
NO_WEIGHTS = np.empty(0)


def main(scale: int, *, as_json: bool = False) -> None:
    warm_up()
    market = a_market(scale)
    index = filled(market, range(scale))
    for some in batched(range(scale // POSTINGS_SHARE), AT_ONCE):
        facts = [posting_facts(market.posting_document(row)) for row in some]
        index.put_postings(
            [index.pack_posting(each, index.names.intern) for each in facts]
        )
    with undisturbed():
        for name, value, unit, target in _measured(market, index, scale):
            tell(Figure(name, value, unit, target), as_json=as_json)


def _measured(market: Market, index: Index, scale: int) -> Iterator[Told]:
    random, worst = market.random_queries(RANDOM), market.worst_queries(WORST)
    counts, effects = _counts(index, random), _effects(index, random)
    yield from _told("funnel, random", counts, 100.0, 2_000.0)
    yield from _told("funnel, worst", _counts(index, worst), None, 2_000.0)
    yield from _told("what-if, random", effects, 150.0, 2_000.0)
    yield from _told("what-if, worst", _effects(index, worst), None, 2_000.0)
    rows = np.random.default_rng(3).integers(0, scale, WORKERS).tolist()
    yield from _told("postings of a worker", _of_workers(market, index, rows), 12.0)
    whole = [_whole(index, each) for each in random]
    yield from _told("whole ranking with reasons, random", whole, 400.0)
    yield from _throughput(index, scale // POSTINGS_SHARE)


def _told(
    name: str,
    calls: Sequence[Call],
    median: float | None,
    most: float | None = None,
) -> Iterator[Told]:
    taken = _best_times(calls) * 1e6
    yield f"{name}: median", float(np.median(taken)), "us", median
    yield f"{name}: max", float(taken.max()), "us", most


def _best_times(calls: Sequence[Call]) -> Any:
    best = np.full(len(calls), np.inf)
    for turn in range(REPEATED + 1):
        for number in np.random.default_rng(turn).permutation(len(calls)):
            started = time.perf_counter()
            calls[number]()
            best[number] = min(best[number], time.perf_counter() - started)
    return best


def _doors(index: Index, asked: Table, side: Side) -> tuple[Door, Door, Door, Door]:
    """What is asked about, what is looked through, the zones, and whose turn it is."""
    zones = index.zones_door(NOW)
    return door_of(*asked), side.door, zones, own_desk(index).door


def _counts(index: Index, asked: Iterable[Query]) -> list[Call]:
    def call(alone: Table) -> Call:
        doors = _doors(index, alone, index.workers)
        return lambda: find_worker_counts(microseconds(NOW), 0, *doors, 0)

    return [call(index.postings_alone(posting_facts(q.document))) for q in asked]


def _effects(index: Index, asked: Iterable[Query]) -> list[Call]:
    def call(query: Query) -> Call:
        facts = posting_facts(query.document)
        relaxed = relaxations(facts, NOW)
        alone = index.postings_alone(facts, *[each.relaxed for each in relaxed])
        touched = np.array([0, *[TOUCHED[each.kind] for each in relaxed]])
        moments = np.zeros((len(touched), MOMENT), np.int64)
        doors = _doors(index, alone, index.workers)
        return lambda: find_effects(
            microseconds(NOW),
            touched,
            *doors,
            moments,
            np.zeros(len(touched), np.int64),
        )

    return [call(query) for query in asked]


def _of_workers(market: Market, index: Index, rows: Iterable[int]) -> list[Call]:
    def call(alone: Table) -> Call:
        doors = _doors(index, alone, index.postings)
        return lambda: find_best_postings(microseconds(NOW), NO_WEIGHTS, 0, *doors, TOP)

    facts = [worker_facts(market.worker_document(row)) for row in rows]
    return [call(index.worker_alone(supply(each))) for each in facts]


def _whole(index: Index, query: Query) -> Call:
    facts, request = posting_facts(query.document), Request(NOW)
    return lambda: rank_workers(index, facts, request)


def _throughput(index: Index, postings: int) -> Iterator[Told]:
    some = range(min(postings, IN_TURN))
    _spin(index, some)
    one, both, spun = [], [], []
    for _ in range(ROUNDS):
        one.append(len(some) / _seconds(_rank, index, some))
        both.append(len(some) / _seconds_of_two(_rank, index, some))
        spins = range(SPINS)
        spun.append(
            _seconds(_spin, index, spins) / _seconds_of_two(_spin, index, spins)
        )
    alone, ceiling = float(np.median(one)), float(np.median(spun))
    share = float(np.median(both)) / alone
    yield "postings ranked by one thread", alone, "1/s", 25_000.0
    yield "what two threads can do here, beside one", ceiling, "x", None
    yield "postings ranked by two threads, beside one", share, "x", None
    yield "the same of what two threads can do", share / ceiling, "share", 0.9
    name = f"all {postings:,} postings x all workers, one thread"
    yield name, _seconds(_rank, index, range(postings)), "s", 8.0


Work = Callable[[Index, range], None]


def _seconds(work: Work, index: Index, rows: range) -> float:
    started = time.perf_counter()
    work(index, rows)
    return time.perf_counter() - started


def _seconds_of_two(work: Work, index: Index, rows: range) -> float:
    """Each thread does a half: every second row, so that both are as hard."""
    ready = threading.Barrier(3)

    def half(first: int) -> None:
        own_desk(index)
        ready.wait()
        work(index, rows[first::2])

    threads = [threading.Thread(target=half, args=(first,)) for first in (0, 1)]
    for thread in threads:
        thread.start()
    ready.wait()
    started = time.perf_counter()
    for thread in threads:
        thread.join()
    return time.perf_counter() - started


def _rank(index: Index, rows: range) -> None:
    doors = _doors(index, index.postings.shelf.table, index.workers)
    now = microseconds(NOW)
    for row in rows:
        find_best_workers(now, NO_WEIGHTS, row, *doors, TOP)


def _spin(index: Index, rows: range) -> None:
    if _mixed(len(rows)) == 0:
        raise AssertionError("nothing was done")


@compiled
def _mixed(times: int) -> np.uint64:
    value = np.uint64(1)
    for _ in range(times):
        value = native_mix(value)
    return value
