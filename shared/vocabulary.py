"""The taxonomy's ids as another service keeps them: to know which concepts exist.

Matching publishes its taxonomy as a feed; whoever stores a skill, an occupation or a
certificate follows it into a `known_concept` table and refuses ids that are not there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Integer,
    MetaData,
    Table,
    Text,
    bindparam,
    delete,
    func,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.ext.asyncio import AsyncSession

from shared.feed import Event
from shared.problems import Fault, escape

RETIRED = "ConceptRetired"
TOLD = ("version", "retired", "replaced_by")
CONCEPT = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class Mention:
    """One concept id in a body: its kind ("skill", say) and where it stands."""

    kind: str
    id: str
    pointer: str


def vocabulary_table(metadata: MetaData) -> Table:
    """The concepts the service whose schema `metadata` names has heard of."""
    return Table(
        "known_concept",
        metadata,
        Column("kind", Text, primary_key=True),
        Column("id", Text, primary_key=True),
        Column("version", Integer, nullable=False),
        Column("retired", Boolean, nullable=False),
        # of a retired one: the concept that stands for it now
        Column("replaced_by", Text),
    )


class Vocabulary:
    """The projection of the taxonomy feed into `known_concept`."""

    def __init__(self, table: Table) -> None:
        self._table = table

    async def begin_rebuild(self, session: AsyncSession) -> None:
        """Keep every concept usable while the snapshot is read, at version 0."""
        await session.execute(update(self._table).values(version=0))

    async def apply(self, session: AsyncSession, events: Sequence[Event]) -> None:
        newest: dict[str, Event] = {}
        for event in events:
            held = newest.get(event.entity_id)
            if held is None or held.entity_version < event.entity_version:
                newest[event.entity_id] = event
        if not newest:
            return
        row = insert(self._table).values(
            [
                {
                    "kind": event.data["kind"],
                    "id": event.data["id"],
                    "version": event.entity_version,
                    "retired": event.type == RETIRED,
                    "replaced_by": event.data.get("replaced_by"),
                }
                for event in newest.values()
            ]
        )
        await session.execute(
            row.on_conflict_do_update(
                index_elements=["kind", "id"],
                set_={name: row.excluded[name] for name in TOLD},
                where=self._table.c.version < row.excluded.version,
            )
        )

    async def end_rebuild(self, session: AsyncSession) -> None:
        await session.execute(delete(self._table).where(self._table.c.version == 0))


def mentions(body: Any, places: Mapping[str, str]) -> list[Mention]:
    """The concept ids in a body of any shape, parsed or raw.

    `places` maps a pattern to the kind of concept that stands there:
    `{"/skills/*/skill": "skill"}`, `*` being every item of a list. What is not shaped
    so is left to the schema to complain about.
    """
    return [
        Mention(kind, value, pointer)
        for pattern, kind in places.items()
        for pointer, value in _at(body, pattern.split("/")[1:], "")
        if isinstance(value, str) and CONCEPT.fullmatch(value)
    ]


async def unknown_concepts(
    session: AsyncSession, table: Table, mentioned: Sequence[Mention]
) -> list[Fault]:
    """A fault for every mention of a concept that is unknown or retired."""
    if not mentioned:
        return []
    asked = sorted({(mention.kind, mention.id) for mention in mentioned})
    pairs = (
        func.unnest(
            bindparam("kinds", [kind for kind, _ in asked], ARRAY(Text)),
            bindparam("ids", [concept for _, concept in asked], ARRAY(Text)),
        )
        .table_valued("kind", "id")
        .render_derived()
    )
    found = await session.execute(
        select(table.c.kind, table.c.id, table.c.retired, table.c.replaced_by).join(
            pairs, (table.c.kind == pairs.c.kind) & (table.c.id == pairs.c.id)
        )
    )
    states = {(row.kind, row.id): row for row in found}
    faults = []
    for mention in mentioned:
        state = states.get((mention.kind, mention.id))
        if state is None:
            message = f"is no {mention.kind} of the taxonomy"
            faults.append(Fault(mention.pointer, f"unknown_{mention.kind}", message))
        elif state.retired:
            message = f"is a {mention.kind} that the taxonomy has retired"
            if state.replaced_by:
                message += f" for {state.replaced_by}"
            faults.append(Fault(mention.pointer, f"retired_{mention.kind}", message))
    return faults


def _at(value: Any, path: Sequence[str], pointer: str) -> Iterator[tuple[str, Any]]:
    if not path:
        yield pointer, value
    elif path[0] == "*":
        if isinstance(value, list):
            for number, item in enumerate(value):
                yield from _at(item, path[1:], f"{pointer}/{number}")
    elif isinstance(value, Mapping) and path[0] in value:
        yield from _at(value[path[0]], path[1:], f"{pointer}/{escape(path[0])}")
