"""What is measured side by side must be the same answer, exactly."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from services.matching.engine.facts import worker_facts
from services.matching.engine.order import key
from services.matching.engine.supply import supply
from tests.benchmarks.engine.hours import WEEK, unpack
from tests.benchmarks.engine.market import Market, a_market
from tests.benchmarks.engine.oracle import right_answer
from tests.benchmarks.engine.ordering import TOP
from tests.benchmarks.engine.peers.numpy_filtering import NumpyFiltering
from tests.benchmarks.engine.peers.peer import Peer
from tests.benchmarks.engine.peers.postgres_covering import PostgresCovering
from tests.benchmarks.engine.peers.postgres_earthdistance import PostgresEarthdistance
from tests.benchmarks.engine.peers.postgres_server import tuned_server
from tests.benchmarks.engine.peers.rollcall import Rollcall
from tests.benchmarks.engine.queries import Query
from tests.benchmarks.engine.question_sets import all_queries

SCALE = 2_000
CITIES = 3  # few, so that there is somebody to find


@cache
def market() -> Market:
    return a_market(SCALE, cities=CITIES)


Pairs = list[tuple[int, int]]


@cache
def asked() -> tuple[list[Query], list[Pairs]]:
    """Forty queries of all kinds, and the right answers."""
    queries, _ = all_queries(market(), random=12, worst=8)
    right = [right_answer(market().workers, query).pairs() for query in queries]
    return queries, right


def answers(engine: Peer) -> list[Pairs]:
    queries, _ = asked()
    engine.build(market(), queries)
    try:
        return [engine.rank(number).pairs() for number in range(len(queries))]
    finally:
        engine.close()


def test_the_queries_find_somebody() -> None:
    _, right = asked()
    assert len(right) == 40
    assert sum(bool(answer) for answer in right) > 20
    assert max(len(answer) for answer in right) == TOP


def test_the_engine_answers_as_the_oracle_does() -> None:
    _, right = asked()
    assert answers(Rollcall()) == right


def test_numpy_answers_as_the_oracle_does() -> None:
    _, right = asked()
    assert answers(NumpyFiltering()) == right


def test_postgresql_answers_as_the_oracle_does() -> None:
    _, right = asked()
    with tuned_server(SCALE) as url:
        assert answers(PostgresCovering(url)) == right
        assert answers(PostgresEarthdistance(url)) == right


def test_tantivy_answers_as_the_oracle_does() -> None:
    pytest.importorskip("tantivy")
    from tests.benchmarks.engine.peers.tantivy_rescoring import TantivyRescoring

    _, right = asked()
    assert answers(TantivyRescoring()) == right


def test_the_same_seed_makes_the_same_market() -> None:
    again = a_market(SCALE, cities=CITIES)
    for row in (0, SCALE - 1):
        assert again.worker_document(row) == market().worker_document(row)
    assert again.posting_document(7) == market().posting_document(7)
    assert again.links == market().links


def test_the_largest_city_holds_some_five_percent() -> None:
    workers = a_market(20_000).workers
    assert 0.05 < np.mean(workers.city == 0) < 0.065
    assert 8.5 < np.mean((workers.levels > 0).sum(1)) < 9.5


def test_documents_and_columns_tell_the_same() -> None:
    workers = market().workers
    for row in range(0, SCALE, 97):
        facts = worker_facts(market().worker_document(row))
        offered = supply(facts)
        assert key(facts.id) == int(workers.key[row])
        assert offered.bases[0].at == pytest.approx(tuple(workers.at[row]), abs=1e-15)
        assert sorted(offered.levels.values()) == sorted(
            level for level in workers.levels[row].tolist() if level
        )
        free = np.zeros(WEEK, bool)
        for start, end in offered.pattern:
            free[start // 30 : end // 30] = True
        ahead = int(market().world.offset[workers.city[row]])
        assert (np.roll(free, -ahead) == unpack(workers.free[row : row + 1])[0]).all()
