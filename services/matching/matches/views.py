"""Lists as a caller may see them."""

from __future__ import annotations

from services.matching.engine.pipeline import ENGINE_VERSION
from services.matching.matches.commands import PostingList, WorkerList
from services.matching.matches.disclosure import disclose
from services.matching.matches.schemas import (
    IndexView,
    PartView,
    PostingsForWorker,
    PostingsToAsk,
    PostingSummary,
    PostingToAsk,
    RankedPosting,
    RankedWorker,
    RunView,
    Step,
    WorkersForPosting,
    WorkersToAsk,
    WorkerToAsk,
)
from shared.identity import Caller


def show_workers(
    found: WorkerList, caller: Caller, seconds: float
) -> WorkersForPosting:
    made, shown = found.made, disclose(found.made, caller)
    return WorkersForPosting(
        posting=found.posting,
        matches=[RankedWorker.model_validate(match) for match in shown.matches],
        funnel=[Step.model_validate(step) for step in shown.funnel],
        possible=WorkersToAsk(
            total=shown.possible_total,
            workers=[WorkerToAsk.model_validate(entry) for entry in shown.possible],
        ),
        applied_weights=made["applied_weights"],
        run=RunView(
            id=found.run_id,
            finished_at=found.finished_at,
            live=found.live,
            index=IndexView(seq=made["index_seq"], positions=made["index_positions"]),
            posting_version=made["posting_version"] if found.posting else None,
            engine_version=made["engine_version"],
            taxonomy_version=made["taxonomy_version"],
        ),
        seconds=seconds,
    )


def show_postings(found: PostingList, seconds: float) -> PostingsForWorker:
    """A posting that closed between the ranking and the reading is left out."""
    ranking = found.ranking
    return PostingsForWorker(
        worker=found.worker,
        matches=[
            RankedPosting(
                rank=match.rank,
                posting=PostingSummary.model_validate(found.postings[match.id]),
                score=match.score,
                parts=[PartView.model_validate(part) for part in match.parts],
            )
            for match in ranking.matches
            if match.id in found.postings
        ],
        funnel=[Step(rule=rule, left=left) for rule, left in ranking.funnel],
        possible=PostingsToAsk(
            total=ranking.possible_total,
            postings=[
                PostingToAsk(posting=entry.id, ask=list(entry.ask))
                for entry in ranking.possible
            ],
        ),
        run=RunView(
            id=None,
            finished_at=None,
            live=True,
            index=IndexView.model_validate(found.index),
            engine_version=ENGINE_VERSION,
            taxonomy_version=found.taxonomy_version,
        ),
        seconds=seconds,
    )
