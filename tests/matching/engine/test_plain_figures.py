"""What a ranking says is of plain Python numbers: JSON keeps nothing else exactly."""

from __future__ import annotations

from services.matching.engine.index import Index
from services.matching.engine.pipeline import Request, rank_postings, rank_workers
from tests.matching.engine.builders import (
    NOW,
    RELATED,
    a_posting,
    a_supply,
    a_worker,
)


def test_the_values_of_parts_are_plain_numbers() -> None:
    index = Index(RELATED)
    index.put_worker(a_worker())
    index.put_posting(a_posting())
    request = Request(now=NOW)
    of_workers = rank_workers(index, a_posting(), request)
    of_postings = rank_postings(index, a_supply(), request)
    for ranking in (of_workers, of_postings):
        [match] = ranking.matches
        assert {type(part.value) for part in match.parts} == {float}
        assert {type(part.weight) for part in match.parts} == {float}
