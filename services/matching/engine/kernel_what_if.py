"""What each single relaxation of a posting would bring, in one look at everybody.

Row 0 of the posting's table is the posting, each other row a relaxation of it. A rule
that a relaxation does not touch says of it what it says of the posting: so whoever
fails two rules gains from none.
"""

# Records are typed by numba; for mypy their fields are Any.
# mypy: disable-error-code="no-any-return"

from __future__ import annotations

from typing import Any

from services.matching.engine.buckets import EVERYONE, Buckets
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
from services.matching.engine.pieces import begin, goes_on
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
    step_of_posting,
    steps_of_posting,
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


@compiled
def count_effects(
    now_us: int,
    changed: Any,
    postings: Table,
    workers: Table,
    buckets: Buckets,
    zones: ZoneArrays,
    scratch: Scratch,
    moments: Any,
    eligible: Any,
) -> None:
    """Fill `eligible[v]` with how many are eligible for row v of the postings.

    `changed[v]` is the rule that relaxation v touches, or MOVED; `moments` has room for
    the moments of all rows.
    """
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
    for number in range(0 if posting.remote else 1, steps_of_posting(posting)):
        step = step_of_posting(number, EVERYONE, radius, posting, p, buckets, memory)
        begin(memory)
        while goes_on(memory, step.ranges):
            if memory.buffered > BUFFER - LONGEST:
                judge_all(changed, postings, workers, zones, scratch, moments, eligible)
            leave_one_fault(buckets, step, posting, top, groups, needed, shifts, memory)
    judge_all(changed, postings, workers, zones, scratch, moments, eligible)


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
def judge_all(
    changed: Any,
    postings: Table,
    workers: Table,
    zones: ZoneArrays,
    scratch: Scratch,
    moments: Any,
    eligible: Any,
) -> None:
    memory, w, p = scratch.memory[0], workers.words, postings.words
    posting = postings.rows[0]
    moment = moment_at(moments, 0)
    twice = posting.sites_n > 1
    rows, found = workers.rows, memory.buffered
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
