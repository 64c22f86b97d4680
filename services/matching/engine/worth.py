"""How much work a posting offers one person, and what it pays, to add postings up.

Of dated shifts all of them; of weekly hours four weeks; without a schedule four weeks
of forty hours. Pay is the offered top, by the hours that rules compare pay with (see
`pay`); piece pay has no hours, and what is not paid by time adds no pay.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from services.matching.engine.demand import dated_shifts, demand
from services.matching.engine.facts import PostingFacts
from services.matching.engine.taxonomy import RelatedSkills

WEEKS = 4
USUAL_HOURS_A_WEEK = 40


class Worth(NamedTuple):
    """`pay` is minor units of `currency`, None and 0 where none is offered by time."""

    minutes: int
    currency: str | None
    pay: int


def worth(posting: PostingFacts, now: datetime, related: RelatedSkills) -> Worth:
    minutes = work_minutes(posting)
    pay = posting.pay
    if pay is None or pay.unit == "piece":
        return Worth(minutes, None, 0)
    an_hour = pay.top / demand(posting, now, related).hours[pay.unit]
    return Worth(minutes, pay.currency, round(an_hour * minutes / 60.0))


def work_minutes(posting: PostingFacts) -> int:
    if posting.shifts:
        return sum(end - start for start, end in dated_shifts(posting))
    if posting.weekly:
        return WEEKS * sum(each.end - each.start for each in posting.weekly)
    return WEEKS * USUAL_HOURS_A_WEEK * 60
