"""The life of a posting: a pure state machine.

```
   draft ──publish──▶ open ──fill─────▶ filled
     │  │             │ ▲ ├──close────▶ closed
     │  │         hold│ │ ├──cancel───▶ cancelled
     │  │             │ │ └──expire───▶ expired
     │  │             ▼ │release
     │  └───hold────▶ held ──close────▶ closed
     │                 ├─────cancel───▶ cancelled
     │                 └─────expire───▶ expired
     └───────────────────────cancel───▶ cancelled
```

filled, closed, cancelled and expired are the end. A reason is kept as long as a posting
is held, closed or cancelled. Members of the organisation and operators use the verbs;
holding for review and releasing is the operator's alone, and expiring the clock's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from services.postings.errors import (
    PostingAlreadyHeld,
    PostingHasEnded,
    PostingNotDraft,
    PostingNotHeld,
    PostingNotOpen,
)
from shared.identity import ORGANISATIONS, Role
from shared.problems import Conflict


class Status(StrEnum):
    DRAFT = "draft"
    HELD = "held"
    OPEN = "open"
    FILLED = "filled"
    CLOSED = "closed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class Verb(StrEnum):
    PUBLISH = "publish"
    HOLD = "hold"
    RELEASE = "release"
    FILL = "fill"
    CLOSE = "close"
    CANCEL = "cancel"
    EXPIRE = "expire"


@dataclass(frozen=True, slots=True)
class Step:
    """What a verb does: from which states, to which, by whom, or else which error."""

    before: frozenset[Status]
    after: Status
    by: frozenset[Role]
    otherwise: type[Conflict]


ENDED = frozenset({Status.FILLED, Status.CLOSED, Status.CANCELLED, Status.EXPIRED})
EDITABLE = frozenset(Status) - ENDED
EXPIRING = frozenset({Status.OPEN, Status.HELD})
WITH_REASON = frozenset({Status.HELD, Status.CLOSED, Status.CANCELLED})

MEMBERS = ORGANISATIONS | {Role.OPERATOR}
OPERATORS = frozenset({Role.OPERATOR})
THE_CLOCK = frozenset[Role]()

STEPS: Mapping[Verb, Step] = MappingProxyType(
    {
        Verb.PUBLISH: Step(
            frozenset({Status.DRAFT}), Status.OPEN, MEMBERS, PostingNotDraft
        ),
        Verb.HOLD: Step(
            frozenset({Status.DRAFT, Status.OPEN}),
            Status.HELD,
            OPERATORS,
            PostingAlreadyHeld,
        ),
        Verb.RELEASE: Step(
            frozenset({Status.HELD}), Status.OPEN, OPERATORS, PostingNotHeld
        ),
        Verb.FILL: Step(
            frozenset({Status.OPEN}), Status.FILLED, MEMBERS, PostingNotOpen
        ),
        Verb.CLOSE: Step(
            frozenset({Status.OPEN, Status.HELD}),
            Status.CLOSED,
            MEMBERS,
            PostingNotOpen,
        ),
        Verb.CANCEL: Step(EDITABLE, Status.CANCELLED, MEMBERS, PostingHasEnded),
        Verb.EXPIRE: Step(EXPIRING, Status.EXPIRED, THE_CLOCK, PostingNotOpen),
    }
)

EVENTS: Mapping[Status, str] = MappingProxyType(
    {
        Status.DRAFT: "PostingDrafted",
        Status.HELD: "PostingHeld",
        Status.OPEN: "PostingOpened",
        Status.FILLED: "PostingFilled",
        Status.CLOSED: "PostingClosed",
        Status.CANCELLED: "PostingCancelled",
        Status.EXPIRED: "PostingExpired",
    }
)
"""The event that tells of arriving in a state; a release says so by its own name."""

RELEASED = "PostingReleased"
EDITED = "PostingEdited"

FIXED_ONCE_OPEN = ("market", "kind", "occupation")
"""Fields that cannot change while a posting is open: it would be another job."""


def after(verb: Verb, status: Status) -> Status:
    """The state that `verb` leads to; raises the Conflict that names the situation."""
    step = STEPS[verb]
    if status in step.before:
        return step.after
    # "already held" would hide that a posting is over
    ended = status in ENDED and step.otherwise is PostingAlreadyHeld
    situation = PostingHasEnded if ended else step.otherwise
    raise situation(f"The posting is {status}.", posting_status=status.value)


def check_editable(status: Status) -> None:
    """Raises PostingHasEnded for a posting whose life is over."""
    if status not in EDITABLE:
        raise PostingHasEnded(f"The posting is {status}.", posting_status=status.value)


def event_of(verb: Verb) -> str:
    return RELEASED if verb is Verb.RELEASE else EVENTS[STEPS[verb].after]


def status_at(status: Status, expires_at: datetime | None, moment: datetime) -> Status:
    """The state as readers see it: a passed deadline counts before the sweep comes."""
    passed = expires_at is not None and expires_at <= moment
    return Status.EXPIRED if passed and status in EXPIRING else status
