"""The best matches of a posting or a worker: retrieve, filter and score, keep the best.

Whoever the entries do not reject is judged in full, most promising first, until nobody
left can be among the best.
"""

# Records are typed by numba; for mypy their fields are Any.
# mypy: disable-error-code="no-any-return"

from __future__ import annotations

import math
from typing import Any, NamedTuple

from services.matching.engine.buckets import (
    ASKS_NONE,
    BITS,
    EVERYONE,
    FIRST_SKILL,
    LAT,
    LON,
    ROW,
    Buckets,
)
from services.matching.engine.entries import (
    ALWAYS,
    IS_FAR,
    KINDS,
    MARKETS,
    PAY,
    RADIUS,
    floor_class,
    required_signature,
    seen_kinds,
    signature,
)
from services.matching.engine.heap import Best, keep, put_in_order
from services.matching.engine.kernel_pair import (
    CLOSENESS,
    PAY_FIT,
    RECENCY,
    RELIABILITY,
    SKILL_FIT,
    SLACK,
    Moment,
    Sides,
    eligible_score,
    tie_of,
    weight_of,
)
from services.matching.engine.kernel_quarters import needed_quarters
from services.matching.engine.kernel_time import work_period
from services.matching.engine.layout import Table, f8_at, id_of, level_of, whole
from services.matching.engine.native import compiled, inlined
from services.matching.engine.order import POINTS, native_points
from services.matching.engine.posting_rows import (
    MEMBER_WORDS,
    REQUIREMENT_WORDS,
    members_at,
    requirements_at,
)
from services.matching.engine.retrieval import (
    AHEAD,
    BUFFER,
    LONGEST,
    SURE,
    Scratch,
    Step,
    Wanted,
    Weights,
    around_it,
    aside,
    bring_row,
    bring_words,
    first_time,
    gather,
    new_question,
    rarest_here,
    site_circle,
    step_of_posting,
    steps_of_posting,
    wanted_of,
)
from services.matching.engine.strips import FAR, FLATNESS, REMOTE, circle
from services.matching.engine.worker_rows import PLACE_WORDS, skills_at
from services.matching.engine.zones import ZoneArrays

BINS = 256


class Question(NamedTuple):
    """One posting asked about: what its candidates are judged with."""

    moment: Moment
    posting_row: int
    sides: Sides
    twice: bool
    places: int


@compiled
def best_workers(
    now_us: int,
    weights: Any,
    posting_row: int,
    postings: Table,
    workers: Table,
    buckets: Buckets,
    zones: ZoneArrays,
    scratch: Scratch,
    heap: Best,
    places: int,
) -> int:
    """Fill `heap` with the best `places` workers for a posting, in order; how many."""
    new_question(scratch)
    memory = scratch.memory[0]
    posting = postings.rows[posting_row]
    p = postings.words
    first, last, monday = work_period(now_us, posting, p, zones)
    moment = Moment(now_us, first, last, monday, weights)
    applied = applied_weights(posting, weights)
    quarters = needed_quarters(posting, monday, p, zones)
    sign = required_signature(posting, quarters, p)
    south, north = FAR, FAR
    if posting.remote:
        south, north = REMOTE, REMOTE
    elif posting.sites_n > 0:
        around = site_circle(posting, 0, p)
        south, north = around.first, around.last
    group = rarest_here(posting, buckets, south, north, p)
    member, members = 0, 1
    if group >= 0:
        asked = requirements_at(posting) + REQUIREMENT_WORDS * group
        member, members = whole(p[asked + 4]), whole(p[asked + 5])
    question = Question(
        moment,
        posting_row,
        Sides(workers, postings, zones),
        members > 1 or posting.sites_n > 1,
        places,
    )
    for number in range(member, member + members):
        slot = whole(EVERYONE)
        if group >= 0:
            at = members_at(posting) + MEMBER_WORDS * number
            slot = FIRST_SKILL + whole(p[at + 2])
        wanted = wanted_of(posting, group, number, applied, sign, p, memory)
        for each in range(0 if posting.remote else 1, steps_of_posting(posting)):
            radius = posting.radius
            step = step_of_posting(each, slot, radius, posting, p, buckets, memory)
            look(buckets, step, wanted, question, scratch, heap)
    judge_buffered(question, scratch, heap)
    kept = memory.kept
    put_in_order(heap, kept)
    return kept


@compiled
def applied_weights(posting: Any, weights: Any) -> Weights:
    skill = (
        weight_of(posting, weights, SKILL_FIT) if posting.total_weight > 0.0 else 0.0
    )
    near = 0.0 if posting.remote else weight_of(posting, weights, CLOSENESS)
    free = weight_of(posting, weights, SLACK) if posting.shifts_n > 0 else 0.0
    pay = weight_of(posting, weights, PAY_FIT) if posting.paid else 0.0
    trust, fresh = (
        weight_of(posting, weights, RELIABILITY),
        weight_of(posting, weights, RECENCY),
    )
    total = skill + near + free + pay + trust + fresh
    if total <= 0.0:
        total = 1.0
    return Weights(
        skill / total,
        near / total,
        free / total,
        pay / total,
        trust / total,
        fresh / total,
    )


@compiled
def look(
    buckets: Buckets,
    step: Step,
    wanted: Wanted,
    question: Question,
    scratch: Scratch,
    heap: Best,
) -> None:
    """Gather piece by piece; a full buffer is judged before more comes in."""
    memory = scratch.memory[0]
    most = 1e9 if step.how == SURE else min(step.km * step.km, 1e9)
    for number in range(step.ranges):
        at, end = memory.ends[number, 0], memory.ends[number, 1]
        lon = memory.ends[number, 2]
        rise, width = memory.scales[number, 0], memory.scales[number, 1]
        while at < end:
            until = min(end, at + LONGEST)
            if memory.buffered + until - at > BUFFER:
                judge_buffered(question, scratch, heap)
            gather(
                buckets,
                at,
                until,
                step.lat,
                lon,
                rise,
                width,
                most,
                step.skipped,
                wanted,
                memory,
            )
            at = until


@compiled
def judge_buffered(question: Question, scratch: Scratch, heap: Best) -> None:
    """Judge who waits in the buffer, the most promising first, and empty it."""
    memory = scratch.memory[0]
    found = memory.buffered
    memory.buffered = 0
    if found == 0:
        return
    order, histogram, bounds = memory.order, memory.histogram, memory.bounds
    if found > question.places:
        histogram[: BINS + 2] = 0
        for i in range(found):
            histogram[bin_of(bounds[i]) + 1] += 1
        for place in range(1, BINS + 2):
            histogram[place] += histogram[place - 1]
        for i in range(found):
            place = bin_of(bounds[i])
            order[histogram[place]] = i
            histogram[place] += 1
    else:
        for i in range(found):
            order[i] = i
    posting = question.sides.postings.rows[question.posting_row]
    kept, places = memory.kept, question.places
    rows, words = question.sides.workers.rows, question.sides.workers.words
    for number in range(min(found, 2 * AHEAD)):
        bring_row(rows, memory.rows[order[number]])
    for number in range(found):
        i = order[number]
        if number + 2 * AHEAD < found:
            bring_row(rows, memory.rows[order[number + 2 * AHEAD]])
        if number + AHEAD < found:
            bring_words(rows, words, memory.rows[order[number + AHEAD]])
        if kept == places:
            if places == 0:
                break
            if bounds[i] * POINTS < heap[0].points:
                # what comes after has at most a bin's width more
                after = (bounds[i] + 1.5 / BINS) * POINTS
                if found > places and after < heap[0].points:
                    break
                continue
        row = whole(memory.rows[i])
        if (question.twice or rows[row].places_n > 1) and not first_time(scratch, row):
            continue
        worker = rows[row]
        value = eligible_score(
            question.moment, worker, posting, question.sides, memory.values
        )
        memory.looked += 1
        if value >= 0.0:
            tie = tie_of(worker, posting)
            kept = keep(heap, places, kept, native_points(value), tie, row)
    memory.kept = kept


@inlined
def bin_of(bound: float) -> int:
    """0 for a bound of 1 or more, BINS - 1 for 0."""
    return int((BINS - 1) * (1.0 - min(1.0, max(0.0, bound))))


@compiled
def best_postings(
    now_us: int,
    weights: Any,
    worker_row: int,
    workers: Table,
    postings: Table,
    buckets: Buckets,
    zones: ZoneArrays,
    scratch: Scratch,
    heap: Best,
    places: int,
) -> int:
    """Fill `heap` with the best `places` postings for a worker, in order; how many.

    They stand under one required skill each, so those are looked at that the worker
    has, and those that ask for none. Few are left by then: all are judged.
    """
    new_question(scratch)
    memory = scratch.memory[0]
    worker = workers.rows[worker_row]
    w = workers.words
    if not worker.live or (worker.places_n == 0 and not worker.remote):
        return 0
    sides = Sides(workers, postings, zones)
    ours = signature(worker, w)
    floor = floor_class(worker, w)
    markets, kinds = whole(worker.markets), whole(worker.kinds)
    market = (markets if markets < 8 else 7) << MARKETS
    kind = seen_kinds(kinds) << KINDS | ALWAYS
    for number in range(2 + whole(worker.places_n)):
        lat, lon, km = 0, 0, math.inf
        strip, skipped = REMOTE, 0
        if number == 0 and not worker.remote:
            continue
        if number == 1:
            if not worker.lodging or worker.places_n == 0:
                continue
            strip = FAR
        here = circle(0, 0, 0.0)
        if number > 1:
            place = worker.at + PLACE_WORDS * (number - 2)
            lat, lon = whole(w[place + 8]), whole(w[place + 9])
            km = f8_at(w, place + 6)
            here = circle(lat, lon, km)
            # those with lodging are found in FAR
            skipped = IS_FAR if worker.lodging else 0
        most = min(km * km, 1e9) * FLATNESS + 1e-4
        for skill in range(-1, whole(worker.skills_n)):
            slot, level = ASKS_NONE, 0
            if skill >= 0:
                word = whole(w[skills_at(worker) + skill])
                slot, level = FIRST_SKILL + id_of(word), level_of(word)
            if slot < 0 or slot >= len(buckets.pages):
                continue
            if number > 1:
                count = around_it(buckets, slot, here, memory)
            else:
                count = aside(buckets, slot, strip, memory)
            for piece in range(count):
                rise = memory.scales[piece, 0]
                width = memory.scales[piece, 1]
                lon = memory.ends[piece, 2]
                if number == 1:
                    rise = 0.0
                for i in range(memory.ends[piece, 0], memory.ends[piece, 1]):
                    bits = whole(buckets.entries[i, BITS])
                    sign = buckets.signs[i]
                    if (
                        (bits & 7) > level
                        or (bits & market) == 0
                        or (bits & kind) == 0
                        or (bits & skipped) != 0
                        or ((bits >> PAY) & 255) < floor
                        or (sign & ours) != sign
                    ):
                        continue
                    north = float(whole(buckets.entries[i, LAT]) - lat)
                    east = float(whole(buckets.entries[i, LON]) - lon)
                    square = north * north * rise + east * east * width
                    radius = float((bits >> RADIUS) & 63)
                    reach = math.inf if radius > 62.0 else radius * radius / 32.0
                    if square > min(most, reach * reach * FLATNESS + 1e-4):
                        continue
                    row = whole(buckets.entries[i, ROW])
                    judge_posting(
                        now_us,
                        weights,
                        worker,
                        postings.rows[row],
                        row,
                        sides,
                        scratch,
                        heap,
                        places,
                    )
    kept = memory.kept
    put_in_order(heap, kept)
    return kept


@compiled
def judge_posting(
    now_us: int,
    weights: Any,
    worker: Any,
    posting: Any,
    row: int,
    sides: Sides,
    scratch: Scratch,
    heap: Best,
    places: int,
) -> None:
    if posting.expires <= now_us or not first_time(scratch, row):
        return
    memory = scratch.memory[0]
    first, last, monday = work_period(
        now_us, posting, sides.postings.words, sides.zones
    )
    moment = Moment(now_us, first, last, monday, weights)
    value = eligible_score(moment, worker, posting, sides, memory.values)
    memory.looked += 1
    if value >= 0.0:
        tie, points = tie_of(worker, posting), native_points(value)
        kept = memory.kept
        memory.kept = keep(heap, places, kept, points, tie, row)
