"""The kernel: one judgement of a pair, shared by both directions, and the scan.

The plain twin of `judge` and `score` is `pair.explain_pair`.
"""

# Records are typed by numba; for mypy their fields are Any.
# mypy: disable-error-code="no-any-return"

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.matching.engine.kernel_filters import (
    FAIL,
    PASS,
    free_for_the_schedule,
    has_required_skills,
    holds_certificates,
    not_blocked,
    pay_meets_floor,
    speaks_languages,
    wants_this_work,
    within_reach,
)
from services.matching.engine.kernel_scores import (
    availability_slack,
    closeness,
    pay_fit,
    recency,
    reliability,
    skill_fit,
)
from services.matching.engine.kernel_time import Hours, work_period
from services.matching.engine.native import compiled, inlined
from services.matching.engine.order import native_points, native_tie
from services.matching.engine.rules import FILTERS
from services.matching.engine.scores import SCORES

FILTER_COUNT = len(FILTERS)
PART_COUNT = len(SCORES)
EVERY = -1


class Best(NamedTuple):
    """A heap of the best pairs, the worst of them first; one place per pair kept."""

    points: NDArray[Any]
    ties: NDArray[Any]
    rows: NDArray[Any]


def best(places: int) -> Best:
    return Best(
        np.zeros(places, np.int64),
        np.zeros(places, np.uint64),
        np.zeros(places, np.int64),
    )


@inlined
def judge(
    now_us: int,
    period: Any,
    worker: Any,
    posting: Any,
    workers: Any,
    postings: Any,
    zones: Any,
) -> tuple[int, int, bool]:
    """(filters passed in a row, bits of what to ask, whether one failed).

    Asks the rules in the order of FILTERS and stops at the first that fails.
    """
    passed, ask = 0, 0
    first, last, monday = period
    hours = Hours(workers.pattern, workers.free, workers.busy)
    for rule in range(FILTER_COUNT):
        if rule == 0:
            said = within_reach(
                worker, posting, first, last, workers.places, postings.sites
            )
        elif rule == 1:
            said = has_required_skills(
                worker, posting, workers.skills, postings.requirements, postings.members
            )
        elif rule == 2:
            said = free_for_the_schedule(
                worker, posting, now_us, monday, hours, postings.shifts, zones
            )
        elif rule == 3:
            said = pay_meets_floor(worker, posting, workers.floors)
        elif rule == 4:
            said = wants_this_work(worker, posting, workers.markets, workers.kinds)
        elif rule == 5:
            said = holds_certificates(
                worker, posting, last, workers.certificates, postings.certificates
            )
        elif rule == 6:
            said = speaks_languages(
                worker, posting, workers.languages, postings.languages
            )
        else:
            said = not_blocked(worker, posting, workers.blocked)
        if said == FAIL:
            return passed, ask, True
        if said != PASS:
            ask |= said
        elif ask == 0:
            passed += 1
    return passed, ask, False


@compiled
def score(
    now_us: int,
    period: Any,
    weights: Any,
    worker: Any,
    posting: Any,
    workers: Any,
    postings: Any,
    zones: Any,
    parts: Any,
) -> float:
    """The weighted sum of an eligible pair's parts; NaN marks a part dropped.

    `weights` replace the market's own unless they are empty; `parts` receives the
    values, in the order of SCORES.
    """
    first, last, monday = period
    hours = Hours(workers.pattern, workers.free, workers.busy)
    parts[:] = np.nan
    if posting.total_weight > 0.0:
        parts[0] = skill_fit(
            worker, posting, workers.skills, postings.requirements, postings.members
        )
    if not posting.remote:
        parts[1] = closeness(
            worker, posting, first, last, workers.places, postings.sites
        )
    if posting.shifts_n > 0:
        parts[2] = availability_slack(
            worker, posting, monday, hours, postings.shifts, zones
        )
    if posting.paid:
        parts[3] = pay_fit(worker, posting, workers.floors)
    parts[4] = reliability(worker)
    parts[5] = recency(worker, now_us)
    total = 0.0
    for part in range(PART_COUNT):
        if not np.isnan(parts[part]):
            total += weight_of(posting, weights, part)
    value = 0.0
    if total > 0.0:
        for part in range(PART_COUNT):
            if not np.isnan(parts[part]):
                applied = weight_of(posting, weights, part) / total
                value += applied * parts[part]
    return value


@compiled
def weight_of(posting: Any, weights: Any, part: int) -> float:
    """A part's weight before parts are dropped; empty `weights`: the market's."""
    return posting.weights[part] if len(weights) == 0 else weights[part]


@compiled
def scan(
    now_us: int,
    weights: Any,
    worker_row: int,
    posting_row: int,
    workers: Any,
    postings: Any,
    zones: Any,
    matches: Best,
    possible: Best,
    funnel: Any,
    parts: Any,
) -> tuple[int, int, int, int]:
    """Judge one posting against every worker, or one worker against every posting.

    The row that is EVERY says which. Fills `funnel[i]` with who passes the first i + 1
    filters, and both heaps; gives how many were considered, kept as matches, kept as
    possible, and possible in all. Of the possible, those with the fewest things to ask
    come first.
    """
    every_worker = worker_row == EVERY
    worker_rows, posting_rows = workers.rows, postings.rows
    places, sites = workers.places, postings.sites
    considered, kept, listed, possible_total = 0, 0, 0, 0
    period = (0, 0, 0)
    if every_worker:
        period = work_period(now_us, posting_rows[posting_row], postings.shifts, zones)
    for row in range(len(worker_rows) if every_worker else len(posting_rows)):
        worker = worker_rows[row if every_worker else worker_row]
        posting = posting_rows[posting_row if every_worker else row]
        if not worker.live or not posting.live:
            continue
        if not every_worker:
            if posting.expires <= now_us:
                continue
            period = work_period(now_us, posting, postings.shifts, zones)
        considered += 1
        # Most are too far away; asking that first, alone, passes few arrays around.
        first, last, _ = period
        if within_reach(worker, posting, first, last, places, sites) == FAIL:
            continue
        passed, ask, failed = judge(
            now_us, period, worker, posting, workers, postings, zones
        )
        for rule in range(passed):
            funnel[rule] += 1
        if failed:
            continue
        tie = native_tie(worker.key, posting.key)
        if ask != 0:
            possible_total += 1
            listed = keep(possible, listed, -bit_count(ask), tie, row)
            continue
        value = score(
            now_us, period, weights, worker, posting, workers, postings, zones, parts
        )
        kept = keep(matches, kept, native_points(value), tie, row)
    return considered, kept, listed, possible_total


@compiled
def bit_count(bits: int) -> int:
    count = 0
    while bits != 0:
        bits &= bits - 1
        count += 1
    return count


@compiled
def worse(heap: Best, a: int, b: int) -> bool:
    if heap.points[a] != heap.points[b]:
        return heap.points[a] < heap.points[b]
    return heap.ties[a] > heap.ties[b]


@compiled
def swap(heap: Best, a: int, b: int) -> None:
    heap.points[a], heap.points[b] = heap.points[b], heap.points[a]
    heap.ties[a], heap.ties[b] = heap.ties[b], heap.ties[a]
    heap.rows[a], heap.rows[b] = heap.rows[b], heap.rows[a]


@compiled
def keep(heap: Best, size: int, points: int, tie: np.uint64, row: int) -> int:
    """Offer a pair to a heap that holds `size`; gives its size now."""
    places = len(heap.points)
    if places == 0:
        return 0
    if size == places:
        if points < heap.points[0] or (points == heap.points[0] and tie > heap.ties[0]):
            return size
        heap.points[0], heap.ties[0], heap.rows[0] = points, tie, row
        sink(heap, size)
        return size
    heap.points[size], heap.ties[size], heap.rows[size] = points, tie, row
    place = size
    while place > 0 and worse(heap, place, (place - 1) // 2):
        swap(heap, place, (place - 1) // 2)
        place = (place - 1) // 2
    return size + 1


@compiled
def sink(heap: Best, size: int) -> None:
    place = 0
    while True:
        worst = place
        for child in (2 * place + 1, 2 * place + 2):
            if child < size and worse(heap, child, worst):
                worst = child
        if worst == place:
            return
        swap(heap, place, worst)
        place = worst
