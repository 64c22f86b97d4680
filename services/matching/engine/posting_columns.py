"""Postings as columns: the record of a row, its pools, and how facts become them.

Dated shifts are UTC minutes; weekly ones local minutes from the Monday of whichever
week is the reference when a ranking is asked for.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.matching.engine.clock import DAY, WEEK, day_number, microseconds
from services.matching.engine.columns import (
    F8,
    FLAG,
    HELD,
    I4,
    I8,
    SPAN,
    U8,
    Columns,
    Packed,
    Records,
)
from services.matching.engine.demand import (
    Requirement,
    dated_period,
    dated_shifts,
    declared_hours_per_month,
    mean_shift_hours,
    requirements,
    sites,
    tau_km,
    total_weight,
)
from services.matching.engine.facts import PostingFacts
from services.matching.engine.geo import reach2
from services.matching.engine.names import UNKNOWN, Number
from services.matching.engine.order import key
from services.matching.engine.pay import UNITS, unit_hours
from services.matching.engine.supply import FIRST_DAY
from services.matching.engine.taxonomy import RelatedSkills
from services.matching.engine.weights import PARTS, market_weights
from services.matching.engine.zones import Zones

FOREVER = (1 << 63) - 1
NO_KIND = -2
ALL_SHIFTS = 0

SITE = np.dtype([("x", F8), ("y", F8), ("z", F8)])
REQUIREMENT = np.dtype(
    [("weight", F8), ("level", I4), ("required", I4), ("first", I4), ("count", I4)]
)
MEMBER = np.dtype([("credit", F8), ("id", I8)])

POSTING = {
    "key": U8,
    "live": FLAG,
    "remote": FLAG,
    "lodging": FLAG,
    "weekly": FLAG,
    "paid": FLAG,
    "zone": I4,
    "organisation": I4,
    "market": I4,
    "kind": I4,
    "radius": F8,
    "reach": F8,
    "tau": F8,
    "total_weight": F8,
    "currency": I4,
    "unit": I4,
    "top": I8,
    "needed": I4,
    "starts": I4,
    "first": I4,
    "last": I4,
    "expires": I8,
    "hours": (F8, (len(UNITS),)),
    "weights": (F8, (len(PARTS),)),
}
POOLS = {
    "sites": SITE,
    "requirements": REQUIREMENT,
    "members": MEMBER,
    "certificates": I4,
    "languages": HELD,
    "shifts": SPAN,
}


class PostingArrays(NamedTuple):
    """What the kernel reads: the rows, then the pools in the order of POOLS."""

    rows: NDArray[Any]
    sites: NDArray[Any]
    requirements: NDArray[Any]
    members: NDArray[Any]
    certificates: NDArray[Any]
    languages: NDArray[Any]
    shifts: NDArray[Any]


def posting_columns() -> Columns:
    return Columns(POSTING, POOLS)


def pack_posting(
    posting: PostingFacts, related: RelatedSkills, number: Number, zones: Zones
) -> Packed:
    """A posting's row and its runs. Raises ValueError for a zone that does not exist.

    `needed` ALL_SHIFTS stands for every one, whatever their number.
    """
    zone = zones.number(posting.zone)
    shifts = dated_shifts(posting)
    first, last = dated_period(posting) if shifts else (0, 0)
    for weekly in posting.weekly:
        monday = weekly.weekday * DAY
        shifts.append((monday + weekly.start, monday + weekly.end))
    asked = requirements(posting, related)
    starts, expires, pay = posting.starts_on, posting.expires_at, posting.pay
    row = (
        key(posting.id),
        True,
        posting.remote,
        posting.lodging,
        bool(posting.weekly),
        pay is not None,
        zone,
        number("organisation", posting.organisation),
        number("market", posting.market),
        NO_KIND if posting.kind is None else number("kind", posting.kind),
        math.inf if posting.radius_km is None else posting.radius_km,
        reach2(posting.radius_km),
        tau_km(posting.radius_km),
        total_weight(asked),
        UNKNOWN if pay is None else number("currency", pay.currency),
        0 if pay is None else UNITS.index(pay.unit),
        0 if pay is None else pay.top,
        ALL_SHIFTS if posting.needed is None else posting.needed,
        FIRST_DAY if starts is None else day_number(starts),
        first,
        last,
        FOREVER if expires is None else microseconds(expires),
        unit_hours(declared_hours_per_month(posting), mean_shift_hours(posting)),
        market_weights(posting.market),
    )
    groups, members = _groups(asked, number)
    runs: tuple[Records, ...] = (
        [tuple(at) for at, _ in sites(posting)],
        groups,
        members,
        [number("certificate", name) for name in posting.certificates],
        [(number("language", name), level) for name, level in posting.languages],
        shifts,
    )
    return row, runs


def _groups(asked: tuple[Requirement, ...], number: Number) -> tuple[Records, Records]:
    """The asked skills, and after one another the members of their groups.

    A member that nobody holds is left out.
    """
    groups: list[tuple[Any, ...]] = []
    members: list[tuple[float, int]] = []
    for requirement in asked:
        first = len(members)
        for skill, credit in requirement.members:
            id = number("skill", skill)
            if id != UNKNOWN:
                members.append((credit, id))
        count = len(members) - first
        groups.append(
            (requirement.weight, requirement.level, requirement.required, first, count)
        )
    return groups, members


def cover_period(posting: PostingFacts, zones: Zones) -> None:
    """Make the days around the posting's work readable in every zone."""
    for start, end in dated_shifts(posting):
        zones.cover(start - 2 * DAY, end + 2 * DAY)
    if posting.starts_on is not None:
        start = day_number(posting.starts_on) * DAY
        zones.cover(start - 2 * DAY, start + 3 * WEEK)
