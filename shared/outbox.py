"""The transactional outbox: a command records its event beside its rows.

The outbox *is* the feed: `shared.feed` serves these rows. Feed order is (xid, id) of
the writing transaction and not commit order, so an event carries the version of its
entity and consumers apply only a greater one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Identity,
    Index,
    Integer,
    MetaData,
    SmallInteger,
    Table,
    Text,
    cast,
    func,
    insert,
    true,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.types import UserDefinedType

from shared.tracing import current_traceparent

POSITION_HEADER = "Feed-Position"


class Xid8(UserDefinedType[str]):
    """PostgreSQL's 64-bit transaction id; travels as text."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "xid8"


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A place in one service's feed: everything up to and including (xid, id)."""

    xid: int
    id: int

    def __str__(self) -> str:
        return f"{self.xid}.{self.id}"

    @classmethod
    def parse(cls, text: str) -> Position:
        """Raises ValueError unless `text` is "<xid>.<id>", both non-negative and within
        PostgreSQL's numbers: an xid8 has 64 bits, an id 63."""
        xid, _, number = text.partition(".")
        if not (xid.isascii() and xid.isdigit() and number.isascii()):
            raise ValueError(f"{text!r} is no feed position")
        if not number.isdigit() or len(xid) > 19 or len(number) > 19:
            raise ValueError(f"{text!r} is no feed position")
        if int(xid) >= 2**64 or int(number) >= 2**63:
            raise ValueError(f"{text!r} is no feed position")
        return cls(int(xid), int(number))


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event to record; `data` is the entity's whole new state."""

    type: str
    entity_id: str
    entity_version: int
    data: Mapping[str, Any]
    schema_version: int = 1


def outbox_table(metadata: MetaData) -> Table:
    """The outbox of the service whose schema `metadata` names, and beside it the one
    row that says how far old events have been pruned."""
    table = Table(
        "outbox",
        metadata,
        Column("id", BigInteger, Identity(always=True), primary_key=True),
        Column("xid", Xid8, nullable=False, server_default=func.pg_current_xact_id()),
        Column("type", Text, nullable=False),
        Column("entity_id", Text, nullable=False),
        Column("entity_version", Integer, nullable=False),
        Column("schema_version", SmallInteger, nullable=False),
        Column(
            "occurred_at",
            DateTime(timezone=True),
            nullable=False,
            server_default=func.now(),
        ),
        Column("data", JSONB, nullable=False),
        # W3C trace context of the request that recorded it
        Column("traceparent", Text),
    )
    Index("outbox_feed", table.c.xid, table.c.id)
    Table(
        "outbox_pruned",
        metadata,
        Column(
            "only_row",
            Boolean,
            CheckConstraint("only_row"),
            primary_key=True,
            server_default=true(),
        ),
        Column("xid", Xid8, nullable=False),
        Column("id", BigInteger, nullable=False),
    )
    return table


async def record_events(
    session: AsyncSession, outbox: Table, events: Sequence[NewEvent]
) -> Position:
    """Record events in the caller's transaction; the position of the last of them.

    They carry the trace context of what is being done, where there is one.
    The position also goes into the response's Feed-Position header when the session
    belongs to a request, so that a later read can ask to see this change.
    """
    if not events:
        raise ValueError("no events to record")
    traceparent = current_traceparent()
    rows = [
        {
            "type": event.type,
            "entity_id": event.entity_id,
            "entity_version": event.entity_version,
            "schema_version": event.schema_version,
            "data": event.data,
            "traceparent": traceparent,
        }
        for event in events
    ]
    statement = insert(outbox).returning(cast(outbox.c.xid, Text), outbox.c.id)
    written = (await session.execute(statement, rows)).all()
    position = max(Position(int(xid), number) for xid, number in written)
    headers = session.info.get("headers")
    if headers is not None:
        headers[POSITION_HEADER] = f"{outbox.schema}={position}"
    return position


async def record_event(
    session: AsyncSession,
    outbox: Table,
    type: str,
    entity_id: object,
    entity_version: int,
    data: Mapping[str, Any],
) -> Position:
    """Record one event; see `record_events`."""
    event = NewEvent(type, str(entity_id), entity_version, data)
    return await record_events(session, outbox, [event])
