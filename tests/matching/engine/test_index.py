"""The index holds what was put last, whatever happened before."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from uuid import UUID

import pytest

from services.matching.engine.index import Index
from services.matching.engine.pipeline import Request, rank_postings, rank_workers
from tests.matching.engine.builders import (
    NOW,
    POSTING_ID,
    WORKER_ID,
    a_posting,
    a_worker,
    asked,
    claim,
    shift,
)
from tests.matching.engine.builders import RELATED as FORKLIFTS
from tests.matching.engine.generated import (
    RELATED,
    generated_posting,
    generated_worker,
    moment,
)


@pytest.fixture
def index() -> Index:
    return Index(FORKLIFTS)


def test_what_was_put_can_be_read_and_counted(index: Index) -> None:
    index.put_worker(a_worker())
    index.put_posting(a_posting())
    assert (index.worker_count, index.posting_count) == (1, 1)
    assert index.worker(WORKER_ID) == a_worker()
    assert index.posting(POSTING_ID) == a_posting()


def test_what_was_dropped_is_gone(index: Index) -> None:
    index.put_worker(a_worker())
    index.put_posting(a_posting())
    assert index.drop_worker(WORKER_ID)
    assert index.drop_posting(POSTING_ID)
    assert not index.drop_worker(WORKER_ID)
    assert not index.drop_posting(POSTING_ID)
    assert (index.worker(WORKER_ID), index.posting(POSTING_ID)) == (None, None)
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
    assert index.worker(WORKER_ID) == a_worker()
    assert index.posting(POSTING_ID) == a_posting()


def test_a_question_leaves_no_names_behind(index: Index) -> None:
    index.put_worker(a_worker())
    before = len(index._names)
    rank_workers(index, a_posting(required_skills=[asked("alchemy")]), Request(NOW))
    rank_postings(index, a_worker(skills=[claim("alchemy")]), Request(NOW))
    assert len(index._names) == before


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
        assert len(rank_postings(index, a_worker(), Request(NOW)).matches) == found


@pytest.mark.parametrize("seed", range(12))
def test_updates_in_place_equal_a_fresh_build(seed: int) -> None:
    rng = Random(seed)
    now = moment(rng)
    index = Index(RELATED)
    people, jobs = {}, {}
    ids = [UUID(int=number) for number in range(80)]
    for _ in range(1500):
        id = rng.choice(ids)
        match rng.choice(("put", "put", "put", "drop", "hire", "close")):
            case "put":
                worker = replace(generated_worker(rng, now, hub=0), id=id)
                index.put_worker(worker)
                people[id] = worker
            case "drop":
                assert index.drop_worker(id) == (people.pop(id, None) is not None)
            case "hire":
                posting = replace(generated_posting(rng, now, hub=0), id=id)
                index.put_posting(posting)
                jobs[id] = posting
            case "close":
                assert index.drop_posting(id) == (jobs.pop(id, None) is not None)
    fresh = Index(RELATED)
    for worker in people.values():
        fresh.put_worker(worker)
    for posting in jobs.values():
        fresh.put_posting(posting)
    request = Request(now)
    for _ in range(5):
        posting = generated_posting(rng, now, hub=0)
        assert rank_workers(index, posting, request) == rank_workers(
            fresh, posting, request
        )
        worker = generated_worker(rng, now, hub=0)
        assert rank_postings(index, supply(worker), request) == rank_postings(
            fresh, worker, request
        )


def test_space_is_used_again(index: Index) -> None:
    rng = Random(5)
    for round in range(40):
        for number in range(50):
            worker = generated_worker(rng, NOW, hub=0)
            index.put_worker(replace(worker, id=UUID(int=number)))
        for number in range(0, 50, 1 + round % 3):
            index.drop_worker(UUID(int=number))
    columns = index.workers.columns
    assert columns.used <= 50
    for pool in columns.pools.values():
        assert pool.used <= 1024 or 2 * pool.wasted <= pool.used
