"""The facts that a list was made from, as documents: what a replay starts with.

They are written from what the index held at that moment, not from the read model, which
may have moved on. Reading a document back gives the same facts.

Whom the organisation has blocked is left out: nobody of the list is blocked, so a
replay needs none of it, and the lists would keep who was turned away.

    {"posting": …, "workers": [those of the list …],
     "related": {asked skill: {related skill: credit}}, "weights": {…} or null}
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from services.matching.engine.clock import MINUTE_US, day, instant
from services.matching.engine.facts import (
    PostingFacts,
    posting_facts,
    worker_facts,
)
from services.matching.engine.schedule import days_of_span
from services.matching.engine.supply import FIRST_DAY, LAST_DAY, Supply, supply
from services.matching.engine.taxonomy import RelatedSkills
from services.matching.engine.terms import MINUTES_A_DAY, Site, Span, WeeklyInterval


@dataclass(frozen=True, slots=True)
class Inputs:
    posting: PostingFacts
    workers: Sequence[Supply]
    related: Mapping[str, Mapping[str, float]]
    weights: Mapping[str, float] | None

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> Inputs:
        return cls(
            posting=posting_facts(document["posting"]),
            workers=[supply(worker_facts(worker)) for worker in document["workers"]],
            related=document["related"],
            weights=document["weights"],
        )

    def document(self) -> dict[str, Any]:
        return {
            "posting": posting_document(self.posting),
            "workers": [worker_document(worker) for worker in self.workers],
            "related": self.related,
            "weights": self.weights,
        }


def links_of(
    posting: PostingFacts, related: RelatedSkills
) -> dict[str, dict[str, float]]:
    """The part of the taxonomy that this posting's ranking depends on."""
    asked = (*posting.required_skills, *posting.preferred_skills)
    return {
        skill: {member.skill: member.credit for member in related.group(skill)}
        for skill in sorted({ask.skill for ask in asked})
    }


def worker_document(worker: Supply) -> dict[str, Any]:
    confirmed, active = worker.confirmed_us, worker.last_active_us
    return {
        "id": str(worker.id),
        "version": worker.version,
        "active": worker.active,
        "markets": sorted(worker.markets),
        "kinds": sorted(worker.kinds),
        "skills": [
            {"skill": skill, "level": level} for skill, level in worker.levels.items()
        ],
        "places": [
            {
                "lat": base.lat,
                "lon": base.lon,
                "radius_km": base.radius_km,
                "available_from": _day(base.first, FIRST_DAY),
                "available_until": _day(base.last, LAST_DAY),
            }
            for base in worker.bases
        ],
        "accepts_lodging": worker.accepts_lodging,
        "accepts_remote": worker.accepts_remote,
        "zone": worker.zone,
        "weekly": [day for span in worker.pattern for day in _days(*span)],
        "free": [_minutes(*span) for span in worker.free],
        "busy": [_minutes(*span) for span in worker.busy],
        "confirmed_at": None if confirmed is None else instant(confirmed).isoformat(),
        "pay_floors": [floor._asdict() for floor in worker.floors],
        "certificates": [
            {"certificate": name, "expires_on": _day(last, LAST_DAY)}
            for name, last in worker.certificates.items()
        ],
        "languages": [
            {"language": name, "level": level}
            for name, level in worker.languages.items()
        ],
        "blocked_organisations": sorted(map(str, worker.blocked)),
        "last_active_at": None if active is None else instant(active).isoformat(),
        "credit": {"shows": worker.shows, "bookings": worker.bookings},
    }


def _day(number: int, unbounded: int) -> str | None:
    return None if number == unbounded else day(number).isoformat()


def _minutes(start: int, end: int) -> dict[str, str]:
    """A span of UTC minutes."""
    first, last = instant(start * MINUTE_US), instant(end * MINUTE_US)
    return {"start": first.isoformat(), "end": last.isoformat()}


def posting_document(facts: PostingFacts) -> dict[str, Any]:
    pay = facts.pay
    commitment: dict[str, Any] = {"kind": "all", "count": None}
    if facts.needed is not None:
        commitment = {"kind": "at_least", "count": facts.needed}
    return {
        "id": str(facts.id),
        "version": facts.version,
        "organisation": str(facts.organisation),
        "market": facts.market,
        "kind": facts.kind,
        "required_skills": [asked._asdict() for asked in facts.required_skills],
        "preferred_skills": [asked._asdict() for asked in facts.preferred_skills],
        "certificates": list(facts.certificates),
        "languages": [language._asdict() for language in facts.languages],
        "pay": pay
        and {
            "currency": pay.currency,
            "unit": pay.unit,
            "minimum": None,
            "maximum": pay.top,
            "hours_per_month": pay.hours_per_month,
        },
        "place": facts.site and _site(facts.site) | {"country": facts.country},
        "remote": facts.remote,
        "radius_km": facts.radius_km,
        "lodging": facts.lodging,
        "pick_up_points": [_site(site) for site in facts.pick_up_points],
        "zone": facts.zone,
        "shifts": [_span(shift) for shift in facts.shifts],
        "weekly": [_weekly(interval) for interval in facts.weekly],
        "starts_on": _text(facts.starts_on),
        "commitment": commitment,
        "expires_at": _text(facts.expires_at),
    }


def _text(moment: date | datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _span(span: Span) -> dict[str, str]:
    return {"start": span.start.isoformat(), "end": span.end.isoformat()}


def _site(site: Site) -> dict[str, Any]:
    return {"lat": site.lat, "lon": site.lon}


@lru_cache(4096)
def _days(start: int, end: int) -> tuple[dict[str, Any], ...]:
    """Minutes of the week; kept, for many people work the same hours."""
    return tuple([_weekly(day) for day in days_of_span(start, end)])


def _weekly(interval: WeeklyInterval) -> dict[str, Any]:
    return {
        "weekday": interval.weekday,
        "start": _clock(interval.start),
        "end": _clock(interval.end % MINUTES_A_DAY),
    }


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
