"""A worker's document packed in one go, where nothing in it is out of the ordinary.

The same bytes as by way of the facts (`worker_facts`, `supply`, `pack_worker`), for a
third of the time: a cold start reads a million of them. Whatever is rare, doubtful or
wrong in a document goes that way, which alone says what is valid and how it fails.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from services.matching.engine.clock import DAY, EPOCH_ORDINAL, WEEK, microseconds
from services.matching.engine.facts import worker_facts
from services.matching.engine.geo import point
from services.matching.engine.layout import LEVEL_BITS, MOST, Run
from services.matching.engine.names import Names, Vocabulary
from services.matching.engine.pay import UNITS
from services.matching.engine.rough_hours import free_hours
from services.matching.engine.schedule import join
from services.matching.engine.strips import micro
from services.matching.engine.supply import FIRST_DAY, LAST_DAY, supply
from services.matching.engine.terms import (
    MOST_BOOKINGS,
    MOST_KM,
    MOST_MINOR_UNITS,
    Document,
)
from services.matching.engine.worker_rows import (
    FLOOR,
    LOW,
    MOST_KINDS,
    MOST_MARKETS,
    NEVER,
    PLACE,
    WORKER_ROWS,
    pack_worker,
)
from services.matching.engine.zones import Zones

NUMBERS = (int, float)
MINUTES = {f"{m // 60:02}:{m % 60:02}": m for m in range(DAY)}
UNIT_NUMBERS = {unit: number for number, unit in enumerate(UNITS)}
ID_LENGTH, ID_DIGITS = 36, 32


class OutOfTheOrdinary(Exception):
    """Left to the facts."""


class Reader:
    """Reads documents into the numbers of one index; new names get new ones."""

    def __init__(self, names: Names, zones: Zones) -> None:
        self._names = names
        self._zones = zones
        known = names.vocabulary
        self._skills, self._languages = known("skill"), known("language")
        self._markets, self._kinds = known("market"), known("kind")
        self._certificates = known("certificate")
        self._currencies = known("currency")
        self._organisations = known("organisation")

    def worker(self, doc: Document) -> Run:
        """Raises ValueError, KeyError or TypeError on a malformed document."""
        try:
            return self._plain(doc)
        except Exception:
            facts = supply(worker_facts(doc))
            return pack_worker(facts, self._names.intern, self._zones)

    def _plain(self, doc: Document) -> Run:
        get = doc.get
        zone = get("zone")
        if not zone or get("exceptions") or get("free") or get("busy"):
            raise OutOfTheOrdinary
        places = [_place(place) for place in get("places") or ()]
        floors = [self._floor(floor) for floor in get("pay_floors") or ()]
        skills = _leveled(get("skills"), "skill", self._skills, 5)
        pattern = _pattern(get("weekly") or ())
        certificates = self._held(get("certificates") or ())
        languages = _leveled(get("languages"), "language", self._languages, 6)
        blocked = sorted(
            {self._organisations[UUID(id)] for id in get("blocked_organisations") or ()}
        )
        words = [*skills, *pattern, *certificates, *languages, *blocked]
        counts = (
            len(places),
            len(floors),
            len(skills),
            len(pattern),
            0,
            0,
            len(certificates) // 2,
            len(languages),
            len(blocked),
        )
        if max(counts) > MOST:
            raise OutOfTheOrdinary
        id = _id(doc["id"])
        row = WORKER_ROWS.pack(
            id >> 64,
            id & LOW,
            0,
            int(get("version", 0)),
            True,
            bool(get("active", False)),
            _bits(get("markets") or (), self._markets, MOST_MARKETS),
            bool(get("accepts_lodging", False)),
            bool(get("accepts_remote", False)),
            self._zones.number(zone),
            _bits(get("kinds") or (), self._kinds, MOST_KINDS),
            free_hours(zone, tuple(pattern)),
            _instant(get("confirmed_at")),
            _instant(get("last_active_at")),
            *_credit(get("credit")),
            *counts,
        )
        run = (*places, *floors, struct.pack(f"<{len(words)}i", *words))
        return Run(row, b"".join(run))

    def _floor(self, doc: Document) -> bytes:
        amount = _whole(doc["amount"], 0, MOST_MINOR_UNITS)
        currency = self._currencies[doc["currency"]]
        return FLOOR.pack(amount, currency, UNIT_NUMBERS[doc["unit"]])

    def _held(self, docs: Sequence[Document]) -> list[int]:
        last: dict[int, int] = {}
        for doc in docs:
            id = self._certificates[doc["certificate"]]
            day = _day(doc.get("expires_on"), LAST_DAY)
            last[id] = max(day, last.get(id, day))
        return [word for held in sorted(last.items()) for word in held]


def _place(doc: Document) -> bytes:
    lat = round(_between(doc["lat"], -90.0, 90.0), 6)
    lon = round(_between(doc["lon"], -180.0, 180.0), 6)
    return PLACE.pack(
        *point(lat, lon),
        _between(doc["radius_km"], 0.0, MOST_KM),
        micro(lat),
        micro(lon),
        _day(doc.get("available_from"), FIRST_DAY),
        _day(doc.get("available_until"), LAST_DAY),
    )


def _leveled(
    docs: Sequence[Document] | None, name: str, numbers: Vocabulary, most: int
) -> list[int]:
    """Ids and their best levels, sorted."""
    words: list[int] = []
    for doc in docs or ():
        level = doc["level"]
        if level.__class__ is not int or not 1 <= level <= most:
            raise OutOfTheOrdinary
        if len(doc) > 2:
            years = doc.get("years")
            if years is not None and years.__class__ not in NUMBERS:
                raise OutOfTheOrdinary
        words.append(numbers[doc[name]] << LEVEL_BITS | level)
    words.sort()
    best = {word >> LEVEL_BITS: word for word in words}
    return words if len(best) == len(words) else list(best.values())


def _pattern(docs: Sequence[Document]) -> list[int]:
    """Minutes of the week as `pattern_of` joins them, each span one word."""
    words: list[int] = []
    for doc in docs:
        words += _spans(doc["weekday"], doc["start"], doc["end"])
    words.sort()
    before = -1
    for word in words:
        if word >> 16 <= before:
            spans = join([(each >> 16, each & 0xFFFF) for each in words])
            return [start << 16 | end for start, end in spans]
        before = word & 0xFFFF
    return words


@lru_cache(maxsize=1 << 14)
def _spans(weekday: int, start: str, end: str) -> tuple[int, ...]:
    """An interval as one word, or two where Sunday night goes on on Monday."""
    midnight = DAY * _whole(weekday, 0, 6)
    opens, closes = midnight + MINUTES[start], midnight + MINUTES[end]
    if opens == closes:
        raise OutOfTheOrdinary
    if closes < opens:
        closes += DAY
    if closes > WEEK:
        return closes - WEEK, opens << 16 | WEEK
    return (opens << 16 | closes,)


def _bits(names: Sequence[str], numbers: Vocabulary, most: int) -> int:
    bits = 0
    for name in names:
        number = numbers[name]
        if number >= most - 1:
            raise OutOfTheOrdinary
        bits |= 1 << number
    return bits


def _id(text: str) -> int:
    digits = text.replace("-", "")
    if len(text) != ID_LENGTH or len(digits) != ID_DIGITS:
        raise OutOfTheOrdinary
    return int(digits, 16)


def _instant(text: str | None) -> int:
    if text is None:
        return NEVER
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise OutOfTheOrdinary
    return microseconds(instant)


def _day(text: str | None, otherwise: int) -> int:
    if text is None:
        return otherwise
    return date.fromisoformat(text).toordinal() - EPOCH_ORDINAL


def _credit(doc: Mapping[str, Any] | None) -> tuple[float, float]:
    if not doc:
        return 0.0, 0.0
    get = doc.get
    return (
        _between(get("shows") or 0, 0.0, MOST_BOOKINGS),
        _between(get("bookings") or 0, 0.0, MOST_BOOKINGS),
    )


def _between(value: Any, low: float, high: float) -> float:
    if value.__class__ not in NUMBERS or not low <= value <= high:
        raise OutOfTheOrdinary
    return float(value)


def _whole(value: Any, low: int, high: int) -> int:
    if value.__class__ is not int or not low <= value <= high:
        raise OutOfTheOrdinary
    return int(value)
