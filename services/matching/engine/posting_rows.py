"""Postings in memory: the record, its run of words, and how facts become them.

Dated shifts are UTC minutes; weekly ones local minutes from the Monday of whichever
week is the reference when a ranking is asked for.

| section | words | each |
| --- | --- | --- |
| sites | 8 | x, y, z (float64), lat, lon (millionths of a degree) |
| shifts | 4 | start, end (int64) |
| requirements | 6 | weight (float64), level, required, first member, members |
| members | 4 | credit (float64), id of a skill |
| turned_away | 4 | id of a worker: its high and its low half (int64) |
| certificates | 1 | id |
| languages | 1 | id and level |
"""

# mypy: disable-error-code="no-any-return"

from __future__ import annotations

import math
import struct
from typing import Any

from services.matching.engine.clock import (
    DAY,
    WEEK,
    day_number,
    microseconds,
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
from services.matching.engine.geo import point, reach2
from services.matching.engine.layout import (
    F8,
    FLAG,
    I2,
    I4,
    I8,
    MOST,
    Rows,
    Run,
    leveled,
    row_type,
)
from services.matching.engine.names import UNKNOWN, Number
from services.matching.engine.native import inlined
from services.matching.engine.pay import UNITS, unit_hours
from services.matching.engine.strips import micro
from services.matching.engine.supply import FIRST_DAY
from services.matching.engine.taxonomy import RelatedSkills
from services.matching.engine.weights import PARTS, market_weights
from services.matching.engine.worker_rows import MOST_KINDS, MOST_MARKETS
from services.matching.engine.zones import Zones

FOREVER = (1 << 63) - 1
NO_KIND = -2
ALL_SHIFTS = 0
NO_GROUP = -1
MONTH = UNITS.index("month")

SITE_WORDS, SHIFT_WORDS, REQUIREMENT_WORDS, MEMBER_WORDS = 8, 4, 6, 4
ID_WORDS = 4

POSTING_SECTIONS = {
    "sites": SITE_WORDS,
    "shifts": SHIFT_WORDS,
    "requirements": REQUIREMENT_WORDS,
    "members": MEMBER_WORDS,
    "turned_away": ID_WORDS,
    "certificates": 1,
    "languages": 1,
}
POSTING = row_type(
    {
        "remote": FLAG,
        "lodging": FLAG,
        "weekly": FLAG,
        "paid": FLAG,
        "placed": FLAG,  # the first site is the place, not a pick-up point
        "zone": I2,
        # the required group under whose members the posting is found
        "group": I4,
        "organisation": I4,
        "market": I4,
        "kind": I4,
        "currency": I4,
        "unit": I4,
        "needed": I4,
        "starts": I4,
        "first": I4,
        "last": I4,
        "radius": F8,
        "reach": F8,
        "tau": F8,
        "total_weight": F8,
        "top": I8,
        "expires": I8,
        "hours": (F8, (len(UNITS),)),
        "weights": (F8, (len(PARTS),)),
    },
    POSTING_SECTIONS,
)
POSTING_ROWS = Rows(POSTING)


@inlined
def shifts_at(posting: Any) -> int:
    return posting.at + SITE_WORDS * posting.sites_n


@inlined
def requirements_at(posting: Any) -> int:
    return shifts_at(posting) + SHIFT_WORDS * posting.shifts_n


@inlined
def members_at(posting: Any) -> int:
    return requirements_at(posting) + REQUIREMENT_WORDS * posting.requirements_n


@inlined
def turned_away_at(posting: Any) -> int:
    return members_at(posting) + MEMBER_WORDS * posting.members_n


@inlined
def asked_certificates_at(posting: Any) -> int:
    return turned_away_at(posting) + ID_WORDS * posting.turned_away_n


@inlined
def asked_languages_at(posting: Any) -> int:
    return asked_certificates_at(posting) + posting.certificates_n


@inlined
def posting_words(posting: Any) -> int:
    return asked_languages_at(posting) + posting.languages_n - posting.at


def pack_posting(
    posting: PostingFacts, related: RelatedSkills, number: Number, zones: Zones
) -> Run:
    """A posting's row and its run.

    `needed` ALL_SHIFTS stands for every one, whatever their number. Raises ValueError
    for a zone that does not exist, for more than MOST of a kind, and for more markets
    or kinds of work than there are bits.
    """
    zone = zones.number(posting.zone)
    shifts = dated_shifts(posting)
    first, last = dated_period(posting) if shifts else (0, 0)
    for weekly in posting.weekly:
        monday = weekly.weekday * DAY
        shifts.append((monday + weekly.start, monday + weekly.end))
    asked = requirements(posting, related)
    groups, members = _groups(asked, number)
    starts, expires, pay = posting.starts_on, posting.expires_at, posting.pay
    places = [(site.lat, site.lon) for site in sites(posting)]
    words = [number("certificate", name) for name in posting.certificates]
    words += [
        leveled(number("language", name), level) for name, level in posting.languages
    ]
    run = b"".join(
        (
            *[_SITE.pack(*point(*at), micro(at[0]), micro(at[1])) for at in places],
            *[_SHIFT.pack(*shift) for shift in shifts],
            *[_REQUIREMENT.pack(*group) for group in groups],
            *[_MEMBER.pack(credit, id, 0) for credit, id in members],
            *[_ID.pack(id.int >> 64, id.int & _LOW) for id in posting.turned_away],
            struct.pack(f"<{len(words)}i", *words),
        )
    )
    counts = (
        len(places),
        len(shifts),
        len(groups),
        len(members),
        len(posting.turned_away),
        len(posting.certificates),
        len(posting.languages),
    )
    if max(counts) > MOST:
        raise ValueError(f"more than {MOST} of one kind in one posting")
    id = posting.id.int
    row = POSTING_ROWS.pack(
        id >> 64,
        id & _LOW,
        0,
        posting.version,
        True,
        True,
        posting.remote,
        posting.lodging,
        bool(posting.weekly),
        pay is not None,
        posting.site is not None,
        zone,
        NO_GROUP,
        number("organisation", posting.organisation),
        _one_of("market", posting.market, number, MOST_MARKETS),
        NO_KIND
        if posting.kind is None
        else _one_of("kind", posting.kind, number, MOST_KINDS),
        UNKNOWN if pay is None else number("currency", pay.currency),
        0 if pay is None else UNITS.index(pay.unit),
        ALL_SHIFTS if posting.needed is None else posting.needed,
        FIRST_DAY if starts is None else day_number(starts),
        first,
        last,
        math.inf if posting.radius_km is None else posting.radius_km,
        reach2(posting.radius_km),
        tau_km(posting.radius_km),
        total_weight(asked),
        0 if pay is None else pay.top,
        FOREVER if expires is None else microseconds(expires),
        *unit_hours(declared_hours_per_month(posting), mean_shift_hours(posting)),
        *market_weights(posting.market),
        *counts,
    )
    return Run(row, run)


_LOW = (1 << 64) - 1
_SITE = struct.Struct("<3d2i")
_SHIFT = struct.Struct("<2q")
_REQUIREMENT = struct.Struct("<d4i")
_MEMBER = struct.Struct("<d2i")
_ID = struct.Struct("<2Q")


def _one_of(vocabulary: str, name: str, number: Number, most: int) -> int:
    """The number of a name for which workers have a bit."""
    place = number(vocabulary, name)
    if place >= most - 1:
        raise ValueError(f"more than {most - 1} names of a {vocabulary}")
    return place


def _groups(
    asked: tuple[Requirement, ...], number: Number
) -> tuple[list[tuple[Any, ...]], list[tuple[float, int]]]:
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
