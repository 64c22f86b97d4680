"""One connection to PostgreSQL that answers the queries by prepared statements."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from typing import Any

import asyncpg
import numpy as np
import uvloop

from tests.benchmarks.engine.market import Market
from tests.benchmarks.engine.ordering import TOP, Ranked, first_of
from tests.benchmarks.engine.peers.postgres_scoring import Question
from tests.benchmarks.engine.peers.postgres_tables import load_workers
from tests.benchmarks.engine.queries import Query

FETCHED = TOP + 14  # equals of the last come along; should there be more, all rows do


class PostgresPeer:
    """What both forms share: a schema of their own, and how rows become an answer.

    A form says what it adds to the table of workers (`tables`), how its sessions plan
    (`settings`) and what it asks (`question`).
    """

    name: str
    schema: str
    settings: Sequence[str]
    extensions: Sequence[str]

    def __init__(self, url: str) -> None:
        self.loop = uvloop.new_event_loop()
        self.connection = self._wait(asyncpg.connect(url))

    def tables(self, market: Market) -> Sequence[str]:
        """SQL that completes the schema after the workers are in."""
        raise NotImplementedError

    def question(self, query: Query) -> Question:
        raise NotImplementedError

    def build(self, market: Market, queries: Sequence[Query]) -> None:
        self.queries = queries
        self.keys = market.workers.key
        self._wait(self._fill(market))
        self.questions = [self.question(query) for query in queries]
        self.statements = {
            question.sql: self._prepare(question.limited(FETCHED))
            for question in self.questions
        }

    def rank(self, number: int) -> Ranked:
        question, query = self.questions[number], self.queries[number]
        statement = self.statements[question.sql]
        found = self._wait(statement.fetch(*question.values))
        if len(found) == FETCHED and found[-1][1] == found[TOP - 1][1]:
            found = self._wait(self.connection.fetch(question.sql, *question.values))
        rows, points = np.array(found, np.int64).reshape(-1, 2).T
        return first_of(rows, points, self.keys, query.key)

    def explained(self, number: int) -> str:
        """The plan of a query and where its time goes, for people."""
        question = self.questions[number]
        sql = f"EXPLAIN (ANALYZE, BUFFERS) {question.limited(FETCHED)}"
        lines = self._wait(self.connection.fetch(sql, *question.values))
        return "\n".join(line[0] for line in lines)

    def close(self) -> None:
        self._wait(self.connection.close())
        self.loop.close()

    async def _fill(self, market: Market) -> None:
        for extension in self.extensions:
            await self.connection.execute(
                f"CREATE EXTENSION IF NOT EXISTS {extension} SCHEMA public"
            )
        await self.connection.execute(
            f"CREATE SCHEMA {self.schema}; SET search_path = {self.schema}, public"
        )
        await load_workers(self.connection, market.workers)
        for statement in (*self.tables(market), *self.settings):
            await self.connection.execute(statement)

    def _prepare(self, sql: str) -> Any:
        return self._wait(self.connection.prepare(sql))

    def _wait(self, work: Awaitable[Any]) -> Any:
        return self.loop.run_until_complete(work)


def warmed(*relations: str) -> str:
    """SQL that reads tables and indexes of the schema into memory."""
    names = ", ".join(f"('{name}'::regclass)" for name in relations)
    return f"SELECT pg_prewarm(name) FROM (VALUES {names}) AS relation (name)"
