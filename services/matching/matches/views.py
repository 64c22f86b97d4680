"""Lists and counts as a caller may see them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from services.matching.engine.count import Counted
from services.matching.engine.pipeline import ENGINE_VERSION
from services.matching.engine.whatif import Openings, WhatIf
from services.matching.intake.positions import as_json
from services.matching.intake.replica import Seen
from services.matching.matches.commands import PostingList, WorkerList
from services.matching.matches.counting import About
from services.matching.matches.disclosure import (
    disclose,
    disclose_counts,
    disclose_what_if,
    funnel_of_postings,
)
from services.matching.matches.schemas import (
    EffectView,
    IndexView,
    OpeningsForWorker,
    OpeningView,
    PartView,
    PostingsForWorker,
    PostingsToAsk,
    PostingSummary,
    PostingToAsk,
    RankedPosting,
    RunView,
    Step,
    WhatIfView,
    WorkersCounted,
)
from shared.identity import Caller


def show_workers(found: WorkerList, caller: Caller, seconds: float) -> dict[str, Any]:
    """A `WorkersForPosting`, ready to be written.

    Not made as one: checking what was just computed, field by field, would take longer
    than ranking and explaining it.
    """
    made, shown = found.made, disclose(found.made, caller)
    return {
        "posting": found.posting,
        "matches": shown.matches,
        "funnel": shown.funnel,
        "possible": {"total": shown.possible_total, "workers": shown.possible},
        "applied_weights": made["applied_weights"],
        "run": {
            "id": found.run_id,
            "state": "done",
            "finished_at": found.finished_at,
            "live": found.live,
            "index": {"seq": made["index_seq"], "positions": made["index_positions"]},
            "posting_version": made["posting_version"] if found.posting else None,
            "engine_version": made["engine_version"],
            "taxonomy_version": made["taxonomy_version"],
        },
        "seconds": seconds,
    }


def written(body: Mapping[str, Any]) -> bytes:
    """As JSON, with times as the models write them; ids may be the database's own."""
    return orjson.dumps(body, default=str, option=orjson.OPT_UTC_Z)


def show_count(seen: Seen[Counted], caller: Caller, seconds: float) -> WorkersCounted:
    shown = disclose_counts(seen.value, caller)
    return WorkersCounted(
        funnel=[Step.model_validate(step) for step in shown.funnel],
        possible=shown.possible_total,
        index=_stood(seen),
        seconds=seconds,
    )


def show_what_if(found: About[WhatIf], caller: Caller, seconds: float) -> WhatIfView:
    shown = disclose_what_if(found.seen.value, caller)
    return WhatIfView(
        posting=found.id,
        eligible=shown.eligible,
        effects=[EffectView.model_validate(effect) for effect in shown.effects],
        index=_stood(found.seen),
        seconds=seconds,
    )


def show_openings(found: About[Openings], seconds: float) -> OpeningsForWorker:
    assert found.id is not None
    return OpeningsForWorker(
        worker=found.id,
        eligible=found.seen.value.eligible,
        openings=[
            OpeningView(
                kind=opening.kind,
                step=opening.step,
                change=opening.change,
                postings=opening.postings,
                hours=round(opening.hours, 2),
                pay=opening.pay,
            )
            for opening in found.seen.value.openings
        ],
        index=_stood(found.seen),
        seconds=seconds,
    )


def _stood(seen: Seen[Any]) -> IndexView:
    return IndexView(seq=seen.seq, positions=as_json(seen.positions))


def show_postings(
    found: PostingList, caller: Caller, seconds: float
) -> PostingsForWorker:
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
        funnel=[
            Step(rule=rule, left=left)
            for rule, left in funnel_of_postings(ranking.funnel, caller)
        ],
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
