"""A worker as the rules read them: the facts, and what follows from them alone."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from services.matching.engine.clock import day_number, microseconds
from services.matching.engine.facts import WorkerFacts
from services.matching.engine.geo import Point, point
from services.matching.engine.schedule import busy_times, free_exceptions, pattern_of
from services.matching.engine.terms import PayFloor

FIRST_DAY, LAST_DAY = -(1 << 31), (1 << 31) - 1


@dataclass(frozen=True, slots=True)
class Base:
    """A place to travel from, on the days `first` to `last` (inclusive)."""

    lat: float
    lon: float
    radius_km: float
    first: int
    last: int

    @property
    def at(self) -> Point:
        return point(self.lat, self.lon)


@dataclass(frozen=True, slots=True)
class Supply:
    """Levels are the best claimed; days and minutes are those of `clock`.

    A certificate held twice counts with its later expiry.
    """

    id: UUID
    version: int
    active: bool
    markets: frozenset[str]
    kinds: frozenset[str]
    levels: dict[str, int]
    bases: tuple[Base, ...]
    accepts_lodging: bool
    accepts_remote: bool
    zone: str
    pattern: list[tuple[int, int]]
    free: list[tuple[int, int]]
    busy: list[tuple[int, int]]
    confirmed_us: int | None
    floors: tuple[PayFloor, ...]
    certificates: dict[str, int]
    languages: dict[str, int]
    blocked: frozenset[UUID]
    last_active_us: int | None
    shows: float
    bookings: float


def supply(worker: WorkerFacts) -> Supply:
    levels: dict[str, int] = {}
    for claim in worker.skills:
        levels[claim.skill] = max(claim.level, levels.get(claim.skill, claim.level))
    languages: dict[str, int] = {}
    for spoken in worker.languages:
        known = languages.get(spoken.language, spoken.level)
        languages[spoken.language] = max(spoken.level, known)
    certificates: dict[str, int] = {}
    for held in worker.certificates:
        last = LAST_DAY if held.expires_on is None else day_number(held.expires_on)
        certificates[held.certificate] = max(
            last, certificates.get(held.certificate, last)
        )
    confirmed, active = worker.confirmed_at, worker.last_active_at
    return Supply(
        id=worker.id,
        version=worker.version,
        active=worker.active,
        markets=frozenset(worker.markets),
        kinds=frozenset(worker.kinds),
        levels=levels,
        bases=tuple(
            Base(
                place.lat,
                place.lon,
                place.radius_km,
                FIRST_DAY
                if place.available_from is None
                else day_number(place.available_from),
                LAST_DAY
                if place.available_until is None
                else day_number(place.available_until),
            )
            for place in worker.places
        ),
        accepts_lodging=worker.accepts_lodging,
        accepts_remote=worker.accepts_remote,
        zone=worker.zone,
        pattern=pattern_of(worker.weekly),
        free=free_exceptions(worker),
        busy=busy_times(worker),
        confirmed_us=None if confirmed is None else microseconds(confirmed),
        floors=worker.pay_floors,
        certificates=certificates,
        languages=languages,
        blocked=frozenset(worker.blocked_organisations),
        last_active_us=None if active is None else microseconds(active),
        shows=worker.credit.shows,
        bookings=worker.credit.bookings,
    )
