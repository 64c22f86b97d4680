"""Workers and postings as facts again, read back from their rows."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from services.matching.engine.clock import DAY, MINUTE_US, day, instant
from services.matching.engine.facts import PostingFacts
from services.matching.engine.layout import LEVEL_BITS, Table
from services.matching.engine.names import Names
from services.matching.engine.pay import UNITS
from services.matching.engine.posting_rows import (
    ALL_SHIFTS,
    FOREVER,
    ID_WORDS,
    MEMBER_WORDS,
    MONTH,
    NO_KIND,
    REQUIREMENT_WORDS,
    SHIFT_WORDS,
    SITE_WORDS,
)
from services.matching.engine.strips import MICRO
from services.matching.engine.supply import FIRST_DAY, Base, Supply
from services.matching.engine.terms import (
    AskedSkill,
    LanguageLevel,
    Pay,
    PayFloor,
    Site,
    Span,
    WeeklyInterval,
)
from services.matching.engine.worker_rows import (
    FLOOR_WORDS,
    NEVER,
    PLACE_WORDS,
    WORKER_SECTIONS,
)
from services.matching.engine.zones import Zones


def unpack_worker(table: Table, row: int, names: Names, zones: Zones) -> Supply:
    """The facts of a row as they went in."""
    worker = table.rows[row]
    words = table.words
    f8, i8 = words.view(np.float64), words.view(np.int64)
    at = int(worker["at"])
    bases = []
    for _ in range(int(worker["places_n"])):
        lat, lon, first, last = words[at + 8 : at + 12].tolist()
        bases.append(
            Base(lat / MICRO, lon / MICRO, float(f8[at // 2 + 3]), first, last)
        )
        at += PLACE_WORDS
    floors = []
    for _ in range(int(worker["floors_n"])):
        currency, unit = words[at + 2 : at + 4].tolist()
        amount = int(i8[at // 2])
        floors.append(PayFloor(UNITS[unit], amount, names.name("currency", currency)))
        at += FLOOR_WORDS
    sections: dict[str, NDArray[Any]] = {}
    for section, width in WORKER_SECTIONS.items():
        if section not in ("places", "floors"):
            count = int(worker[f"{section}_n"])
            sections[section] = words[at : at + width * count].reshape(count, width)
            at += width * count
    confirmed, active = int(worker["confirmed"]), int(worker["active"])
    return Supply(
        id=UUID(int=int(worker["id_high"]) << 64 | int(worker["id_low"])),
        version=int(worker["version"]),
        active=bool(worker["live"]),
        markets=_named(int(worker["markets"]), "market", names),
        kinds=_named(int(worker["kinds"]), "kind", names),
        levels=_levels(sections["skills"], "skill", names),
        bases=tuple(bases),
        accepts_lodging=bool(worker["lodging"]),
        accepts_remote=bool(worker["remote"]),
        zone=zones.name(int(worker["zone"])),
        pattern=[
            (word >> 16, word & 0xFFFF) for (word,) in sections["pattern"].tolist()
        ],
        free=[(start, end) for start, end in sections["free"].tolist()],
        busy=[(start, end) for start, end in sections["busy"].tolist()],
        confirmed_us=None if confirmed == NEVER else confirmed,
        floors=tuple(floors),
        certificates={
            names.name("certificate", id): last
            for id, last in sections["certificates"].tolist()
        },
        languages=_levels(sections["languages"], "language", names),
        blocked=frozenset(
            names.name("organisation", id) for (id,) in sections["blocked"].tolist()
        ),
        last_active_us=None if active == NEVER else active,
        shows=float(worker["shows"]),
        bookings=float(worker["bookings"]),
    )


def _levels(words: NDArray[Any], vocabulary: str, names: Names) -> dict[str, int]:
    return {names.name(vocabulary, word >> 3): word & 7 for (word,) in words.tolist()}


def _named(bits: int, vocabulary: str, names: Names) -> frozenset[str]:
    return frozenset(
        names.name(vocabulary, place)
        for place in range(bits.bit_length())
        if bits >> place & 1
    )


def unpack_posting(table: Table, row: int, names: Names, zones: Zones) -> PostingFacts:
    """The facts of a row, with what the rules do not tell apart made alike: shifts are
    whole minutes, and hours a month are always declared."""
    posting, words = table.rows[row], table.words
    f8, i8 = words.view(np.float64), words.view(np.int64)
    at = int(posting["at"])
    places = []
    for _ in range(int(posting["sites_n"])):
        lat, lon = words[at + 6 : at + 8].tolist()
        places.append(Site(lat / MICRO, lon / MICRO))
        at += SITE_WORDS
    times = []
    for _ in range(int(posting["shifts_n"])):
        times.append(tuple(i8[at // 2 : at // 2 + 2].tolist()))
        at += SHIFT_WORDS
    groups = range(at, at + REQUIREMENT_WORDS * int(posting["requirements_n"]), 6)
    members = groups.stop
    asked: tuple[list[AskedSkill], list[AskedSkill]] = ([], [])
    for group in groups:
        level, required, first, _ = words[group + 2 : group + 6].tolist()
        skill = names.name("skill", int(words[members + MEMBER_WORDS * first + 2]))
        into = asked[0] if required else asked[1]
        into.append(AskedSkill(skill, level, float(f8[group // 2])))
    at = members + MEMBER_WORDS * int(posting["members_n"])
    turned_away = []
    for _ in range(int(posting["turned_away_n"])):
        high, low = words.view(np.uint64)[at // 2 : at // 2 + 2].tolist()
        turned_away.append(UUID(int=high << 64 | low))
        at += ID_WORDS
    count = int(posting["certificates_n"])
    certificates = words[at : at + count].tolist()
    at += count
    languages = words[at : at + int(posting["languages_n"])].tolist()
    placed, weekly = bool(posting["placed"]), bool(posting["weekly"])
    kind, needed = int(posting["kind"]), int(posting["needed"])
    starts, expires = int(posting["starts"]), int(posting["expires"])
    radius = float(posting["radius"])
    return PostingFacts(
        id=UUID(int=int(posting["id_high"]) << 64 | int(posting["id_low"])),
        version=int(posting["version"]),
        organisation=names.name("organisation", int(posting["organisation"])),
        market=names.name("market", int(posting["market"])),
        kind=None if kind == NO_KIND else names.name("kind", kind),
        required_skills=tuple(asked[0]),
        preferred_skills=tuple(asked[1]),
        certificates=tuple(names.name("certificate", each) for each in certificates),
        languages=tuple(
            LanguageLevel(names.name("language", word >> LEVEL_BITS), word & 7)
            for word in languages
        ),
        pay=_pay(posting, names),
        site=places[0] if placed else None,
        country=None,
        remote=bool(posting["remote"]),
        radius_km=None if math.isinf(radius) else radius,
        lodging=bool(posting["lodging"]),
        pick_up_points=tuple(places[placed:]),
        zone=zones.name(int(posting["zone"])),
        shifts=() if weekly else tuple(Span(*map(_instant, each)) for each in times),
        weekly=tuple(_interval(*each) for each in times) if weekly else (),
        starts_on=None if starts == FIRST_DAY else day(starts),
        needed=None if needed == ALL_SHIFTS else needed,
        expires_at=None if expires == FOREVER else instant(expires),
        turned_away=tuple(turned_away),
    )


def _pay(posting: Any, names: Names) -> Pay | None:
    if not posting["paid"]:
        return None
    return Pay(
        names.name("currency", int(posting["currency"])),
        UNITS[int(posting["unit"])],
        int(posting["top"]),
        float(posting["hours"][MONTH]),
    )


def _instant(minute: int) -> datetime:
    return instant(minute * MINUTE_US)


def _interval(start: int, end: int) -> WeeklyInterval:
    weekday = start // DAY
    return WeeklyInterval(weekday, start - weekday * DAY, end - weekday * DAY)
