"""The situations in which the postings service cannot do what was asked.

An error about the lifecycle carries `posting_status`, the state the posting is in.
"""

from __future__ import annotations

from shared.problems import Conflict, NotAllowed, NotFound


class PostingNotFound(NotFound):
    """There is no such posting, or the caller may not see it."""

    kind = "posting-not-found"


class PostingOfAnother(NotAllowed):
    """The posting belongs to another organisation."""

    kind = "posting-of-another"


class PostingNotDraft(Conflict):
    """Only a draft can be published."""

    kind = "posting-not-draft"


class PostingNotOpen(Conflict):
    """The posting is not open."""

    kind = "posting-not-open"


class PostingNotHeld(Conflict):
    """Only a posting that is held for review can be released."""

    kind = "posting-not-held"


class PostingAlreadyHeld(Conflict):
    """The posting is held for review already."""

    kind = "posting-already-held"


class PostingHasEnded(Conflict):
    """The posting is filled, closed, cancelled or expired: nothing changes any more."""

    kind = "posting-has-ended"


class AlreadyApplied(Conflict):
    """The worker is up for this posting already."""

    kind = "already-applied"


class AlreadySubmitted(Conflict):
    """This person is up for this posting already."""

    kind = "already-submitted"


class AlreadyDecided(Conflict):
    """It has been decided already, or is over."""

    kind = "already-decided"


class NotRepresented(NotAllowed):
    """The agency has no right to represent this worker to this organisation."""

    kind = "not-represented"


class NoMandate(NotAllowed):
    """The agency has no mandate of the organisation whose posting this is."""

    kind = "no-mandate"


class NotPossible(Conflict):
    """This worker cannot be up for this posting; why is not told."""

    kind = "not-possible"


class OrganisationBlocked(Conflict):
    """You have blocked this organisation; take it off your list first."""

    kind = "organisation-blocked"
