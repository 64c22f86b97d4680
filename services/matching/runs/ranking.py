"""One posting ranked over a replica's index, with all that a run keeps of it."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Any

from services.matching.engine.facts import PostingFacts
from services.matching.engine.index import Index
from services.matching.engine.pipeline import (
    ENGINE_VERSION,
    Ranking,
    Request,
    rank_workers,
)
from services.matching.engine.supply import Supply
from services.matching.engine.taxonomy import RelatedSkills
from services.matching.intake.positions import as_json
from services.matching.intake.replica import Replica, Seen
from services.matching.runs.inputs import Inputs, links_of
from services.matching.runs.result import Result


async def rank_for_run(
    replica: Replica, posting: PostingFacts, request: Request
) -> Result:
    """Rank, and note what from, in one look at the index."""

    def look(index: Index) -> tuple[Ranking, list[Supply]]:
        ranking = rank_workers(index, posting, request)
        listed = (index.worker(match.id) for match in ranking.matches)
        return ranking, [worker for worker in listed if worker is not None]

    started = time.perf_counter()
    seen = await replica.look(look)
    ranking, listed = seen.value
    inputs = Inputs(
        posting=posting,
        workers=listed,
        related=links_of(posting, replica.taxonomy.related),
        weights=request.weights,
    )
    stood = Seen(ranking, seen.seq, seen.positions)
    return Result(
        **made_of(stood, posting.version, request, replica.taxonomy.version),
        seconds=time.perf_counter() - started,
        inputs=inputs.document(),
    )


async def rank_live(
    replica: Replica, posting: PostingFacts, request: Request
) -> dict[str, Any]:
    """The values of a list that nobody keeps (see `made_of`)."""
    seen = await replica.look(lambda index: rank_workers(index, posting, request))
    return made_of(seen, posting.version, request, replica.taxonomy.version)


def made_of(
    seen: Seen[Ranking], posting_version: int, request: Request, taxonomy_version: str
) -> dict[str, Any]:
    """What a Result says of a ranking, but for how long it took and from what."""
    ranking = seen.value
    return {
        "ranked_at": request.now,
        "k": request.k,
        "posting_version": posting_version,
        "engine_version": ENGINE_VERSION,
        "taxonomy_version": taxonomy_version,
        "index_seq": seen.seq,
        "index_positions": as_json(seen.positions),
        "considered": ranking.considered,
        "funnel": [{"rule": rule, "left": left} for rule, left in ranking.funnel],
        "matches": matches_json(ranking),
        "possible": [
            {"worker": str(possible.id), "ask": list(possible.ask)}
            for possible in ranking.possible
        ],
        "possible_total": ranking.possible_total,
        "applied_weights": ranking.applied_weights,
    }


def replay(ranked_at: datetime, k: int, inputs: Inputs) -> list[dict[str, Any]]:
    """The list again, recomputed from nothing but what the run kept."""
    index = Index(RelatedSkills(inputs.related))
    index.put_workers(
        [index.pack_worker(worker, index.names.intern) for worker in inputs.workers]
    )
    request = Request(now=ranked_at, k=k, weights=inputs.weights)
    return matches_json(rank_workers(index, inputs.posting, request))


def matches_json(ranking: Ranking) -> list[dict[str, Any]]:
    return [
        {
            "rank": match.rank,
            "worker": str(match.id),
            "score": match.score,
            "parts": [
                {"name": name, "value": value, "weight": weight, "evidence": evidence}
                for name, value, weight, evidence in match.parts
            ],
        }
        for match in ranking.matches
    ]
