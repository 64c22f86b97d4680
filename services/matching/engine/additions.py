"""What a worker could have or do more of, one thing at a time.

An addition turns the worker's facts into other facts; what it is worth are the open
postings that these are eligible for and the old ones were not. No addition ever closes
a posting. A kind has two functions:

- `widest` gives facts that no addition of the kind goes beyond. The postings that they
  open are *near*: all that stands between them and the worker is of this kind.
- `steps` gives the additions, those of one `subject` from the smallest to the largest.
  What is not asked by a near posting is not among them.

Adding a kind is adding a name to KINDS and a test of the same name.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple

from services.matching.engine.clock import DAY
from services.matching.engine.facts import PostingFacts, WorkerFacts
from services.matching.engine.index import Index
from services.matching.engine.terms import (
    MOST_KM,
    Certificate,
    SkillClaim,
    WeeklyInterval,
)

RADIUS_STEPS_KM = (5, 10, 25, 50)
HIGHEST_LEVEL = 5
WEEK = range(7)


@dataclass(frozen=True, slots=True)
class Addition:
    """One thing added: `widened` is the worker with it, `change` (JSON-ready) says what
    it is; `kind` and `step` together name it.

    Of one `subject`, a later addition has all that an earlier one has.
    """

    kind: str
    step: str
    subject: str
    change: dict[str, Any]
    widened: WorkerFacts

    @property
    def name(self) -> str:
        return f"{self.kind}:{self.step}"


Postings = Iterable[PostingFacts]


class Vocabulary(NamedTuple):
    """What postings ask for at all; more than that does no harm."""

    skills: Collection[str]
    certificates: Collection[str]

    @classmethod
    def of_postings(cls, market: Sequence[PostingFacts]) -> Vocabulary:
        return cls(
            {asked.skill for each in market for asked in each.required_skills},
            {name for posting in market for name in posting.certificates},
        )

    @classmethod
    def of_index(cls, index: Index) -> Vocabulary:
        names = index.names.all()
        return cls(names.get("skill", ()), names.get("certificate", ()))


class Kind(NamedTuple):
    """`widest` is given what any posting asks, `steps` the near postings."""

    widest: Callable[[WorkerFacts, Vocabulary, datetime], WorkerFacts]
    steps: Callable[[WorkerFacts, Postings, datetime], Iterator[Addition]]


def every_skill(worker: WorkerFacts, asked: Vocabulary, now: datetime) -> WorkerFacts:
    """Whatever any posting asks, at the highest level."""
    claims = (SkillClaim(name, HIGHEST_LEVEL, None) for name in sorted(asked.skills))
    return replace(worker, skills=(*worker.skills, *claims))


def skill(worker: WorkerFacts, near: Postings, now: datetime) -> Iterator[Addition]:
    """Each skill that a near posting asks, at the level asked, if held lower or not."""
    held: dict[str, int] = {}
    for claim in worker.skills:
        held[claim.skill] = max(claim.level, held.get(claim.skill, 0))
    asked = {
        (each.skill, each.level) for posting in near for each in posting.required_skills
    }
    for name, level in sorted(asked):
        if level <= held.get(name, 0):
            continue
        widened = replace(
            worker, skills=(*worker.skills, SkillClaim(name, level, None))
        )
        change = {"skill": name, "level": level}
        yield Addition("skill", f"{name}@{level}", name, change, widened)


def every_certificate(
    worker: WorkerFacts, asked: Vocabulary, now: datetime
) -> WorkerFacts:
    """Whatever any posting asks, without an end."""
    held = (Certificate(name, None) for name in sorted(asked.certificates))
    return replace(worker, certificates=(*worker.certificates, *held))


def certificate(
    worker: WorkerFacts, near: Postings, now: datetime
) -> Iterator[Addition]:
    """Each certificate that a near posting asks, without an end: not held, or not for
    long enough."""
    endless = {held.certificate for held in worker.certificates if not held.expires_on}
    asked = {name for posting in near for name in posting.certificates}
    for name in sorted(asked - endless):
        held = (*worker.certificates, Certificate(name, None))
        widened = replace(worker, certificates=held)
        yield Addition("certificate", name, name, {"certificate": name}, widened)


def always_free(worker: WorkerFacts, asked: Vocabulary, now: datetime) -> WorkerFacts:
    return _freed(worker, WEEK, now)


def free_hours(
    worker: WorkerFacts, near: Postings, now: datetime
) -> Iterator[Addition]:
    """A whole weekday (0 is Monday) more of every week, or all seven.

    By the worker's own clock. Whoever tells new hours has confirmed them. Bookings and
    times declared busy stay.
    """
    for day in WEEK:
        widened = _freed(worker, [day], now)
        yield Addition("free_hours", str(day), str(day), {"weekdays": [day]}, widened)
    always = {"weekdays": list(WEEK)}
    yield Addition("free_hours", "always", "always", always, _freed(worker, WEEK, now))


def _freed(worker: WorkerFacts, days: Iterable[int], now: datetime) -> WorkerFacts:
    free = (WeeklyInterval(day, 0, DAY) for day in days)
    return replace(worker, weekly=(*worker.weekly, *free), confirmed_at=now)


def hours_confirmed_now(
    worker: WorkerFacts, asked: Vocabulary, now: datetime
) -> WorkerFacts:
    return replace(worker, confirmed_at=now)


def confirmed_hours(
    worker: WorkerFacts, near: Postings, now: datetime
) -> Iterator[Addition]:
    """The hours as they are, said to hold today."""
    confirmed = replace(worker, confirmed_at=now)
    yield Addition("confirmed_hours", "now", "now", {}, confirmed)


def farthest(worker: WorkerFacts, asked: Vocabulary, now: datetime) -> WorkerFacts:
    return _travelling(worker, max(RADIUS_STEPS_KM))


def radius(worker: WorkerFacts, near: Postings, now: datetime) -> Iterator[Addition]:
    """A longer way, from each of the worker's places."""
    for more in RADIUS_STEPS_KM:
        widened = _travelling(worker, more)
        yield Addition("radius", f"+{more}", "radius", {"more_km": more}, widened)


def _travelling(worker: WorkerFacts, more: int) -> WorkerFacts:
    places = tuple(
        place._replace(radius_km=min(place.radius_km + more, MOST_KM))
        for place in worker.places
    )
    return replace(worker, places=places)


KINDS = (
    Kind(every_skill, skill),
    Kind(every_certificate, certificate),
    Kind(always_free, free_hours),
    Kind(hours_confirmed_now, confirmed_hours),
    Kind(farthest, radius),
)
