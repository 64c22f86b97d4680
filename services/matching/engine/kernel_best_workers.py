"""The best matches of a posting: gather, filter and score, keep the best.

Whoever the entries do not reject is judged in full, most promising first, until nobody
left can be among the best.
"""

# Records are typed by numba; for mypy their fields are Any.
# mypy: disable-error-code="no-any-return"

from __future__ import annotations

from typing import Any, NamedTuple

from services.matching.engine.buckets import EVERYONE, FIRST_SKILL
from services.matching.engine.doors import Door
from services.matching.engine.entries import required_signature
from services.matching.engine.gathering import gather
from services.matching.engine.heap import Best, keep, put_in_order
from services.matching.engine.kernel_moment import moment_of
from services.matching.engine.kernel_pair import (
    Sides,
    Weights,
    applied_weights,
    eligible_score,
    tie_of,
)
from services.matching.engine.kernel_rough_hours import needed_hours, note_shifts
from services.matching.engine.kernel_time import Moment
from services.matching.engine.layout import whole
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
from services.matching.engine.order import POINTS, native_points
from services.matching.engine.pieces import begin
from services.matching.engine.posting_rows import (
    MEMBER_WORDS,
    NO_GROUP,
    REQUIREMENT_WORDS,
    members_at,
    requirements_at,
)
from services.matching.engine.scratch import (
    AHEAD,
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
from services.matching.engine.wanted import wanted_of

BINS = 256


class Question(NamedTuple):
    """One posting asked about: what its candidates are judged with."""

    moment: Moment
    applied: Weights
    posting_row: int
    sides: Sides
    twice: bool
    places: int


@compiled
def best_workers(
    now_us: int,
    weights: Any,
    posting_row: int,
    asked_door: Door,
    side_door: Door,
    zones_door: Door,
    desk_door: Door,
    places: int,
) -> int:
    """List the best `places` workers for a posting as matches, in order; how many."""
    postings = open_postings(asked_door, TABLE)
    workers, buckets = open_workers(side_door, TABLE), open_buckets(side_door, BUCKETS)
    zones = open_zones(zones_door, ZONES)
    scratch, lists = open_scratch(desk_door, SCRATCH), open_lists(desk_door, LISTS)
    heap = lists.matches
    new_question(scratch)
    memory = scratch.memory[0]
    posting = postings.rows[posting_row]
    p = postings.words
    moment = moment_of(now_us, posting, p, zones)
    applied = applied_weights(posting, weights)
    hours = needed_hours(posting, moment.monday, p, zones)
    sign = required_signature(posting, hours, p)
    shifts = note_shifts(posting, moment.monday, p, zones, memory)
    south, north = strips_of(posting, p)
    group = rarest_here(posting, buckets, south, north, NO_GROUP, p)
    member, members = 0, 1
    if group >= 0:
        asked = requirements_at(posting) + REQUIREMENT_WORDS * group
        member, members = whole(p[asked + 4]), whole(p[asked + 5])
    question = Question(
        moment,
        applied,
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
        wanted = wanted_of(posting, group, number, applied, sign, shifts, p, memory)
        for each in range(0 if posting.remote else 1, steps_of_posting(posting)):
            radius = posting.radius
            step = step_of_posting(each, slot, radius, posting, p, buckets, memory)
            begin(memory)
            while gather(buckets, step, wanted, memory):
                judge_buffered(question, scratch, heap)
    judge_buffered(question, scratch, heap)
    kept = memory.kept
    put_in_order(heap, kept)
    return kept


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
            question.moment, question.applied, worker, posting, question.sides
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
