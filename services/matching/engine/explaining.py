"""From the figures of a pair to its parts, each with the facts behind it.

What is said is what `scores.py` says of the pair; the figures come from the kernel.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from services.matching.engine.demand import LODGING, PICK_UP_POINT, PLACE
from services.matching.engine.facts import PostingFacts
from services.matching.engine.kernel_evidence import NO_CLAIM
from services.matching.engine.layout import Table
from services.matching.engine.names import Names
from services.matching.engine.pay import UNITS
from services.matching.engine.posting_rows import (
    MEMBER_WORDS,
    REQUIREMENT_WORDS,
    SHIFT_WORDS,
    SITE_WORDS,
)
from services.matching.engine.ranking import Part
from services.matching.engine.scores import DAY_US, band
from services.matching.engine.weights import (
    PARTS,
    applied_weights,
    caller_weights,
)
from services.matching.engine.worker_rows import NEVER

MONTHLY = frozenset({"week", "month", "year"})
MONTH = UNITS.index("month")

Claims = Sequence[Sequence[int]]
Evidence = dict[str, Any]


class Figures(NamedTuple):
    """A row of `kernel_evidence.FIGURES` as plain numbers."""

    parts: Sequence[float]
    km: float
    floor: float
    shows: float
    bookings: float
    active: int
    minutes: int
    way: int
    floor_unit: int
    covered: int


Tell = Callable[[Figures, Claims, "Asked", int], Evidence]
Telling = tuple[int, str, float, Tell]
"""Of a part that a posting has: its place, name and weight, and what tells of it."""


class AskedGroup(NamedTuple):
    """A requirement: `members` are the skills, with their credits, that somebody has
    and that satisfy it."""

    skill: str
    level: int
    members: Sequence[tuple[str, float]]


@dataclass(frozen=True, slots=True)
class Asked:
    """A posting of a table, as its evidence is told."""

    skills: Sequence[AskedGroup]
    weights: Mapping[str, float]
    telling: Sequence[Telling]
    radius_km: float | None
    placed: bool
    weekly: bool
    shifts: int
    currency: str | None
    unit: str
    offered: float
    per: str
    offered_rounded: int
    hours_per_month: float

    @classmethod
    def read(
        cls,
        table: Table,
        row: int,
        names: Names,
        weights: Mapping[str, float] | None,
        facts: PostingFacts | None = None,
    ) -> Asked:
        """`facts` are needed of a posting that is not in the index: of what nobody
        there has, no name is known."""
        posting = table.rows[row]
        radius, unit = float(posting["radius"]), int(posting["unit"])
        hours = posting["hours"].tolist()
        currency = int(posting["currency"])
        applied = _weights(posting, weights)
        offered = int(posting["top"]) / hours[unit]
        return cls(
            skills=_skills(table, posting, names, facts),
            weights=applied,
            telling=[
                (place, name, applied[name], EVIDENCE[name])
                for place, name in enumerate(PARTS)
                if name in applied
            ],
            radius_km=None if math.isinf(radius) else radius,
            placed=bool(posting["placed"]),
            weekly=bool(posting["weekly"]),
            shifts=int(posting["shifts_n"]),
            currency=names.name("currency", currency) if currency >= 0 else None,
            unit=UNITS[unit],
            offered=offered,
            per="piece" if UNITS[unit] == "piece" else "hour",
            offered_rounded=round(offered),
            hours_per_month=hours[MONTH],
        )


def _skills(
    table: Table, posting: Any, names: Names, facts: PostingFacts | None
) -> list[AskedGroup]:
    words, f8 = table.words, table.words.view(np.float64)
    at = int(posting["at"]) + SITE_WORDS * int(posting["sites_n"])
    at += SHIFT_WORDS * int(posting["shifts_n"])
    members = at + REQUIREMENT_WORDS * int(posting["requirements_n"])
    said = None
    if facts is not None:
        asked = (*facts.required_skills, *facts.preferred_skills)
        said = [each.skill for each in asked]
    groups = []
    for number, place in enumerate(range(at, members, REQUIREMENT_WORDS)):
        level, _, first, size = words[place + 2 : place + 6].tolist()
        start = members + MEMBER_WORDS * first
        held = [
            (names.name("skill", int(words[m + 2])), float(f8[m // 2]))
            for m in range(start, start + MEMBER_WORDS * size, MEMBER_WORDS)
        ]
        groups.append(AskedGroup(said[number] if said else held[0][0], level, held))
    return groups


def _weights(posting: Any, weights: Mapping[str, float] | None) -> dict[str, float]:
    """As `pair.part_weights`, from a row."""
    present = (
        bool(posting["total_weight"] > 0.0),
        not posting["remote"],
        bool(posting["shifts_n"]),
        bool(posting["paid"]),
        True,
        True,
    )
    base = posting["weights"].tolist() if weights is None else caller_weights(weights)
    applied = applied_weights(base, present)
    return {
        name: weight
        for name, weight, there in zip(PARTS, applied, present, strict=True)
        if there
    }


def parts_of(
    figures: Figures, claims: Claims, asked: Asked, now_us: int
) -> tuple[Part, ...]:
    """The parts that the posting has, in the order of SCORES."""
    values = figures.parts
    # thousands a second are made: by what a named tuple is made of
    return tuple(
        [
            _new(
                Part,
                (name, values[place], weight, tell(figures, claims, asked, now_us)),
            )
            for place, name, weight, tell in asked.telling
        ]
    )


_new = tuple.__new__


def _skill_fit(figures: Figures, claims: Claims, asked: Asked, now_us: int) -> Evidence:
    matched, related, missing = [], [], []
    for (skill, asked_level, members), (member, level) in zip(
        asked.skills, claims, strict=False
    ):
        if member == NO_CLAIM:
            missing.append(skill)
            continue
        held, credit = members[member]
        if held == skill:
            matched.append({"skill": skill, "asked_level": asked_level, "level": level})
        else:
            related.append(
                {"skill": skill, "held": held, "level": level, "credit": credit}
            )
    return {"matched": matched, "related": related, "missing": missing}


def _closeness(figures: Figures, claims: Claims, asked: Asked, now_us: int) -> Evidence:
    if figures.way < 0:
        via = LODGING
    else:
        via = PLACE if figures.way == 0 and asked.placed else PICK_UP_POINT
    return {"km": round(figures.km), "radius_km": asked.radius_km, "via": via}


def _slack(figures: Figures, claims: Claims, asked: Asked, now_us: int) -> Evidence:
    return {
        "covered": figures.covered,
        "of": asked.shifts,
        "unit": "weekly shifts" if asked.weekly else "shifts",
        "hours": round(figures.minutes / 60.0, 2),
    }


def _pay_fit(figures: Figures, claims: Claims, asked: Asked, now_us: int) -> Evidence:
    offered, floor, unit = asked.offered, figures.floor, asked.unit
    floor_unit = UNITS[figures.floor_unit]
    return {
        "currency": asked.currency,
        "per": asked.per,
        "offered_per_hour": asked.offered_rounded,
        "floor_per_hour": round(floor),
        "gap_per_hour": round(offered - floor),
        "converted": not (unit == floor_unit == "hour" or unit == "piece"),
        "hours_per_month": asked.hours_per_month
        if unit in MONTHLY or floor_unit in MONTHLY
        else None,
        "band": band(offered, floor),
    }


def _reliability(
    figures: Figures, claims: Claims, asked: Asked, now_us: int
) -> Evidence:
    shows, bookings = figures.shows, figures.bookings
    return {"shows": shows, "bookings": bookings, "prior": bookings == 0.0}


def _recency(figures: Figures, claims: Claims, asked: Asked, now_us: int) -> Evidence:
    if figures.active == NEVER:
        return {"days": None, "reason": "no data"}
    return {"days": math.floor(max(0, now_us - figures.active) / DAY_US)}


EVIDENCE = {
    "skill_fit": _skill_fit,
    "closeness": _closeness,
    "availability_slack": _slack,
    "pay_fit": _pay_fit,
    "reliability": _reliability,
    "recency": _recency,
}
