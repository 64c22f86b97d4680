"""The ranking as a plain loop over pairs: slow, obvious, and the kernel's measure."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from services.matching.engine.facts import PostingFacts, WorkerFacts
from services.matching.engine.order import key, tie
from services.matching.engine.pair import Context, Explanation, explain_pair
from services.matching.engine.ranking import Match, Possible, Ranking, Request
from services.matching.engine.rules import FILTERS
from services.matching.engine.taxonomy import RelatedSkills

Judged = tuple[WorkerFacts, PostingFacts, Explanation]


def plain_rank_workers(
    workers: Sequence[WorkerFacts],
    posting: PostingFacts,
    request: Request,
    related: RelatedSkills,
) -> Ranking:
    context = Context(request.now, related, request.weights)
    judged = [
        (worker, posting, explain_pair(worker, posting, context))
        for worker in workers
        if worker.active
    ]
    return _ranking(judged, request, of_workers=True)


def plain_rank_postings(
    postings: Sequence[PostingFacts],
    worker: WorkerFacts,
    request: Request,
    related: RelatedSkills,
) -> Ranking:
    context = Context(request.now, related, request.weights)
    judged = [
        (worker, posting, explain_pair(worker, posting, context))
        for posting in postings
        if worker.active
        and (posting.expires_at is None or posting.expires_at > request.now)
    ]
    return _ranking(judged, request, of_workers=False)


def _ranking(judged: list[Judged], request: Request, *, of_workers: bool) -> Ranking:
    eligible = sorted(
        (pair for pair in judged if pair[2].eligible),
        key=lambda pair: (-pair[2].points, _tie(pair)),
    )
    possible = sorted(
        (pair for pair in judged if pair[2].possible),
        key=lambda pair: (len(pair[2].ask), _tie(pair)),
    )
    return Ranking(
        considered=len(judged),
        funnel=tuple(
            (rule.__name__, sum(pair[2].passed > number for pair in judged))
            for number, rule in enumerate(FILTERS)
        ),
        matches=tuple(
            Match(rank, _id(pair, of_workers), pair[2].points / 1e6, pair[2].parts)
            for rank, pair in enumerate(eligible[: request.k], start=1)
        ),
        possible=tuple(
            Possible(_id(pair, of_workers), pair[2].ask)
            for pair in possible[: request.possible]
        ),
        possible_total=len(possible),
        applied_weights={},
    )


def _tie(pair: Judged) -> int:
    return tie(key(pair[0].id), key(pair[1].id))


def _id(pair: Judged, of_workers: bool) -> UUID:
    return pair[0].id if of_workers else pair[1].id
