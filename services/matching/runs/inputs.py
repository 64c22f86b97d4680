"""The facts that a list was made from, as documents: what a replay starts with.

They are written from what the index held at that moment, not from the read model, which
may have moved on. Reading a document back gives the same facts.

    {"posting": …, "workers": [those of the list …],
     "related": {asked skill: {related skill: credit}}, "weights": {…} or null}
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from services.matching.engine.facts import (
    PostingFacts,
    WorkerFacts,
    posting_facts,
    worker_facts,
)
from services.matching.engine.taxonomy import RelatedSkills
from services.matching.engine.terms import MINUTES_A_DAY, Site, Span, WeeklyInterval


@dataclass(frozen=True, slots=True)
class Inputs:
    posting: PostingFacts
    workers: Sequence[WorkerFacts]
    related: Mapping[str, Mapping[str, float]]
    weights: Mapping[str, float] | None

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> Inputs:
        return cls(
            posting=posting_facts(document["posting"]),
            workers=[worker_facts(worker) for worker in document["workers"]],
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


def worker_document(facts: WorkerFacts) -> dict[str, Any]:
    return {
        "id": str(facts.id),
        "version": facts.version,
        "active": facts.active,
        "markets": list(facts.markets),
        "kinds": list(facts.kinds),
        "skills": [skill._asdict() for skill in facts.skills],
        "places": [
            place._asdict()
            | {
                "available_from": _text(place.available_from),
                "available_until": _text(place.available_until),
            }
            for place in facts.places
        ],
        "accepts_lodging": facts.accepts_lodging,
        "accepts_remote": facts.accepts_remote,
        "zone": facts.zone,
        "weekly": [_weekly(interval) for interval in facts.weekly],
        "exceptions": [
            {
                "start": exception.start.isoformat(),
                "end": exception.end.isoformat(),
                "free": exception.free,
            }
            for exception in facts.exceptions
        ],
        "busy": [_span(span) for span in facts.busy],
        "confirmed_at": _text(facts.confirmed_at),
        "pay_floors": [floor._asdict() for floor in facts.pay_floors],
        "certificates": [
            {"certificate": held.certificate, "expires_on": _text(held.expires_on)}
            for held in facts.certificates
        ],
        "languages": [language._asdict() for language in facts.languages],
        "blocked_organisations": [str(id) for id in facts.blocked_organisations],
        "last_active_at": _text(facts.last_active_at),
        "credit": facts.credit._asdict(),
    }


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


def _weekly(interval: WeeklyInterval) -> dict[str, Any]:
    return {
        "weekday": interval.weekday,
        "start": _clock(interval.start),
        "end": _clock(interval.end % MINUTES_A_DAY),
    }


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
