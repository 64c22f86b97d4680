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
