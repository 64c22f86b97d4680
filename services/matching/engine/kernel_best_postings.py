"""The best matches of a worker, who need not be in the index.

Postings stand under one required skill each, so those are looked at that the worker
has, and those that ask for none. Few are left by then: all are judged.
"""

# Records are typed by numba; for mypy their fields are Any.
# mypy: disable-error-code="no-any-return"

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from services.matching.engine.buckets import (
    ASKS_NONE,
    BITS,
    FIRST_SKILL,
    LAT,
    LON,
    ROW,
    Buckets,
)
from services.matching.engine.doors import Door
from services.matching.engine.entries import (
    ALWAYS,
    ANY_PAY,
    KINDS,
    MARKETS,
    PAY,
    RADIUS,
    WIDEST,
    floor_class,
    seen_kinds,
    signature,
)
from services.matching.engine.heap import Best, keep, put_in_order
from services.matching.engine.kernel_moment import moment_of
from services.matching.engine.kernel_pair import (
    Sides,
    applied_weights,
    eligible_score,
    tie_of,
)
from services.matching.engine.layout import id_of, level_of, prefetch, whole
from services.matching.engine.native import compiled, inlined
from services.matching.engine.opened import (
    BUCKETS,
    LISTS,
    SCRATCH,
    TABLE,
    ZONES,
    open_buckets,
    open_lists,
    open_postings,
    open_scratch,
    open_workers,
    open_zones,
)
from services.matching.engine.order import native_points
from services.matching.engine.pieces import begin, goes_on
from services.matching.engine.scratch import (
    AHEAD,
    BUFFER,
    LONGEST,
    Scratch,
    bring_words,
    first_time,
    new_question,
)
from services.matching.engine.steps import (
    SURE,
    Step,
    place_circle,
    step_of_worker,
    steps_of_worker,
)
from services.matching.engine.strips import FLATNESS
from services.matching.engine.worker_rows import skills_at


class Offered(NamedTuple):
    """What a worker has for the postings of one bucket: an entry's level and floor are
    at most these, and it has a bit of `market` and one of `kind`."""

    sign: np.uint64
    level: int
    floor: int
    market: int
    kind: int


@compiled
def best_postings(
    now_us: int,
    weights: Any,
    worker_row: int,
    asked_door: Door,
    side_door: Door,
    zones_door: Door,
    desk_door: Door,
    places: int,
) -> int:
    """List the best `places` postings for a worker as matches, in order; how many."""
    workers = open_workers(asked_door, TABLE)
    postings, buckets = (
        open_postings(side_door, TABLE),
        open_buckets(side_door, BUCKETS),
    )
    zones = open_zones(zones_door, ZONES)
    scratch, lists = open_scratch(desk_door, SCRATCH), open_lists(desk_door, LISTS)
    heap = lists.matches
    new_question(scratch)
    memory = scratch.memory[0]
    worker = workers.rows[worker_row]
    w = workers.words
    if not worker.live:
        return 0
    sides = Sides(workers, postings, zones)
    sign, floor = signature(worker, w), floor_class(worker, w)
    markets, kinds = whole(worker.markets), whole(worker.kinds)
    market = (markets if markets < 8 else 7) << MARKETS
    kind = seen_kinds(kinds) << KINDS | ALWAYS
    for number in range(steps_of_worker(worker)):
        here = place_circle(number, worker, w)
        for skill in range(-1, whole(worker.skills_n)):
            slot, level = ASKS_NONE, whole(0)
            if skill >= 0:
                word = whole(w[skills_at(worker) + skill])
                slot, level = FIRST_SKILL + id_of(word), level_of(word)
            if slot < 0 or slot >= len(buckets.pages):
                continue
            step = step_of_worker(number, slot, here, worker, buckets, memory)
            offered = Offered(sign, level, floor, market, kind)
            begin(memory)
            while goes_on(memory, step.ranges):
                if memory.buffered > BUFFER - LONGEST:
                    judge_waiting(now_us, weights, worker, sides, scratch, heap, places)
                gather_postings(buckets, step, offered, postings.rows, memory)
    judge_waiting(now_us, weights, worker, sides, scratch, heap, places)
    kept = memory.kept
    put_in_order(heap, kept)
    return kept


@inlined
def gather_postings(
    buckets: Buckets, step: Step, offered: Offered, rows: Any, memory: Any
) -> None:
    """Buffer those of the next entries that may be matches."""
    entries, signs, ours = buckets.entries, buckets.signs, offered.sign
    most = 1e9 if step.how == SURE else min(step.km * step.km, 1e9)
    limit = most * FLATNESS + 1e-4
    lon, found = memory.ends[memory.piece, 2], memory.buffered
    width = memory.scales[memory.piece, 1]
    rise = 0.0 if step.how == SURE else memory.scales[memory.piece, 0]
    for i in range(memory.at, memory.until):
        if (signs[i] & ours) != signs[i]:
            continue
        bits = whole(entries[i, BITS])
        if (
            ((bits & 7) > offered.level)
            | ((bits & offered.market) == 0)
            | ((bits & offered.kind) == 0)
            | ((bits & step.skipped) != 0)
            | (((bits >> PAY) & ANY_PAY) < offered.floor)
        ):
            continue
        north = float(whole(entries[i, LAT]) - step.lat)
        east = float(whole(entries[i, LON]) - lon)
        square = north * north * rise + east * east * width
        radius = float((bits >> RADIUS) & WIDEST)
        reach = math.inf if radius == WIDEST else radius * radius / 32.0
        if square > min(limit, reach * reach * FLATNESS + 1e-4):
            continue
        memory.rows[found] = entries[i, ROW]
        bring_posting(rows, entries[i, ROW])
        found += 1
    memory.buffered = found


@inlined
def bring_posting(rows: Any, row: int) -> None:
    prefetch(rows, whole(row), 0)
    prefetch(rows, whole(row), 64)
    prefetch(rows, whole(row), 128)
    prefetch(rows, whole(row), 192)


@compiled
def judge_waiting(
    now_us: int,
    weights: Any,
    worker: Any,
    sides: Sides,
    scratch: Scratch,
    heap: Best,
    places: int,
) -> None:
    """Judge who waits in the buffer, and empty it."""
    memory, rows, p = scratch.memory[0], sides.postings.rows, sides.postings.words
    found, kept = memory.buffered, memory.kept
    for i in range(min(found, AHEAD)):
        bring_words(rows, p, memory.rows[i])
    for i in range(found):
        if i + AHEAD < found:
            bring_words(rows, p, memory.rows[i + AHEAD])
        row = whole(memory.rows[i])
        posting = rows[row]
        if posting.expires <= now_us or not first_time(scratch, row):
            continue
        moment = moment_of(now_us, posting, p, sides.zones)
        applied = applied_weights(posting, weights)
        value = eligible_score(moment, applied, worker, posting, sides)
        if value >= 0.0:
            tie, points = tie_of(worker, posting), native_points(value)
            kept = keep(heap, places, kept, points, tie, row)
    memory.kept, memory.buffered = kept, 0
