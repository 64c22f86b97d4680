"""PostgreSQL bent to this one question: a table of claims by (skill, cell).

Every claim carries what rejects most workers, in an index that is never left; the
planner is told not to think of anything else.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from tests.benchmarks.engine.market import Market
from tests.benchmarks.engine.peers.postgres_client import PostgresPeer, warmed
from tests.benchmarks.engine.peers.postgres_scoring import (
    SCORED,
    Question,
    best_first,
    distance,
    levelled,
    qualified,
    willing,
)
from tests.benchmarks.engine.places import CELLS_A_DEGREE, KM_A_DEGREE
from tests.benchmarks.engine.queries import Query
from tests.benchmarks.engine.world import SKILLS

CELLS_ACROSS = 5  # of 0.01 degrees
CELL = CELLS_ACROSS / CELLS_A_DEGREE
COLUMNS = 10_000  # in a row of cells; more than go round the world

CLAIMS = f"""
CREATE UNLOGGED TABLE claim AS
SELECT held.skill, held.level, w.id,
    (floor(w.lat / {CELL}) * {COLUMNS} + floor(w.lon / {CELL}))::int AS cell,
    w.x, w.y, w.z, w.radius::real AS radius, w.floor, w.wants, w.currency,
    w.certificates, w.languages, w.free
FROM worker w, LATERAL unnest(w.skills, w.levels) AS held (skill, level)
ORDER BY held.skill, cell
"""

INCLUDED = (
    "level, id, x, y, z, radius, floor, wants, currency, certificates, languages, free"
)


class PostgresCovering(PostgresPeer):
    name = "PostgreSQL, covering (skill, cell)"
    schema = "covering"
    extensions = ("intarray", "pg_prewarm")
    settings = (
        "SET plan_cache_mode = force_generic_plan",
        "SET enable_seqscan = off",
        "SET enable_bitmapscan = off",
        "SET enable_hashjoin = off",
        "SET enable_mergejoin = off",
    )

    def tables(self, market: Market) -> Sequence[str]:
        held = np.bincount(market.workers.skills.ravel() + 1, minlength=SKILLS + 1)
        self.held = held[1:].tolist()
        return (
            CLAIMS,
            "ALTER TABLE worker DROP COLUMN claims",
            "VACUUM FULL worker",
            f"CREATE INDEX claim_covering ON claim (skill, cell) INCLUDE ({INCLUDED})",
            "VACUUM ANALYZE worker",
            "VACUUM ANALYZE claim",
            warmed("worker", "worker_pkey", "claim_covering"),
        )

    def question(self, query: Query) -> Question:
        """The holders of the rarest required group, then the rest of each."""
        rarest = min(
            query.required,
            key=lambda asked: sum(self.held[skill] for skill, _ in asked.members),
        )
        question = Question()
        group = len(rarest.members) > 1
        skills = [skill for skill, _ in rarest.members]
        skill = (
            f"= ANY({question.the(skills, 'int[]')})"
            if group
            else f"= {question.the(skills[0], 'int')}"
        )
        lows, highs = (
            question.the(ends, "int[]")
            for ends in strips(query.lat, query.lon, query.radius)
        )
        # the planner would rather filter all claims of a skill: LATERAL forbids it
        claims = (
            f"SELECT c.id, c.radius, {distance(question, query, 'c')} AS km"
            f" FROM unnest({lows}, {highs}) AS strip (low, high),"
            f" LATERAL (SELECT * FROM claim c"
            f" WHERE c.skill {skill} AND c.cell BETWEEN strip.low AND strip.high"
            f" AND c.level >= {question.the(rarest.level, 'int')}"
            f" AND {willing(question, query, 'c')}"
            f" AND {qualified(question, query, 'c')}"
            f" OFFSET 0) AS c OFFSET 0"
        )
        near = (
            f"SELECT {'DISTINCT' if group else ''} id, km FROM ({claims}) AS claims"
            f" WHERE km <= radius AND km <= {question.the(query.radius, 'float8')}"
            f" OFFSET 0"
        )
        rules = [
            f"({levelled(question, asked)})"
            for asked in query.required
            if asked is not rarest
        ] or ["true"]
        found = (
            f"SELECT {SCORED}, near.km FROM ({near}) AS near"
            f" JOIN worker w ON w.id = near.id WHERE {' AND '.join(rules)} OFFSET 0"
        )
        question.sql = best_first(question, query, found)
        return question


def strips(lat: float, lon: float, radius: float) -> tuple[list[int], list[int]]:
    """The first and last cells of each row that a circle of `radius` km meets."""
    lows, highs = [], []
    reach = radius / KM_A_DEGREE + 1e-3
    for row in range(
        math.floor((lat - reach) / CELL), math.floor((lat + reach) / CELL) + 1
    ):
        south, north = row * CELL, (row + 1) * CELL
        away = max(0.0, south - lat, lat - north)
        half = math.sqrt(max(0.0, reach * reach - away * away))
        # degrees are shortest where the row is farthest from the equator
        half /= math.cos(math.radians(max(abs(south), abs(north))))
        lows.append(row * COLUMNS + math.floor((lon - half) / CELL))
        highs.append(row * COLUMNS + math.floor((lon + half) / CELL))
    return lows, highs
