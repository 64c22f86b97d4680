"""The figures behind the scores of pairs that were found eligible."""

# Records are typed by numba; for mypy their fields are Any.
# mypy: disable-error-code="no-any-return"

from __future__ import annotations

from typing import Any

import numpy as np

from services.matching.engine.doors import Door
from services.matching.engine.kernel_filters import (
    NO_ROOM,
    NOT_HELD,
    strictest_floor,
)
from services.matching.engine.kernel_moment import moment_of
from services.matching.engine.kernel_pair import PART_COUNT, Sides, part_values
from services.matching.engine.kernel_reach import nearest_km
from services.matching.engine.kernel_scores import skill_fit
from services.matching.engine.kernel_time import (
    shift_fits,
    shift_minutes,
)
from services.matching.engine.layout import (
    F8,
    I4,
    I8,
    f8_at,
    find_leveled,
    level_of,
    whole,
)
from services.matching.engine.native import compiled
from services.matching.engine.opened import (
    TABLE,
    ZONES,
    open_postings,
    open_workers,
    open_zones,
)
from services.matching.engine.posting_rows import (
    MEMBER_WORDS,
    REQUIREMENT_WORDS,
    members_at,
    requirements_at,
)
from services.matching.engine.worker_rows import skills_at

# the fields are in the order of `explaining.Figures`
FIGURES = np.dtype(
    [
        ("parts", F8, (PART_COUNT,)),
        ("km", F8),
        ("floor", F8),
        ("shows", F8),
        ("bookings", F8),
        ("active", I8),
        ("minutes", I8),
        ("way", I4),
        ("floor_unit", I4),
        ("covered", I4),
    ],
    align=True,
)
"""Of one pair: the parts' values (NaN: dropped), and what they come from.

`way` is the site that is nearest, or -1 - that by lodging; `floor` is per hour."""

NO_CLAIM = -1


@compiled
def find_figures(
    now_us: int,
    of_workers: bool,
    asked_row: int,
    rows: Any,
    count: int,
    workers_door: Door,
    postings_door: Door,
    zones_door: Door,
    figures: Any,
    claims: Any,
) -> None:
    """Fill `figures[i]` and `claims[i]` for the pair of row `asked_row` with `rows[i]`.

    `claims[i, r]` is the number, within the group of requirement r, of the skill that
    answers it, and its level; NO_CLAIM where none does. The rows are workers and the
    one asked about a posting, or the other way round.
    """
    workers = open_workers(workers_door, TABLE)
    postings = open_postings(postings_door, TABLE)
    zones = open_zones(zones_door, ZONES)
    sides = Sides(workers, postings, zones)
    w, p = workers.words, postings.words
    for i in range(count):
        worker = workers.rows[rows[i] if of_workers else asked_row]
        posting = postings.rows[asked_row if of_workers else rows[i]]
        moment = moment_of(now_us, posting, p, zones)
        told = figures[i]
        if not posting.remote:
            told.km, told.way = nearest_km(worker, posting, moment, w, p)
        covered, minutes = whole(0), whole(0)
        for number in range(whole(posting.shifts_n)):
            if shift_fits(worker, posting, number, moment, NO_ROOM, w, p, zones):
                covered += 1
                minutes += shift_minutes(posting, number, moment.monday, p, zones)
        told.covered, told.minutes = covered, minutes
        if posting.paid:
            told.floor, told.floor_unit = strictest_floor(worker, posting, w)
        told.shows, told.bookings = worker.shows, worker.bookings
        told.active = worker.active
        fit = 0.0
        if posting.total_weight > 0.0:
            fit = skill_fit(worker, posting, 0.0, whole(0), w, p)
        parts = part_values(moment, worker, posting, sides, fit, told.km, covered)
        for number in range(PART_COUNT):
            told.parts[number] = parts[number]
        for number in range(whole(posting.requirements_n)):
            asked = requirements_at(posting) + REQUIREMENT_WORDS * number
            member, level = best_member(worker, posting, asked, w, p)
            claims[i, number, 0] = member
            claims[i, number, 1] = level


@compiled
def best_member(
    worker: Any, posting: Any, asked: int, w: Any, p: Any
) -> tuple[int, int]:
    """The member of a group that is worth most, and its level; the first of equals."""
    lowest = p[asked + 2] if p[asked + 3] else 0
    first = members_at(posting) + MEMBER_WORDS * p[asked + 4]
    best, best_level, most = NO_CLAIM, whole(0), NOT_HELD
    for number in range(whole(p[asked + 5])):
        member = first + MEMBER_WORDS * number
        skill = whole(p[member + 2])
        held = find_leveled(w, skills_at(worker), worker.skills_n, skill)
        if held >= 0 and level_of(held) >= lowest:
            value = f8_at(p, member) * level_of(held) / 5.0
            if value > most:
                best, best_level, most = number, level_of(held), value
    return best, best_level
