"""Ranks are exact, the same everywhere, and fair among equals."""

from __future__ import annotations

from random import Random
from uuid import UUID

import numpy as np
import pytest

from services.matching.engine.index import Index
from services.matching.engine.order import (
    key,
    mix,
    native_points,
    native_tie,
    points,
    tie,
)
from services.matching.engine.pipeline import Request, rank_workers
from tests.matching.engine.builders import NOW, RELATED, a_posting, a_worker


def test_mix_is_the_finaliser_of_splitmix64() -> None:
    # The first output of the reference generator seeded with 0.
    assert mix(0x9E3779B97F4A7C15) == 0xE220A8397B1DCDAF


def test_the_kernel_ties_as_plain_python_does() -> None:
    rng = Random(1)
    for _ in range(1000):
        worker, posting = rng.getrandbits(64), rng.getrandbits(64)
        native = native_tie(np.uint64(worker), np.uint64(posting))
        assert int(native) == tie(worker, posting)


def test_the_kernel_rounds_as_plain_python_does() -> None:
    rng = Random(2)
    scores = [rng.random() for _ in range(1000)] + [0.0, 1.0, 0.5, 0.0000005, 1e-7]
    assert [native_points(score) for score in scores] == [points(s) for s in scores]
    assert points(0.1234565000001) == 123457


def test_every_bit_of_an_id_counts() -> None:
    keys = {key(UUID(int=1 << bit)) for bit in range(128)}
    assert len(keys) == 128


def test_a_pair_is_not_its_reverse() -> None:
    one, two = key(UUID(int=1)), key(UUID(int=2))
    assert tie(one, two) != tie(two, one)


@pytest.fixture
def equals() -> list[UUID]:
    """Ids of 200 equal workers, growing with time as UUIDv7 do."""
    return [UUID(int=(1_800_000_000_000 + n) << 80 | 7 << 76 | n) for n in range(200)]


def ranked(ids: list[UUID], posting: int, k: int) -> list[UUID]:
    index = Index(RELATED)
    for id in ids:
        index.put_worker(a_worker(id=id))
    matches = rank_workers(index, a_posting(id=UUID(int=posting)), Request(NOW, k=k))
    assert len({match.score for match in matches.matches}) == 1
    return [match.id for match in matches.matches]


def test_equals_do_not_rank_by_when_they_were_put(equals: list[UUID]) -> None:
    shuffled = Random(3).sample(equals, len(equals))
    assert ranked(equals, 1, 50) == ranked(shuffled, 1, 50)


def test_a_longer_list_begins_like_a_shorter_one(equals: list[UUID]) -> None:
    assert ranked(equals, 1, 200)[:7] == ranked(equals, 1, 7)


def test_old_accounts_are_not_favoured_among_equals(equals: list[UUID]) -> None:
    index = Index(RELATED)
    for id in equals:
        index.put_worker(a_worker(id=id))
    old = set(equals[:100])
    firsts = 0
    for posting in range(200):
        request = Request(NOW, k=10)
        ranking = rank_workers(index, a_posting(id=UUID(int=posting)), request)
        firsts += sum(match.id in old for match in ranking.matches)
    assert 900 < firsts < 1100  # of 2,000; the standard deviation is 22


def test_each_posting_shuffles_anew(equals: list[UUID]) -> None:
    assert ranked(equals, 1, 10) != ranked(equals, 2, 10)
