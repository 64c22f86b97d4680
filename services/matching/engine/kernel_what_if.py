"""What each single relaxation of a posting would bring, in one look at whom it may.

Row 0 of the posting's table is the posting, each other row a relaxation of it. A rule
that a relaxation does not touch says of it what it says of the posting: so whoever
fails two rules gains from none. And whoever gains lacks one of the required groups at
most: of any two, each of them is in the buckets of one.
"""

# Records are typed by numba; for mypy their fields are Any.
# mypy: disable-error-code="no-any-return"

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from services.matching.engine.buckets import EVERYONE, FIRST_SKILL, Buckets
from services.matching.engine.doors import Door
from services.matching.engine.entries import hour_bits
from services.matching.engine.kernel_filters import (
    PASS,
    free_for_the_schedule,
    has_required_skills,
    holds_certificates,
    not_blocked,
    not_turned_away,
    pay_meets_floor,
    speaks_languages,
    wants_this_work,
    within_reach,
)
from services.matching.engine.kernel_moment import moment_of
from services.matching.engine.kernel_rough_hours import needed_hours, note_shifts
from services.matching.engine.kernel_time import Moment
from services.matching.engine.kernel_worker_counts import required_bits
from services.matching.engine.layout import Table, whole
from services.matching.engine.native import compiled, inlined
from services.matching.engine.one_fault import leave_one_fault, row_in
from services.matching.engine.opened import (
    BUCKETS,
    SCRATCH,
    TABLE,
    ZONES,
    open_buckets,
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
from services.matching.engine.rules import FILTERS
from services.matching.engine.scratch import (
    AHEAD,
    BUFFER,
    LONGEST,
    Scratch,
    bring_row,
    bring_words,
    first_time,
    new_question,
)
from services.matching.engine.steps import (
    rarest_here,
    step_of_posting,
    steps_of_posting,
    strips_of,
)
from services.matching.engine.zones import ZoneArrays

NAMES = [rule.__name__ for rule in FILTERS]
REACH = NAMES.index("within_reach")
SKILLS = NAMES.index("has_required_skills")
SCHEDULE = NAMES.index("free_for_the_schedule")
PAID = NAMES.index("pay_meets_floor")
CERTIFIED = NAMES.index("holds_certificates")
SPOKEN = NAMES.index("speaks_languages")

MOVED = -1
"""The rule of a relaxation that moves the work in time, which touches these three."""
IN_TIME = 1 << REACH | 1 << SCHEDULE | 1 << CERTIFIED

MOMENT = len(Moment._fields)


class Asked(NamedTuple):
    """What is asked: `postings` and what each touches (`changed`), with the `moments`
    of all, and where to count who is `eligible`.

    `top` is the most that any pays; `groups` bits of required skills, the `needed`
    hours and `shifts` say what entries are looked at for. `twice`: somebody may be met
    more than once.
    """

    changed: Any
    postings: Table
    workers: Table
    zones: ZoneArrays
    moments: Any
    eligible: Any
    top: int
    groups: int
    needed: np.uint64
    shifts: int
    twice: bool


@compiled
def count_effects(
    now_us: int,
    changed: Any,
    asked_door: Door,
    side_door: Door,
    zones_door: Door,
    desk_door: Door,
    moments: Any,
    eligible: Any,
) -> None:
    """Fill `eligible[v]` with how many are eligible for row v of the postings.

    `changed[v]` is the rule that relaxation v touches, or MOVED; `moments` has room for
    the moments of all rows.
    """
    postings = open_postings(asked_door, TABLE)
    workers, buckets = open_workers(side_door, TABLE), open_buckets(side_door, BUCKETS)
    zones = open_zones(zones_door, ZONES)
    scratch = open_scratch(desk_door, SCRATCH)
    new_question(scratch)
    memory = scratch.memory[0]
    posting = postings.rows[0]
    p = postings.words
    radius, top = posting.radius, posting.top
    for row in range(len(changed)):
        moment = moment_of(now_us, postings.rows[row], p, zones)
        for number in range(MOMENT):
            moments[row, number] = moment[number]
        radius = max(radius, postings.rows[row].radius)
        top = max(top, postings.rows[row].top)
        eligible[row] = 0
    groups = required_bits(posting, p, memory)
    monday = moment_at(moments, 0).monday
    needed = hour_bits(needed_hours(posting, monday, p, zones))
    shifts = note_shifts(posting, monday, p, zones, memory)
    asked = Asked(
        changed,
        postings,
        workers,
        zones,
        moments,
        eligible,
        top,
        groups,
        needed,
        shifts,
        groups > 0 or posting.sites_n > 1,
    )
    south, north = strips_of(posting, p)
    rarest = rarest_here(posting, buckets, south, north, NO_GROUP, p)
    look_at_group(asked, rarest, radius, buckets, scratch)
    if rarest != NO_GROUP:
        # whoever lacks this group gains nothing from what is beyond the radius, and
        # lacks no other
        second = rarest_here(posting, buckets, south, north, rarest, p)
        look_at_group(asked, second, posting.radius, buckets, scratch)
    judge_all(asked, scratch)


@compiled
def look_at_group(
    asked: Asked, group: int, radius: float, buckets: Buckets, scratch: Scratch
) -> None:
    """Whoever is held in the buckets of a required group, or at all, within a
    radius."""
    posting, p = asked.postings.rows[0], asked.postings.words
    member, members = 0, 1
    if group != NO_GROUP:
        place = requirements_at(posting) + REQUIREMENT_WORDS * group
        member, members = whole(p[place + 4]), whole(p[place + 5])
    for number in range(member, member + members):
        slot = whole(EVERYONE)
        if group != NO_GROUP:
            slot = FIRST_SKILL + whole(
                p[members_at(posting) + MEMBER_WORDS * number + 2]
            )
        look_around(asked, slot, radius, buckets, scratch)


@compiled
def look_around(
    asked: Asked, slot: int, radius: float, buckets: Buckets, scratch: Scratch
) -> None:
    memory, posting = scratch.memory[0], asked.postings.rows[0]
    p = asked.postings.words
    for number in range(0 if posting.remote else 1, steps_of_posting(posting)):
        step = step_of_posting(number, slot, radius, posting, p, buckets, memory)
        begin(memory)
        while goes_on(memory, step.ranges):
            if memory.buffered > BUFFER - LONGEST:
                judge_all(asked, scratch)
            leave_one_fault(
                buckets,
                step,
                posting,
                asked.top,
                asked.groups,
                asked.needed,
                asked.shifts,
                memory,
            )


@inlined
def moment_at(moments: Any, row: int) -> Moment:
    return Moment(
        moments[row, 0],
        moments[row, 1],
        moments[row, 2],
        moments[row, 3],
        moments[row, 4],
    )


@compiled
def judge_all(asked: Asked, scratch: Scratch) -> None:
    """Judge who waits in the buffer, and empty it."""
    memory, w, p = scratch.memory[0], asked.workers.words, asked.postings.words
    changed, eligible, moments = asked.changed, asked.eligible, asked.moments
    postings, zones, twice = asked.postings, asked.zones, asked.twice
    posting = postings.rows[0]
    moment = moment_at(moments, 0)
    rows, found = asked.workers.rows, memory.buffered
    lacking = 1 << SKILLS
    all_pass = whole(0)
    for i in range(min(found, 2 * AHEAD)):
        bring_row(rows, row_in(memory.rows[i]))
    for i in range(found):
        if i + 2 * AHEAD < found:
            bring_row(rows, row_in(memory.rows[i + 2 * AHEAD]))
        if i + AHEAD < found:
            bring_words(rows, w, row_in(memory.rows[i + AHEAD]))
        row = row_in(memory.rows[i])
        worker = rows[row]
        if (twice or worker.places_n > 1) and not first_time(scratch, row):
            continue
        if wants_this_work(worker, posting) != PASS:
            continue
        faults = whole(0)
        if memory.rows[i] < 0 or has_required_skills(worker, posting, w, p) != PASS:
            faults = lacking
        if free_for_the_schedule(worker, posting, moment, w, p, zones) != PASS:
            faults |= 1 << SCHEDULE
        if no_relaxation_helps(faults):
            continue
        if pay_meets_floor(worker, posting, posting.top, w) != PASS:
            faults |= 1 << PAID
        if no_relaxation_helps(faults):
            continue
        if speaks_languages(worker, posting, w, p) != PASS:
            faults |= 1 << SPOKEN
        if holds_certificates(worker, posting, moment.last, w, p) != PASS:
            faults |= 1 << CERTIFIED
        if no_relaxation_helps(faults):
            continue
        if within_reach(worker, posting, moment, w, p) != PASS:
            faults |= 1 << REACH
        if (
            no_relaxation_helps(faults)
            or not_blocked(worker, posting, w) != PASS
            or not_turned_away(worker, posting, p) != PASS
        ):
            continue
        all_pass += faults == 0
        for number in range(1, len(changed)):
            rule = changed[number]
            if rule == MOVED:
                if faults & ~IN_TIME:
                    continue
            elif faults != 1 << rule:
                continue
            other = postings.rows[number]
            if passes_touched(
                rule, worker, other, moment_at(moments, number), w, p, zones
            ):
                eligible[number] += 1
    # whoever fails nothing stays where a rule is relaxed
    for number in range(len(changed)):
        if number == 0 or changed[number] != MOVED:
            eligible[number] += all_pass
    memory.buffered = 0


@inlined
def no_relaxation_helps(faults: int) -> bool:
    """Two rules fail that no one relaxation touches."""
    return (faults & (faults - 1)) != 0 and (faults & ~IN_TIME) != 0


@inlined
def passes_touched(
    rule: int,
    worker: Any,
    posting: Any,
    moment: Moment,
    w: Any,
    p: Any,
    zones: ZoneArrays,
) -> bool:
    """Whether a relaxed posting's touched rules say PASS."""
    said = PASS
    if rule in (MOVED, REACH):
        said = within_reach(worker, posting, moment, w, p)
    if said == PASS and rule in (MOVED, CERTIFIED):
        said = holds_certificates(worker, posting, moment.last, w, p)
    if said == PASS and rule in (MOVED, SCHEDULE):
        said = free_for_the_schedule(worker, posting, moment, w, p, zones)
    if rule == SKILLS:
        said = has_required_skills(worker, posting, w, p)
    if rule == PAID:
        said = pay_meets_floor(worker, posting, posting.top, w)
    if rule == SPOKEN:
        said = speaks_languages(worker, posting, w, p)
    return said == PASS
