"""PostgreSQL as a good team builds it: earthdistance on GiST, skills on GIN."""

from __future__ import annotations

from collections.abc import Sequence

from services.matching.engine.geo import EARTH_RADIUS_KM
from tests.benchmarks.engine.market import Market
from tests.benchmarks.engine.peers.postgres_client import PostgresPeer, warmed
from tests.benchmarks.engine.peers.postgres_scoring import (
    SCORED,
    Question,
    best_first,
    distance,
    qualified,
    skilled,
    willing,
)
from tests.benchmarks.engine.queries import Query

THEIR_EARTH_M = 6378168.0  # what earth() says; the box must not be too small


class PostgresEarthdistance(PostgresPeer):
    name = "PostgreSQL, earthdistance + GIN"
    schema = "earthdistance"
    extensions = ("cube", "earthdistance", "intarray", "pg_prewarm")
    settings = ("SET plan_cache_mode = force_custom_plan",)

    def tables(self, market: Market) -> Sequence[str]:
        return (
            "ALTER TABLE worker ADD COLUMN earth cube",
            "UPDATE worker SET earth = ll_to_earth(lat, lon)",
            "VACUUM FULL worker",
            "CREATE INDEX worker_earth ON worker USING gist (earth)",
            "CREATE INDEX worker_claims ON worker USING gin (claims gin__int_ops)",
            "VACUUM ANALYZE worker",
            warmed("worker", "worker_pkey", "worker_earth", "worker_claims"),
        )

    def question(self, query: Query) -> Question:
        question = Question()
        lat, lon = (question.the(value, "float8") for value in (query.lat, query.lon))
        metres = query.radius / EARTH_RADIUS_KM * THEIR_EARTH_M * (1.0 + 1e-6)
        box = f"earth_box(ll_to_earth({lat}, {lon}), {question.the(metres, 'float8')})"
        rules = [f"{box} @> w.earth"]
        rules += [skilled(question, asked) for asked in query.required]
        rules += [willing(question, query, "w"), qualified(question, query, "w")]
        near = (
            f"SELECT {SCORED}, w.radius, {distance(question, query, 'w')} AS km"
            f" FROM worker w WHERE {' AND '.join(rules)} OFFSET 0"
        )
        found = (
            f"SELECT * FROM ({near}) AS near"
            f" WHERE km <= radius AND km <= {question.the(query.radius, 'float8')}"
        )
        question.sql = best_first(question, query, found)
        return question
