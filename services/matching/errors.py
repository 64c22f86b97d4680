"""The situations in which the matching service cannot do what was asked."""

from __future__ import annotations

from shared.problems import Conflict, NotAllowed, NotFound, Problem


class PostingNotFound(NotFound):
    """There is no such posting, or the caller may not see it."""

    kind = "posting-not-found"


class WorkerNotFound(NotFound):
    """There is no such worker, or the caller may not see them."""

    kind = "worker-not-found"


class RunNotFound(NotFound):
    """There is no such run, or the caller may not see it."""

    kind = "run-not-found"


class PostingNotRankable(Conflict):
    """The posting has ended, and nobody was ranked for it before."""

    kind = "posting-not-rankable"


class PostingNotOpen(Conflict):
    """Only open postings are ranked."""

    kind = "posting-not-open"


class RunNotDone(Conflict):
    """The run has no list yet that feedback could be about."""

    kind = "run-not-done"


class RunStateForbids(Conflict):
    """The run is in a state in which this is not done."""

    kind = "run-state-forbids"


class RunWaitsAlready(Conflict):
    """Another run of the posting waits already; a posting has one at most."""

    kind = "run-waits-already"


class RunKeepsNoInputs(Conflict):
    """Only a done run keeps what it was made from."""

    kind = "run-keeps-no-inputs"


class RunWithoutOrigin(Conflict):
    """The run does not rank another one anew, or that one is not kept any more."""

    kind = "run-without-origin"


class MoreThanAtMost(Conflict):
    """More runs match the filter than this may be done to; nothing was changed."""

    kind = "more-than-at-most"


class LaneNotFound(NotFound):
    """There is no such lane."""

    kind = "lane-not-found"


class MatchesOfAnother(NotAllowed):
    """Organisations ask by posting, workers by their own id."""

    kind = "matches-of-another"


class IndexLoading(Problem):
    """The match index is still being loaded; come back after Retry-After seconds."""

    status = 503
    kind = "index-loading"


class IndexBehind(Problem):
    """The match index has not reached the asked feed position yet; try again."""

    status = 503
    kind = "index-behind"


class LaneFull(Problem):
    """As many runs wait in the lane as it may hold; try again after Retry-After."""

    status = 503
    kind = "lane-full"


class LaneDraining(Problem):
    """The lane works off what it has and takes no requests."""

    status = 503
    kind = "lane-draining"


class TooManyListeners(Problem):
    """As many listen to the queue as one process tells of it; try again soon."""

    status = 503
    kind = "too-many-listeners"


class TooManyWaiting(Problem):
    """As many runs of the organisation wait in the lane as one may have."""

    status = 429
    kind = "too-many-waiting"
