"""Compiling, or loading from the disk cache, before the first question is asked."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from services.matching.engine.facts import posting_facts, worker_facts
from services.matching.engine.index import Index
from services.matching.engine.native import CACHE
from services.matching.engine.pipeline import Request, rank_postings, rank_workers
from services.matching.engine.supply import supply
from services.matching.engine.taxonomy import RelatedSkills
from services.matching.engine.whatif import what_if_posting

PATIENCE_SECONDS = 120.0
"""How long one waits for another process to compile; it may have been stopped."""


def warm_up() -> None:
    """Ask everything once, of one worker and one posting (a minute at first).

    Of several processes that start with an empty cache, one compiles and the others
    wait for what it leaves there: at once they would all take as long, on fewer cores.
    """
    if CACHE is None or (CACHE / "complete").exists():
        _ask_everything()
        return
    CACHE.mkdir(parents=True, exist_ok=True)
    with _turn(CACHE / "lock"):
        _ask_everything()
        (CACHE / "complete").touch()


@contextmanager
def _turn(place: Path) -> Iterator[None]:
    """Hold the lock `place`, or go on without it after PATIENCE_SECONDS."""
    held = os.open(place, os.O_RDWR | os.O_CREAT, 0o600)
    deadline = time.monotonic() + PATIENCE_SECONDS
    try:
        while time.monotonic() < deadline:
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                time.sleep(0.05)
        yield
    finally:
        os.close(held)


def _ask_everything() -> None:
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
