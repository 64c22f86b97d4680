"""The score and the rules in SQL, over the table of workers.

A query's numbers are parameters; its shape (how many skills, related ones and shifts)
is the text, so that queries of one shape share a prepared statement.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from services.matching.engine.geo import EARTH_RADIUS_KM
from tests.benchmarks.engine.hours import HOUR, WEEK
from tests.benchmarks.engine.peers.postgres_tables import (
    all_bits,
    shift_bits,
)
from tests.benchmarks.engine.queries import Asked, Query
from tests.benchmarks.engine.workers import claim

WEEK_BITS = f"bit({WEEK})"

# The columns of a worker that the score reads.
SCORED = "w.id, w.floor, w.reliability, w.recency, w.skills, w.levels, w.free"


@dataclass(slots=True)
class Question:
    """`sql` gives (id, points), best first; `values` are those of its $1, $2, …"""

    sql: str = ""
    values: list[Any] = field(default_factory=list)

    def the(self, value: Any, type: str) -> str:
        """A parameter, as SQL."""
        self.values.append(value)
        return f"${len(self.values)}::{type}"

    def limited(self, rows: int) -> str:
        return f"{self.sql} LIMIT {rows}"


def distance(question: Question, query: Query, table: str) -> str:
    """Kilometres from a row's x, y, z."""
    squares = "+".join(
        f"({table}.{axis}-{question.the(value, 'float8')})^2"
        for axis, value in zip("xyz", query.at.tolist(), strict=True)
    )
    return f"{2.0 * EARTH_RADIUS_KM}*asin(sqrt({squares})/2)"


def willing(question: Question, query: Query, table: str) -> str:
    """The rules about pay and about what the worker seeks."""
    wants = question.the(query.wants, "int")
    return (
        f"{table}.floor <= {question.the(query.top, 'int')}"
        f" AND {table}.wants & {wants} = {wants}"
    )


def qualified(question: Question, query: Query, table: str) -> str:
    """The other rules, but those of place and required skills."""
    rules = [f"{table}.currency = {question.the(query.currency, 'int')}"]
    if query.certificates:
        asked = question.the(query.certificates, "int")
        rules.append(f"{table}.certificates & {asked} = {asked}")
    if query.languages:
        asked = question.the(query.languages, "bigint")
        rules.append(f"{table}.languages & {asked} = {asked}")
    if query.needed == len(query.shifts):
        asked = question.the(all_bits(query.shifts), WEEK_BITS)
        rules.append(f"{table}.free & {asked} = {asked}")
    else:
        needed = question.the(query.needed, "int")
        rules.append(f"{_covered(question, query, 0, table)} >= {needed}")
    return " AND ".join(rules)


def levelled(question: Question, asked: Asked) -> str:
    """One of the members at the asked level or above, by looking each one up."""
    lowest = question.the(asked.lowest, "int")
    levels = (_level(question, skill, "w.") for skill, _ in asked.members)
    return " OR ".join(f"{level} >= {lowest}" for level in levels)


def skilled(question: Question, asked: Asked) -> str:
    """The same, by the index on all claims."""
    claims = [claim(skill, asked.lowest) for skill, _ in asked.members]
    operator = "&&" if len(claims) > 1 else "@>"
    return f"w.claims {operator} {question.the(claims, 'int[]')}"


def best_first(question: Question, query: Query, found: str) -> str:
    """`found` is SQL that gives SCORED and `km` of who passes all rules."""
    top = question.the(float(query.top), "float8")
    total = question.the(query.total_weight, "float8")
    count = len(query.shifts)
    covered = (
        str(count) if query.needed == count else _covered(question, query, 0, "found")
    )
    roomy = _covered(question, query, HOUR, "found")
    parts = (
        f"least(1.0::float8, ({_earned(question, query)}) / {total})",
        f"exp(-km / {question.the(query.tau, 'float8')})",
        f"({covered} + {roomy}) / {2 * count}::float8",
        f"least(1.0::float8, ({top} - floor) / (0.25::float8 * {top}))",
        "reliability",
        "recency",
    )
    score = " + ".join(
        f"{question.the(weight, 'float8')} * ({part})"
        for weight, part in zip(query.weights, parts, strict=True)
    )
    return (
        f"SELECT id, floor(({score}) * 1000000::float8 + 0.5::float8)::int AS points"
        f" FROM ({found}) AS found ORDER BY points DESC"
    )


def _covered(question: Question, query: Query, room: int, table: str) -> str:
    """How many shifts lie in a week, with `room` half hours around."""
    fits = [
        f"({table}.free & {bits} = {bits})::int"
        for bits in (
            question.the(mask, WEEK_BITS) for mask in shift_bits(query.shifts, room)
        )
    ]
    return f"({' + '.join(fits)})"


def _earned(question: Question, query: Query) -> str:
    return " + ".join(
        f"{question.the(asked.weight, 'float8')} * {_worth(question, asked)}"
        for asked in query.asked
    )


def _worth(question: Question, asked: Asked) -> str:
    """Credit x level / 5 of the best member that counts."""
    values = []
    for skill, credit in asked.members:
        level = _level(question, skill)
        if asked.lowest > 1 and len(asked.members) > 1:
            lowest = question.the(asked.lowest, "int")
            level = f"(CASE WHEN {level} >= {lowest} THEN {level} ELSE 0 END)"
        values.append(f"{question.the(credit, 'float8')} * {level} / 5.0::float8")
    return values[0] if len(values) == 1 else f"greatest({', '.join(values)})"


def _level(question: Question, skill: int, table: str = "") -> str:
    """The level of a claim, 0 for none; `table` ends in a dot."""
    place = f"idx({table}skills, {question.the(skill, 'int')})"
    return f"coalesce({table}levels[{place}], 0)"
