"""The life of a candidacy, an application or a submittal: a pure state machine.

```
   made ──accept───▶ accepted ──withdraw─▶ withdrawn
    │ ├───decline──▶ declined     └─end──▶ ended
    │ ├───withdraw─▶ withdrawn
    │ └───end──────▶ ended
```

declined, withdrawn and ended are the end, and the worker may be up for the posting
again. The organisation accepts and declines; the worker, or the agency that put them
forward, withdraws. By itself it ends when the worker leaves the market, when the
posting is cancelled, or when it turns out that the same person is up twice; not yet
accepted also when the posting is over otherwise, or when the right to represent or the
mandate is. What is accepted goes on: the two are in touch.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from services.postings.errors import AlreadyDecided


class Status(StrEnum):
    MADE = "made"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    ENDED = "ended"


class Verb(StrEnum):
    ACCEPT = "accept"
    DECLINE = "decline"
    WITHDRAW = "withdraw"
    END = "end"


class Side(StrEnum):
    """Who takes a step."""

    CANDIDATE = "candidate"
    ORGANISATION = "organisation"
    MARKET = "market"


class Noun(StrEnum):
    """What a candidacy is called, by who has made it."""

    APPLICATION = "application"
    SUBMITTAL = "submittal"


@dataclass(frozen=True, slots=True)
class Step:
    """What a verb does: from which states, to which, by which side."""

    before: frozenset[Status]
    after: Status
    by: Side


LIVE = frozenset({Status.MADE, Status.ACCEPTED})

STEPS: Mapping[Verb, Step] = MappingProxyType(
    {
        Verb.ACCEPT: Step(frozenset({Status.MADE}), Status.ACCEPTED, Side.ORGANISATION),
        Verb.DECLINE: Step(
            frozenset({Status.MADE}), Status.DECLINED, Side.ORGANISATION
        ),
        Verb.WITHDRAW: Step(LIVE, Status.WITHDRAWN, Side.CANDIDATE),
        Verb.END: Step(LIVE, Status.ENDED, Side.MARKET),
    }
)


def after(verb: Verb, status: Status) -> Status:
    """The state that `verb` leads to; raises AlreadyDecided."""
    step = STEPS[verb]
    if status not in step.before:
        raise AlreadyDecided(f"It is {status}.", candidacy_status=status.value)
    return step.after


def event_of(noun: Noun, status: Status) -> str:
    """ApplicationMade, SubmittalAccepted and so on."""
    return noun.capitalize() + status.capitalize()
