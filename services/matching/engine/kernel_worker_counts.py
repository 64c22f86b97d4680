"""The funnel of a posting: how many around it pass each rule in turn.

Fills `funnel[i]` with who passes the first i + 1 filters, and `heap` with those who
fail nothing but must be asked, the fewest questions first.
"""

# Records are typed by numba; for mypy their fields are Any.
# mypy: disable-error-code="no-any-return"

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from services.matching.engine.buckets import (
    BITS,
    EVERYONE,
    FIRST_SKILL,
    ROW,
    Buckets,
)
from services.matching.engine.doors import Door
from services.matching.engine.entries import IS_FAR, OF_SKILLS, skill_bit
from services.matching.engine.heap import put_in_order
from services.matching.engine.kernel_filters import PASS, within_reach
from services.matching.engine.kernel_moment import moment_of
from services.matching.engine.kernel_pair import Sides, judge
from services.matching.engine.kernel_time import Moment
from services.matching.engine.layout import whole
from services.matching.engine.native import compiled, inlined
from services.matching.engine.nearby import WITHIN, sort_out
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
from services.matching.engine.pieces import begin, goes_on
from services.matching.engine.posting_rows import (
    MEMBER_WORDS,
    NO_GROUP,
    REQUIREMENT_WORDS,
    members_at,
    requirements_at,
)
from services.matching.engine.scratch import (
    AHEAD,
    BUFFER,
    LONGEST,
    MOST_PREFERRED,
    Scratch,
    bring_place,
    bring_row,
    bring_words,
    first_time,
    new_question,
)
from services.matching.engine.steps import (
    NOWHERE,
    Step,
    rarest_here,
    step_of_posting,
    steps_of_posting,
    strips_of,
)
from services.matching.engine.tally import Tally, add_up, note


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


@compiled
def count_workers(
    now_us: int,
    posting_row: int,
    asked_door: Door,
    side_door: Door,
    zones_door: Door,
    desk_door: Door,
    places: int,
) -> tuple[int, int]:
    """Count the funnel and list who is possible, in order; how many are listed, and how
    many there are to ask."""
    postings = open_postings(asked_door, TABLE)
    workers, buckets = open_workers(side_door, TABLE), open_buckets(side_door, BUCKETS)
    zones = open_zones(zones_door, ZONES)
    scratch, lists = open_scratch(desk_door, SCRATCH), open_lists(desk_door, LISTS)
    new_question(scratch)
    memory = scratch.memory[0]
    posting = postings.rows[posting_row]
    p = postings.words
    moment = moment_of(now_us, posting, p, zones)
    sides = Sides(workers, postings, zones)
    twice = posting.sites_n > 1
    waived = IS_FAR if posting.lodging else 0
    memory.passed[:] = 0
    tally = Tally(memory.passed, lists.possible, places)
    groups = required_bits(posting, p, memory)
    how = IN_REACH if groups > 0 else IN_FULL
    asked = Judged(moment, sides, twice, how)
    for number in range(steps_of_posting(posting)):
        step = step_of_posting(
            number, EVERYONE, posting.radius, posting, p, buckets, memory
        )
        begin(memory)
        while goes_on(memory, step.ranges):
            if memory.buffered > BUFFER - LONGEST:
                judge_workers(asked, posting, scratch, tally)
            sort_out(buckets, step, waived, memory)
            sweep(buckets, step, groups, twice, memory)
    judge_workers(asked, posting, scratch, tally)
    if groups > 0:
        judge_holders(asked, posting, buckets, waived, groups, scratch, tally)
    add_up(tally, lists.funnel)
    put_in_order(lists.possible, memory.kept)
    return memory.kept, memory.looked


@compiled
def judge_holders(
    asked: Judged,
    posting: Any,
    buckets: Buckets,
    waived: int,
    groups: int,
    scratch: Scratch,
    tally: Tally,
) -> None:
    """Judge whoever has the required skill that the fewest have here."""
    memory, p = scratch.memory[0], asked.sides.postings.words
    south, north = strips_of(posting, p)
    group = rarest_here(posting, buckets, south, north, NO_GROUP, p)
    requirement = requirements_at(posting) + REQUIREMENT_WORDS * group
    level = whole(p[requirement + 2])
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
            begin(memory)
            while goes_on(memory, step.ranges):
                if memory.buffered > BUFFER - LONGEST:
                    judge_workers(holders, posting, scratch, tally)
                sort_out(buckets, step, waived, memory)
                hold(buckets, level, groups, memory)
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


@inlined
def sweep(buckets: Buckets, step: Step, groups: int, twice: bool, memory: Any) -> None:
    """Where skills are required, count who is surely within reach; leave in the buffer
    whoever needs a full look. Without, that is everybody."""
    entries = buckets.entries[memory.at : memory.until]
    signs = buckets.signs[memory.at : memory.until]
    said, rows, found = memory.said, memory.rows, memory.buffered
    if groups == 0 or twice:
        for i in range(len(signs)):
            rows[found] = entries[i, ROW]
            found += said[i] >= WITHIN
        memory.buffered = found
        return
    within = whole(0)
    for i in range(len(signs)):
        rows[found] = entries[i, ROW]
        # who has named no skill at all is asked for them
        skilled = (signs[i] & OF_SKILLS) != 0
        if step.how == NOWHERE:
            found += not (skilled and lacks_a_skill(signs[i], groups, memory))
        else:
            settled = skilled & (said[i] == WITHIN)
            within += settled
            found += (said[i] >= WITHIN) & (not settled)
    memory.buffered = found
    memory.passed[1] += within


@inlined
def hold(buckets: Buckets, level: int, groups: int, memory: Any) -> None:
    """Leave in the buffer whoever may be within reach and have the skills; who lacks
    this one's level may have another of the group."""
    entries = buckets.entries[memory.at : memory.until]
    signs = buckets.signs[memory.at : memory.until]
    said, rows, found = memory.said, memory.rows, memory.buffered
    for i in range(len(signs)):
        rows[found] = entries[i, ROW]
        skilled = whole(entries[i, BITS] & 7) >= level
        skilled &= not lacks_a_skill(signs[i], groups, memory)
        found += (said[i] >= WITHIN) & skilled
    memory.buffered = found


@inlined
def lacks_a_skill(sign: np.uint64, groups: int, memory: Any) -> bool:
    lacks = False
    for group in range(groups):
        lacks |= (sign & memory.preferred[group]) == 0
    return lacks


@compiled
def judge_workers(asked: Judged, posting: Any, scratch: Scratch, tally: Tally) -> None:
    """Judge and note who waits in the buffer, and empty it."""
    rows, words = asked.sides.workers.rows, asked.sides.workers.words
    memory, moment = scratch.memory[0], asked.moment
    p = asked.sides.postings.words
    found, in_reach = memory.buffered, asked.how == IN_REACH
    for i in range(min(found, 2 * AHEAD)):
        bring_row(rows, memory.rows[i])
    for i in range(found):
        if i + 2 * AHEAD < found:
            bring_row(rows, memory.rows[i + 2 * AHEAD])
        if i + AHEAD < found:
            if in_reach:
                bring_place(rows, words, memory.rows[i + AHEAD])
            else:
                bring_words(rows, words, memory.rows[i + AHEAD])
        row = whole(memory.rows[i])
        worker = rows[row]
        if (asked.twice or worker.places_n > 1) and not first_time(scratch, row):
            continue
        placed = posting.remote or worker.places_n > 0
        if in_reach and worker.skills_n > 0 and placed:
            if within_reach(worker, posting, moment, words, p) == PASS:
                tally.passed[1] += 1
            continue
        passed, ask = judge(moment, worker, posting, asked.sides)
        if asked.how == AS_HOLDER:
            if passed < 2:
                continue
            tally.passed[1] -= 1
        note(passed, ask, worker, posting, row, memory, tally)
    memory.buffered = 0
