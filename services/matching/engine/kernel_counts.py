"""The funnel: how many around a posting, or around a worker, pass each rule in turn.

Fills `funnel[i]` with who passes the first i + 1 filters, and `heap` with those who
fail nothing but must be asked, the fewest questions first.
"""

# Records are typed by numba; for mypy their fields are Any.
# mypy: disable-error-code="no-any-return"

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.matching.engine.buckets import EVERYONE, FIRST_SKILL, ROW, Buckets
from services.matching.engine.entries import IS_FAR, OF_SKILLS, skill_bit
from services.matching.engine.heap import Best, keep, put_in_order
from services.matching.engine.kernel_filters import PASS, within_reach
from services.matching.engine.kernel_pair import (
    FILTER_COUNT,
    Moment,
    Sides,
    judge,
    tie_of,
)
from services.matching.engine.kernel_time import work_period
from services.matching.engine.layout import Table, f8_at, whole
from services.matching.engine.native import compiled, inlined
from services.matching.engine.nearby import WITHIN, set_aside, sort_out
from services.matching.engine.posting_rows import (
    MEMBER_WORDS,
    REQUIREMENT_WORDS,
    members_at,
    requirements_at,
)
from services.matching.engine.retrieval import (
    AHEAD,
    ANYWHERE,
    BUFFER,
    LONGEST,
    MOST_PREFERRED,
    NOWHERE,
    SURE,
    Scratch,
    Step,
    around_it,
    aside,
    bring_row,
    bring_words,
    first_time,
    new_question,
    rarest_here,
    site_circle,
    step_of_posting,
    steps_of_posting,
)
from services.matching.engine.strips import FAR, REMOTE, circle
from services.matching.engine.worker_rows import PLACE_WORDS
from services.matching.engine.zones import ZoneArrays

ASK_AT = 40  # above a row in the heap stand the bits of what to ask


class Judged(NamedTuple):
    """What a posting's workers are judged with; `twice`: one may be met again.

    `how` is IN_FULL, or first IN_REACH (whoever has skills is noted as within reach,
    or not at all) and then AS_HOLDER (the few who have a required skill: they are noted
    once more, where they get to)."""

    moment: Moment
    sides: Sides
    twice: bool
    how: int


IN_FULL, IN_REACH, AS_HOLDER = whole(0), whole(1), whole(2)


class Tally(NamedTuple):
    """`passed[i]` counts those who pass just i filters in a row; `heap` has room for
    `places` of those who are to be asked."""

    passed: NDArray[Any]
    heap: Best
    places: int


@compiled
def count_workers(
    now_us: int,
    posting_row: int,
    postings: Table,
    workers: Table,
    buckets: Buckets,
    zones: ZoneArrays,
    scratch: Scratch,
    funnel: Any,
    heap: Best,
    places: int,
) -> tuple[int, int]:
    """How many are listed in the heap, in order, and how many there are to ask."""
    new_question(scratch)
    memory = scratch.memory[0]
    posting = postings.rows[posting_row]
    p = postings.words
    first, last, monday = work_period(now_us, posting, p, zones)
    moment = Moment(now_us, first, last, monday, posting.weights[:0])
    sides = Sides(workers, postings, zones)
    twice = posting.sites_n > 1
    waived = IS_FAR if posting.lodging else 0
    memory.passed[:] = 0
    tally = Tally(memory.passed, heap, places)
    groups = required_bits(posting, p, memory)
    how = IN_REACH if groups > 0 else IN_FULL
    asked = Judged(moment, sides, twice, how)
    for number in range(steps_of_posting(posting)):
        step = step_of_posting(
            number, EVERYONE, posting.radius, posting, p, buckets, memory
        )
        for piece in range(step.ranges):
            at, end = memory.ends[piece, 0], memory.ends[piece, 1]
            while at < end:
                until = min(end, at + LONGEST)
                sweep(buckets, at, until, piece, step, waived, groups, twice, memory)
                if memory.buffered > BUFFER - LONGEST:
                    judge_workers(asked, posting, scratch, tally)
                at = until
    judge_workers(asked, posting, scratch, tally)
    if groups > 0:
        judge_holders(asked, posting, buckets, waived, scratch, tally)
    add_up(tally, funnel)
    put_in_order(heap, memory.kept)
    return memory.kept, memory.looked


@compiled
def judge_holders(
    asked: Judged,
    posting: Any,
    buckets: Buckets,
    waived: int,
    scratch: Scratch,
    tally: Tally,
) -> None:
    """Judge whoever has the required skill that the fewest have here."""
    memory, p = scratch.memory[0], asked.sides.postings.words
    south, north = REMOTE, REMOTE
    if not posting.remote and posting.sites_n > 0:
        around = site_circle(posting, 0, p)
        south, north = around.first, around.last
    group = rarest_here(posting, buckets, south, north, p)
    requirement = requirements_at(posting) + REQUIREMENT_WORDS * group
    first, members = whole(p[requirement + 4]), whole(p[requirement + 5])
    # everybody may be met a second time now
    memory.question += 1
    twice = asked.twice or members > 1
    holders = Judged(asked.moment, asked.sides, twice, AS_HOLDER)
    for number in range(first, first + members):
        member = members_at(posting) + MEMBER_WORDS * number
        slot = FIRST_SKILL + whole(p[member + 2])
        for each in range(0 if posting.remote else 1, steps_of_posting(posting)):
            radius = posting.radius
            step = step_of_posting(each, slot, radius, posting, p, buckets, memory)
            for piece in range(step.ranges):
                at, end = memory.ends[piece, 0], memory.ends[piece, 1]
                while at < end:
                    until = min(end, at + LONGEST)
                    hold(buckets, at, until, piece, step, waived, memory)
                    if memory.buffered > BUFFER - LONGEST:
                        judge_workers(holders, posting, scratch, tally)
                    at = until
    judge_workers(holders, posting, scratch, tally)


@compiled
def required_bits(posting: Any, p: Any, memory: Any) -> int:
    """Fill `memory.preferred` with the bits of each required group; how many."""
    count = 0
    for number in range(min(whole(posting.requirements_n), MOST_PREFERRED)):
        asked = requirements_at(posting) + REQUIREMENT_WORDS * number
        if not p[asked + 3]:
            break
        bits = np.uint64(0)
        member = members_at(posting) + MEMBER_WORDS * p[asked + 4]
        for place in range(p[asked + 5]):
            bits |= skill_bit(whole(p[member + MEMBER_WORDS * place + 2]))
        memory.preferred[count] = bits
        count += 1
    return count


@compiled
def reachable(
    buckets: Buckets,
    at: int,
    end: int,
    piece: int,
    step: Step,
    waived: int,
    memory: Any,
) -> None:
    """Say of the entries [at, end), in `memory.distances`, how they stand to reach."""
    if step.how != ANYWHERE:
        memory.distances[: end - at] = WITHIN
        return
    sort_out(
        buckets,
        at,
        end,
        step.lat,
        memory.ends[piece, 2],
        memory.scales[piece, 0],
        memory.scales[piece, 1],
        min(step.km * step.km, 1e9),
        step.skipped,
        waived,
        memory,
    )


@compiled
def sweep(
    buckets: Buckets,
    at: int,
    end: int,
    piece: int,
    step: Step,
    waived: int,
    groups: int,
    twice: bool,
    memory: Any,
) -> None:
    """Where skills are required, count who is surely within reach; leave in the buffer
    whoever needs a full look. Without, that is everybody."""
    reachable(buckets, at, end, piece, step, waived, memory)
    said = memory.distances
    within, found = whole(0), memory.buffered
    for i in range(end - at):
        if said[i] < 0.0:
            continue
        # who has named no skill at all is asked for them
        if groups > 0 and (buckets.signs[at + i] & OF_SKILLS) != 0 and not twice:
            if step.how == NOWHERE:
                lacks = False
                for group in range(groups):
                    lacks |= (buckets.signs[at + i] & memory.preferred[group]) == 0
                if lacks:
                    continue
            elif said[i] == WITHIN:
                within += 1
                continue
        memory.rows[found] = buckets.entries[at + i, ROW]
        found += 1
    memory.buffered = found
    memory.passed[1] += within


@compiled
def hold(
    buckets: Buckets,
    at: int,
    end: int,
    piece: int,
    step: Step,
    waived: int,
    memory: Any,
) -> None:
    """Leave in the buffer whoever may be within reach."""
    reachable(buckets, at, end, piece, step, waived, memory)
    found = memory.buffered
    for i in range(end - at):
        memory.rows[found] = buckets.entries[at + i, ROW]
        found += memory.distances[i] >= 0.0
    memory.buffered = found


@compiled
def judge_workers(asked: Judged, posting: Any, scratch: Scratch, tally: Tally) -> None:
    """Judge and note who waits in the buffer, and empty it."""
    rows, words = asked.sides.workers.rows, asked.sides.workers.words
    memory, moment = scratch.memory[0], asked.moment
    p = asked.sides.postings.words
    found = memory.buffered
    for i in range(min(found, 2 * AHEAD)):
        bring_row(rows, memory.rows[i])
    for i in range(found):
        if i + 2 * AHEAD < found:
            bring_row(rows, memory.rows[i + 2 * AHEAD])
        if i + AHEAD < found:
            bring_words(rows, words, memory.rows[i + AHEAD])
        row = whole(memory.rows[i])
        worker = rows[row]
        if (asked.twice or worker.places_n > 1) and not first_time(scratch, row):
            continue
        placed = posting.remote or worker.places_n > 0
        if asked.how == IN_REACH and worker.skills_n > 0 and placed:
            first, last = moment.first, moment.last
            if within_reach(worker, posting, first, last, words, p) == PASS:
                tally.passed[1] += 1
            continue
        passed, ask = judge(moment, worker, posting, asked.sides)
        if asked.how == AS_HOLDER:
            if passed < 2:
                continue
            tally.passed[1] -= 1
        note(passed, ask, worker, posting, row, memory, tally)
    memory.buffered = 0


@inlined
def note(
    passed: int,
    ask: int,
    worker: Any,
    posting: Any,
    row: int,
    memory: Any,
    tally: Tally,
) -> None:
    tally.passed[passed] += 1
    if ask > 0:
        memory.looked += 1
        if tally.places > 0:
            tie = tie_of(worker, posting)
            kept, few = memory.kept, -bit_count(ask)
            asked = row | ask << ASK_AT
            memory.kept = keep(tally.heap, tally.places, kept, few, tie, asked)


@compiled
def add_up(tally: Tally, funnel: Any) -> None:
    """From who passes just so many to who passes at least so many."""
    left = whole(0)
    for rule in range(FILTER_COUNT, 0, -1):
        left += tally.passed[rule]
        funnel[rule - 1] = left


@compiled
def bit_count(bits: int) -> int:
    count = 0
    while bits != 0:
        bits &= bits - 1
        count += 1
    return count


@compiled
def count_postings(
    now_us: int,
    worker_row: int,
    workers: Table,
    postings: Table,
    buckets: Buckets,
    zones: ZoneArrays,
    scratch: Scratch,
    funnel: Any,
    heap: Best,
    places: int,
) -> tuple[int, int]:
    """As `count_workers`, the other way round; expired postings are passed over."""
    new_question(scratch)
    memory = scratch.memory[0]
    worker = workers.rows[worker_row]
    w = workers.words
    sides = Sides(workers, postings, zones)
    memory.passed[:] = 0
    tally = Tally(memory.passed, heap, places)
    for number in range(2 + whole(worker.places_n)):
        step = step_of_worker(number, worker, w, buckets, memory)
        for piece in range(step.ranges):
            at = memory.ends[piece, 0]
            end = memory.ends[piece, 1]
            while at < end:
                until = min(end, at + LONGEST)
                sweep(buckets, at, until, piece, step, 0, 0, True, memory)
                if memory.buffered > BUFFER - LONGEST:
                    judge_postings(now_us, worker, sides, scratch, tally)
                at = until
    if worker.places_n == 0 and worker.live:
        # any work that is not remote may be possible, if they say where they are
        for row in range(len(postings.rows)):
            if postings.rows[row].live and not postings.rows[row].remote:
                set_aside(memory, row)
            if memory.buffered == BUFFER:
                judge_postings(now_us, worker, sides, scratch, tally)
    judge_postings(now_us, worker, sides, scratch, tally)
    add_up(tally, funnel)
    put_in_order(heap, memory.kept)
    return memory.kept, memory.looked


@compiled
def step_of_worker(
    number: int, worker: Any, w: Any, buckets: Buckets, memory: Any
) -> Step:
    """Where to look for all postings that may reach a worker."""
    if not worker.live:
        return Step(0, 0, 0.0, 0, ANYWHERE)
    if number == 0:
        count = aside(buckets, EVERYONE, REMOTE, memory) if worker.remote else 0
        return Step(count, 0, 0.0, 0, SURE)
    if number == 1:
        lodged = worker.lodging and worker.places_n > 0
        count = aside(buckets, EVERYONE, FAR, memory) if lodged else 0
        return Step(count, 0, 0.0, 0, SURE)
    place = worker.at + PLACE_WORDS * (number - 2)
    lat, lon = whole(w[place + 8]), whole(w[place + 9])
    here = circle(lat, lon, f8_at(w, place + 6))
    count = around_it(buckets, EVERYONE, here, memory)
    return Step(count, lat, here.km, IS_FAR if worker.lodging else 0, ANYWHERE)


@compiled
def judge_postings(
    now_us: int,
    worker: Any,
    sides: Sides,
    scratch: Scratch,
    tally: Tally,
) -> None:
    rows, memory = sides.postings.rows, scratch.memory[0]
    for i in range(memory.buffered):
        row = whole(memory.rows[i])
        posting = rows[row]
        if posting.expires <= now_us or not first_time(scratch, row):
            continue
        first, last, monday = work_period(
            now_us, posting, sides.postings.words, sides.zones
        )
        moment = Moment(now_us, first, last, monday, posting.weights[:0])
        passed, ask = judge(moment, worker, posting, sides)
        note(passed, ask, worker, posting, row, memory, tally)
    memory.buffered = 0


@compiled
def unexpired(rows: Any, used: int, now_us: int) -> int:
    """How many postings there are to consider."""
    count = 0
    for row in range(used):
        if rows[row].live and rows[row].expires > now_us:
            count += 1
    return count
