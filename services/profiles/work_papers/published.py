"""What the feed, which only services read, says of work papers: never a birth date.

Of a minor the day on which they come of age, for the rules that protect them where a
booking is made; of others nothing. Of a right to work its country and last day.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from services.profiles.work_papers.ages import ADULT, birthday
from services.profiles.work_papers.schemas import WorkPapers

NOTHING_SAID: dict[str, Any] = {"minor_until": None, "right_to_work": []}
"""As published of somebody who has recorded nothing."""

SOMEWHERE_YESTERDAY = timedelta(days=1)


def said_of(papers: WorkPapers, today: date) -> dict[str, Any]:
    """`today` is the day in UTC: west of it somebody may still be a minor."""
    return {
        "minor_until": _minor_until(papers.birth_date, today),
        "right_to_work": [
            {
                "country": right.country,
                "expires_on": right.expires_on and right.expires_on.isoformat(),
            }
            for right in sorted(papers.right_to_work, key=lambda one: one.country)
        ],
    }


def _minor_until(born: date | None, today: date) -> str | None:
    if born is None:
        return None
    comes_of_age = birthday(born, ADULT)
    is_minor = today - SOMEWHERE_YESTERDAY < comes_of_age
    return comes_of_age.isoformat() if is_minor else None
