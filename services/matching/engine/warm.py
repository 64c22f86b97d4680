"""Compiling, or loading from the disk cache, before the first question is asked."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from services.matching.engine.facts import posting_facts, worker_facts
from services.matching.engine.index import Index
from services.matching.engine.pipeline import Request, rank_postings, rank_workers
from services.matching.engine.supply import supply
from services.matching.engine.taxonomy import RelatedSkills
from services.matching.engine.whatif import what_if_posting


def warm_up() -> None:
    """Ask everything once of one worker and one posting (half a minute at first)."""
    index = Index(RelatedSkills({}))
    worker = worker_facts({"id": UUID(int=1), "active": True})
    posting = posting_facts(
        {"id": UUID(int=2), "organisation": UUID(int=3), "market": "labor"}
    )
    index.put_worker(worker)
    index.put_posting(posting)
    request = Request(now=datetime(2026, 1, 1, tzinfo=UTC))
    rank_workers(index, posting, request)
    rank_postings(index, supply(worker), request)
    what_if_posting(index, posting, request)
    index.drop_worker(worker.id)
    index.drop_posting(posting.id)
