"""What is told of a worker or a posting lies in memory, and comes back, unchanged."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from random import Random
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.matching.engine.clock import MINUTE_US, instant
from services.matching.engine.demand import (
    dated_shifts,
    declared_hours_per_month,
    demand,
)
from services.matching.engine.facts import PostingFacts, WorkerFacts
from services.matching.engine.index import Index
from services.matching.engine.layout import (
    MOST,
    find_leveled,
    id_of,
    level_of,
    leveled,
)
from services.matching.engine.posting_rows import POSTING
from services.matching.engine.supply import Supply, supply
from services.matching.engine.terms import Span
from services.matching.engine.unpacking import unpack_posting
from services.matching.engine.worker_rows import MOST_KINDS, MOST_MARKETS
from tests.matching.engine.builders import (
    a_posting,
    a_worker,
    asked,
    claim,
    floor,
    pay,
    place,
    shift,
    weekly,
)
from tests.matching.engine.crowds import odd_posting, odd_worker
from tests.matching.engine.generated import (
    RELATED,
    generated_posting,
    generated_worker,
    moment,
)


def through_memory(*workers: WorkerFacts) -> list[Supply | None]:
    index = Index(RELATED)
    for worker in workers:
        index.put_worker(worker)
    return [index.worker(worker.id) for worker in workers]


def posting_through_memory(posting: PostingFacts) -> PostingFacts:
    index = Index(RELATED)
    index.put_posting(posting)
    row = index.postings.row(posting.id)
    table = index.postings.shelf.table
    return unpack_posting(table, row, index.names, index.zones)


def as_kept(posting: PostingFacts) -> PostingFacts:
    """With what the rules do not tell apart made alike."""
    pay = posting.pay
    return replace(
        posting,
        country=None,
        pay=pay and pay._replace(hours_per_month=declared_hours_per_month(posting)),
        shifts=tuple(Span(*map(_minute, each)) for each in dated_shifts(posting)),
    )


def _minute(minute: int) -> datetime:
    return instant(minute * MINUTE_US)


def declared(posting: PostingFacts) -> PostingFacts:
    """As told, but for the hours of a month, which a country may stand for."""
    return replace(as_kept(posting), shifts=posting.shifts)


def test_a_worker_comes_back_as_the_rules_read_one() -> None:
    worker = a_worker(
        skills=[claim("welding", 2), claim("welding", 5), claim("cooking", 1)],
        places=[place(), place({"lat": -90.0, "lon": 180.0}, 0, "2026-12-01")],
        pay_floors=[floor(10**15), floor(3, "piece", "CNY")],
        free=[{"start": "2026-12-01T09:00:00Z", "end": "2026-12-01T10:00:00Z"}],
        last_active_at=None,
    )
    assert through_memory(worker) == [supply(worker)]


def test_a_worker_of_whom_nothing_is_known_comes_back() -> None:
    bare = a_worker(
        skills=[],
        places=[],
        weekly=[],
        pay_floors=[],
        certificates=[],
        languages=[],
        markets=[],
        kinds=[],
        confirmed_at=None,
        last_active_at=None,
    )
    assert through_memory(bare, a_worker(id=str(a_posting().id))) == [
        supply(bare),
        supply(a_worker(id=str(a_posting().id))),
    ]


@settings(max_examples=150, deadline=None)
@given(st.randoms(use_true_random=False))
def test_any_workers_come_back_as_the_rules_read_them(rng: Random) -> None:
    now = moment(rng)
    drawn = [generated_worker(rng, now), odd_worker(rng, now)]
    workers = [replace(each, id=UUID(int=n)) for n, each in enumerate(drawn)]
    assert through_memory(*workers) == [supply(worker) for worker in workers]


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"place": None, "remote": True, "pick_up_points": []},
        {"shifts": [], "weekly": [weekly(6, "22:00", "06:00")]},
        {"shifts": [], "starts_on": "2027-01-04", "kind": None, "pay": None},
        {"radius_km": None, "expires_at": "2026-12-24T00:00:00.000001Z"},
        {"commitment": {"kind": "at_least", "count": 2}},
        {"pay": pay(5, "piece", hours_per_month=100.5)},
        {"required_skills": [], "preferred_skills": [asked("cooking", 2, 0.25)]},
        {"shifts": [shift("2026-12-01T09:00", "2026-12-01T17:00:30")]},
    ],
)
def test_a_posting_comes_back(changes: dict[str, Any]) -> None:
    posting = a_posting(**changes)
    assert posting_through_memory(posting) == as_kept(posting)


@settings(max_examples=150, deadline=None)
@given(st.randoms(use_true_random=False))
def test_any_posting_comes_back_and_means_the_same(rng: Random) -> None:
    now = moment(rng)
    for posting in (generated_posting(rng, now), odd_posting(rng, now)):
        kept = posting_through_memory(posting)
        assert kept == as_kept(posting)
        assert demand(kept, now, RELATED) == demand(declared(posting), now, RELATED)


@settings(deadline=None)
@given(st.dictionaries(st.integers(0, (1 << 28) - 1), st.integers(0, 7)))
def test_a_level_is_found_by_its_id_among_sorted_words(levels: dict[int, int]) -> None:
    words = np.array(sorted(leveled(*each) for each in levels.items()), np.int32)
    for id, level in levels.items():
        word = find_leveled(words, 0, len(words), id)
        assert (id_of(word), level_of(word)) == (id, level)
        if id + 1 not in levels:
            assert find_leveled(words, 0, len(words), id + 1) == -1


@pytest.mark.parametrize(
    ("one", "several", "most"),
    [("market", "markets", MOST_MARKETS - 1), ("kind", "kinds", MOST_KINDS - 1)],
)
def test_one_market_or_kind_more_than_there_are_bits_is_refused(
    one: str, several: str, most: int
) -> None:
    index = Index(RELATED)
    names = [f"name-{number}" for number in range(most)]
    index.put_worker(a_worker(**{several: names}))
    with pytest.raises(ValueError, match=f"more than {most} names"):
        index.put_posting(a_posting(**{one: "one-more"}))
    with pytest.raises(ValueError, match=f"more than {most} names"):
        index.put_worker(a_worker(**{several: ["another"]}))
    assert not index.holds_posting(a_posting().id)
    assert index.worker(a_worker().id) == supply(a_worker(**{several: names}))


def test_the_group_of_a_posting_can_be_any_of_the_most_requirements() -> None:
    row = np.zeros((), POSTING)
    row["group"] = MOST - 1
    assert row["group"] == MOST - 1
