"""The index holds what was put last, whatever happened before."""

from __future__ import annotations

from uuid import UUID

import pytest

from services.matching.engine.index import Index
from services.matching.engine.pipeline import Request, rank_postings, rank_workers
from tests.matching.engine.builders import (
    NOW,
    POSTING_ID,
    WORKER_ID,
    a_posting,
    a_supply,
    a_worker,
    asked,
    claim,
    shift,
)
from tests.matching.engine.builders import RELATED as FORKLIFTS


@pytest.fixture
def index() -> Index:
    return Index(FORKLIFTS)


def test_what_was_put_can_be_read_and_counted(index: Index) -> None:
    index.put_worker(a_worker())
    index.put_posting(a_posting())
    assert (index.worker_count, index.posting_count) == (1, 1)
    assert index.worker(WORKER_ID) == a_supply()
    assert index.holds_worker(WORKER_ID)
    assert index.holds_posting(POSTING_ID)


def test_what_was_dropped_is_gone(index: Index) -> None:
    index.put_worker(a_worker())
    index.put_posting(a_posting())
    assert index.drop_worker(WORKER_ID)
    assert index.drop_posting(POSTING_ID)
    assert not index.drop_worker(WORKER_ID)
    assert not index.drop_posting(POSTING_ID)
    assert index.worker(WORKER_ID) is None
    assert not index.holds_worker(WORKER_ID)
    assert not index.holds_posting(POSTING_ID)
    ranking = rank_workers(index, a_posting(), Request(NOW))
    assert (ranking.considered, ranking.matches) == (0, ())


def test_a_worker_put_again_is_the_new_one(index: Index) -> None:
    index.put_worker(a_worker())
    index.put_worker(a_worker(skills=[claim("cooking")]))
    assert index.worker_count == 1
    assert rank_workers(index, a_posting(), Request(NOW)).matches == ()
    kitchen = a_posting(required_skills=[asked("cooking")])
    assert len(rank_workers(index, kitchen, Request(NOW)).matches) == 1


def test_an_unknown_zone_is_refused_and_changes_nothing(index: Index) -> None:
    index.put_worker(a_worker())
    index.put_posting(a_posting())
    with pytest.raises(ValueError, match="Mars/Olympus"):
        index.put_worker(a_worker(zone="Mars/Olympus", weekly=[]))
    with pytest.raises(ValueError, match="Mars/Olympus"):
        index.put_posting(a_posting(zone="Mars/Olympus", shifts=[]))
    assert index.worker(WORKER_ID) == a_supply()
    assert len(rank_postings(index, a_supply(), Request(NOW)).matches) == 1


def test_a_question_leaves_no_names_behind(index: Index) -> None:
    index.put_worker(a_worker())
    before = len(index.names)
    rank_workers(index, a_posting(required_skills=[asked("alchemy")]), Request(NOW))
    rank_postings(index, a_supply(skills=[claim("alchemy")]), Request(NOW))
    assert len(index.names) == before


def test_names_that_nobody_carries_match_nothing(index: Index) -> None:
    index.put_worker(a_worker(blocked_organisations=[]))
    unheard = a_posting(
        organisation=str(UUID(int=77)),
        required_skills=[asked("alchemy")],
        certificates=["philosopher"],
    )
    ranking = rank_workers(index, unheard, Request(NOW))
    assert dict(ranking.funnel)["within_reach"] == 1
    assert dict(ranking.funnel)["has_required_skills"] == 0


def test_a_year_far_ahead_is_read_exactly(index: Index) -> None:
    index.put_worker(a_worker(confirmed_at=NOW))
    # 2 July 2049 is a Friday in summer time: 21:00 UTC is 22:00 in London.
    for end, found in (("21:00", 1), ("21:01", 0)):
        posting = a_posting(shifts=[shift("2049-07-02T13:00", f"2049-07-02T{end}")])
        assert len(rank_workers(index, posting, Request(NOW)).matches) == found
        index.put_posting(posting)
        assert len(rank_postings(index, a_supply(), Request(NOW)).matches) == found
