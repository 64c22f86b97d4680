"""What the engine knows of a worker and of a posting, read from the feeds' documents.

A list that a document leaves out is empty: the rules decide what that means. The small
facts inside are those of `terms`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar
from uuid import UUID

from services.matching.engine.terms import (
    AskedSkill,
    Certificate,
    Credit,
    DatedException,
    Document,
    LanguageLevel,
    Pay,
    PayFloor,
    Place,
    Site,
    SkillClaim,
    Span,
    WeeklyInterval,
    read_day,
    read_id,
    read_instant,
    read_radius,
    read_whole,
)

T = TypeVar("T")
MOST_SHIFTS = 1_000_000


@dataclass(frozen=True, slots=True)
class WorkerFacts:
    """`free` adds to the pattern, `busy` holds bookings; `credit` is the platform's
    record, (0, 0) when new."""

    id: UUID
    version: int
    active: bool
    markets: tuple[str, ...]
    kinds: tuple[str, ...]
    skills: tuple[SkillClaim, ...]
    places: tuple[Place, ...]
    accepts_lodging: bool
    accepts_remote: bool
    zone: str
    weekly: tuple[WeeklyInterval, ...]
    exceptions: tuple[DatedException, ...]
    free: tuple[Span, ...]
    busy: tuple[Span, ...]
    confirmed_at: datetime | None
    pay_floors: tuple[PayFloor, ...]
    certificates: tuple[Certificate, ...]
    languages: tuple[LanguageLevel, ...]
    blocked_organisations: tuple[UUID, ...]
    last_active_at: datetime | None
    credit: Credit


@dataclass(frozen=True, slots=True)
class PostingFacts:
    """`needed` shifts must be covered; None means all of them.

    `country` gives the default hours a month. `site` is None for work that is remote.
    `turned_away` are the workers whom the organisation has blocked.
    """

    id: UUID
    version: int
    organisation: UUID
    market: str
    kind: str | None
    required_skills: tuple[AskedSkill, ...]
    preferred_skills: tuple[AskedSkill, ...]
    certificates: tuple[str, ...]
    languages: tuple[LanguageLevel, ...]
    pay: Pay | None
    site: Site | None
    country: str | None
    remote: bool
    radius_km: float | None
    lodging: bool
    pick_up_points: tuple[Site, ...]
    zone: str
    shifts: tuple[Span, ...]
    weekly: tuple[WeeklyInterval, ...]
    starts_on: date | None
    needed: int | None
    expires_at: datetime | None
    turned_away: tuple[UUID, ...]


def worker_facts(doc: Document) -> WorkerFacts:
    """Read one worker document of the profiles feed.

    The optional `free` and `busy` ([{"start", "end"}]) and `credit` ({"shows",
    "bookings"}) are not published by any feed yet. Hours without a zone cannot be
    placed in time and count as not declared. Raises ValueError or KeyError on a
    malformed document.
    """
    zone = doc.get("zone")
    return WorkerFacts(
        id=read_id(doc["id"]),
        version=int(doc.get("version", 0)),
        active=bool(doc.get("active", False)),
        markets=tuple(doc.get("markets") or ()),
        kinds=tuple(doc.get("kinds") or ()),
        skills=_each(doc, "skills", SkillClaim.read),
        places=_each(doc, "places", Place.read),
        accepts_lodging=bool(doc.get("accepts_lodging", False)),
        accepts_remote=bool(doc.get("accepts_remote", False)),
        zone=zone or "UTC",
        weekly=_each(doc, "weekly", WeeklyInterval.read) if zone else (),
        exceptions=_each(doc, "exceptions", DatedException.read) if zone else (),
        free=_each(doc, "free", Span.read),
        busy=_each(doc, "busy", Span.read),
        confirmed_at=read_instant(doc.get("confirmed_at")),
        pay_floors=_each(doc, "pay_floors", PayFloor.read),
        certificates=_each(doc, "certificates", Certificate.read),
        languages=_each(doc, "languages", LanguageLevel.read),
        blocked_organisations=tuple(
            read_id(value) for value in doc.get("blocked_organisations") or ()
        ),
        last_active_at=read_instant(doc.get("last_active_at")),
        credit=Credit.read(doc.get("credit")),
    )


def posting_facts(doc: Document) -> PostingFacts:
    """Read one posting document of the postings feed (its `status` is the host's care).

    The optional `turned_away` (ids of workers) is the host's to add: the feed tells it
    of an organisation, not of a posting. Raises ValueError or KeyError on a malformed
    document.
    """
    place, radius = doc.get("place"), doc.get("radius_km")
    shifts = _each(doc, "shifts", Span.read)
    weekly = _each(doc, "weekly", WeeklyInterval.read)
    if shifts and weekly:
        raise ValueError("a posting has dated shifts or a weekly pattern, never both")
    return PostingFacts(
        id=read_id(doc["id"]),
        version=int(doc.get("version", 0)),
        organisation=read_id(doc["organisation"]),
        market=doc["market"],
        kind=doc.get("kind"),
        required_skills=_each(doc, "required_skills", AskedSkill.read),
        preferred_skills=_each(doc, "preferred_skills", AskedSkill.read),
        certificates=tuple(doc.get("certificates") or ()),
        languages=_each(doc, "languages", LanguageLevel.read),
        pay=Pay.read(doc.get("pay")),
        site=Site.read(place) if place else None,
        country=place.get("country") if place else None,
        remote=bool(doc.get("remote", False)),
        radius_km=None if radius is None else read_radius(radius),
        lodging=bool(doc.get("lodging", False)),
        pick_up_points=_each(doc, "pick_up_points", Site.read),
        zone=doc.get("zone") or "UTC",
        shifts=shifts,
        weekly=weekly,
        starts_on=read_day(doc.get("starts_on")),
        needed=_needed(doc.get("commitment") or {"kind": "all"}),
        expires_at=read_instant(doc.get("expires_at")),
        turned_away=tuple([read_id(value) for value in doc.get("turned_away") or ()]),
    )


def _each(doc: Document, name: str, read: Callable[[Document], T]) -> tuple[T, ...]:
    return tuple([read(item) for item in doc.get(name) or ()])


def _needed(commitment: Document) -> int | None:
    match commitment["kind"]:
        case "all":
            return None
        case "any":
            return 1
        case "at_least" if commitment.get("count") is not None:
            return read_whole(commitment["count"], 1, MOST_SHIFTS, "count")
    raise ValueError(f"commitment {dict(commitment)} is not all, any or at_least n")
