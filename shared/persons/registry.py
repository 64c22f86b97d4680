"""The registry of a service's tables that hold something of persons.

Export and erasure walk it, so a table that is not in it would be forgotten by both: a
test compares the registry with the database's own catalogue, and a new table with a
person's id in it fails until it is declared here or named impersonal, with the reason.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

Rows = list[dict[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonTable:
    """How one table holds something of persons; `:person` in SQL is their id.

    `rows` selects what is exported. `erase` is a statement after which it selects
    nothing, None where another command sees to it; a table that keeps its rows when
    somebody is erased says why in `kept`. `sealed` names columns of `rows` that are
    sealed, and their purpose. `at_once` says that the person's own login may erase it.
    """

    table: str
    what: str
    rows: str
    erase: str | None = None
    kept: str | None = None
    at_once: bool = False
    sealed: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PersonRegistry:
    """`impersonal` names tables with ids that are nobody's, or not a worker's."""

    service: str
    tables: Sequence[PersonTable]
    impersonal: Mapping[str, str]

    async def export(self, session: AsyncSession, person: UUID) -> dict[str, Rows]:
        """Table → what it holds of the person; needs the system login."""
        return {
            table.table: await _rows(session, table, person) for table in self.tables
        }

    async def erase(
        self,
        session: AsyncSession,
        person: UUID,
        *,
        at_once: bool = False,
        only: Container[str] | None = None,
    ) -> dict[str, int]:
        """Erase all that is not kept; how many rows of each table there were.

        With `at_once` only what the person's own login may, with `only` only from
        those tables.
        """
        erased = {}
        for table in self.tables:
            if at_once and not table.at_once:
                continue
            if only is not None and table.table not in only:
                continue
            if table.erase is not None:
                done: Any = await session.execute(
                    text(table.erase), {"person": str(person)}
                )
                erased[table.table] = int(done.rowcount)
        return erased

    async def held(self, session: AsyncSession, person: UUID) -> dict[str, int]:
        """Table → how many rows that should be gone are still there, if any."""
        left = {}
        for table in self.tables:
            if table.kept is None:
                counted = text(f"SELECT count(*) FROM ({table.rows}) AS held")
                found = await session.execute(counted, {"person": str(person)})
                if number := int(found.scalar_one()):
                    left[table.table] = number
        return left


async def _rows(session: AsyncSession, table: PersonTable, person: UUID) -> Rows:
    found = await session.execute(text(table.rows), {"person": str(person)})
    return [dict(row) for row in found.mappings()]


def common_tables(service: str) -> tuple[PersonTable, ...]:
    """What every service has: its audit log and the answers of keyed requests."""
    return (
        PersonTable(
            table="audit_entry",
            what="who looked at the person or decided about them, and what they did",
            rows=(
                "SELECT at, actor, actor_role, acting, tenant, action, subject_kind,"
                f" subject_id, detail FROM {service}.audit_entry"
                " WHERE subject_id = CAST(:person AS uuid)"
                " OR actor = CAST(:person AS uuid) ORDER BY id"
            ),
            kept="holds references alone, and must stay provable",
        ),
        PersonTable(
            table="idempotency_key",
            what="requests of the last day that named a key; their answers are sealed"
            " with that key, which is stored nowhere",
            rows=(
                f"SELECT created_at FROM {service}.idempotency_key"
                " WHERE caller = CAST(:person AS uuid) ORDER BY created_at"
            ),
            kept="cannot be read without the request's key, and goes within a day",
        ),
    )


ERASED_PERSONS = PersonTable(
    table="erased_person",
    what="that the person was erased, and when",
    rows="SELECT NULL WHERE false",
    kept="holds an id and counts, and proves the erasure",
)
