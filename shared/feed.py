"""The pull feed of a service: GET /v1/feeds/{service}, served from its outbox.

A cursor is `<epoch>.<xid>.<id>`. Only events whose transaction is older than every
transaction still running are visible: reading by `id > cursor` alone loses events when
transactions overlap. The epoch names the cluster; a restored one has another, and a
consumer that sees the mismatch rebuilds from the snapshot.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict
from sqlalchemy import Table, text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.access import Own, allow
from shared.database import Database
from shared.identity import Role, Scope
from shared.openapi import problems
from shared.outbox import Position
from shared.problems import Fault, InvalidRequest, Problem

Snapshot = Callable[[AsyncSession, str | None, int], Awaitable[Sequence["Event"]]]
"""(session, id of the last entity seen, limit) → the next entities by id, each as the
event that would publish its state now."""

PRUNED_AT_ONCE = 5_000

EPOCH = text(
    "SELECT system_identifier::text || '-' || timeline_id::text"
    " FROM pg_control_system(), pg_control_checkpoint()"
)

# A restored cluster begins to count transactions anew: what it was told of pruning by
# the old one may lie ahead of every event that it will have for a long time.
OF_THIS_EPOCH = "xid < pg_snapshot_xmax(pg_current_snapshot())"


class FeedMoved(Problem):
    """This cursor is of another epoch, or too old: rebuild from the snapshot."""

    status = 410
    kind = "feed-moved"


class Event(BaseModel):
    """One event: the whole new state of one entity in `data`.

    `traceparent` is the W3C trace context of what caused it, as in the extension of
    CloudEvents for distributed tracing.
    """

    type: str
    entity_id: str
    entity_version: int
    schema_version: int = 1
    occurred_at: datetime
    data: dict[str, Any]
    position: str | None = None
    traceparent: str | None = None


EVENT_EXAMPLE: dict[str, Any] = {
    "type": "ConceptPublished",
    "entity_id": "skill:forklift-driving",
    "entity_version": 1,
    "schema_version": 1,
    "occurred_at": "2026-11-24T09:00:00Z",
    "data": {"kind": "skill", "id": "forklift-driving", "version": 1},
    "position": "1042.17",
    "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
}


class Batch(BaseModel):
    """Some events in feed order and the cursor to go on from."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "epoch": "7711581603330927064-1",
                    "events": [EVENT_EXAMPLE],
                    "next": "7711581603330927064-1.1042.17",
                }
            ]
        }
    )

    epoch: str
    events: list[Event]
    next: str


class SnapshotPage(BaseModel):
    """Entities as they are now; `next` is null on the last page."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"events": [EVENT_EXAMPLE], "next": None}]}
    )

    events: list[Event]
    next: str | None


class FeedCursor(BaseModel):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"cursor": "7711581603330927064-1.1042.17"}]}
    )

    cursor: str


def feed_router(service: str, outbox: Table, snapshot: Snapshot) -> APIRouter:
    """The feed of `service`: position, events after a cursor, and the snapshot."""
    router = APIRouter(prefix=f"/v1/feeds/{service}", tags=["feeds"])
    only_services = [allow(Role.SERVICE, scope=Scope.FEEDS_READ, own=Own.SYSTEM)]

    @router.get(
        "/position",
        summary="Read where the feed stands",
        dependencies=only_services,
        responses=problems(),
    )
    async def read_feed_position(request: Request) -> FeedCursor:
        """Where the feed stands: the last event that is visible now."""
        async with request.app.state.database.as_system() as session:
            epoch = await _epoch(session)
            position = await _visible_position(session, outbox)
        return FeedCursor(cursor=f"{epoch}.{position}")

    @router.get(
        "/snapshot",
        summary="Read every entity as it is now",
        dependencies=only_services,
        responses=problems(),
    )
    async def read_feed_snapshot(
        request: Request,
        after: Annotated[str | None, Query(max_length=200)] = None,
        limit: Annotated[int, Query(ge=1, le=1000)] = 500,
    ) -> SnapshotPage:
        """Page all entities by id; note the position first, and replay from there."""
        async with request.app.state.database.as_system() as session:
            events = list(await snapshot(session, after, limit))
        last = events[-1].entity_id if len(events) == limit else None
        return SnapshotPage(events=events, next=last)

    @router.get(
        "",
        summary="Read the events after a cursor",
        dependencies=only_services,
        response_model=Batch,
        responses=problems(FeedMoved),
    )
    async def read_feed(
        request: Request,
        after: Annotated[str, Query(max_length=200)],
        limit: Annotated[int, Query(ge=1, le=1000)] = 500,
        wait: Annotated[float, Query(ge=0, le=30, description="Seconds.")] = 0,
    ) -> Response:
        """Events after a cursor, waiting up to `wait` seconds for the first."""
        epoch, position = parse_cursor(after)
        state = request.app.state
        deadline = time.monotonic() + wait
        while True:
            async with state.database.as_system() as session:
                await _check_cursor(session, outbox, epoch, position)
                events = await _events_after(session, outbox, position, limit)
            last = time.monotonic() >= deadline or await request.is_disconnected()
            if events or last:
                break
            await asyncio.sleep(state.settings.feed_poll_seconds)
        reached = events[-1]["position"] if events else str(position)
        # rows as they are: checking each again would cost more than reading it
        batch = {"epoch": epoch, "events": events, "next": f"{epoch}.{reached}"}
        return Response(orjson.dumps(batch), media_type="application/json")

    return router


def parse_cursor(cursor: str) -> tuple[str, Position]:
    """Split `<epoch>.<xid>.<id>`; raises InvalidRequest."""
    epoch, _, position = cursor.partition(".")
    try:
        return epoch, Position.parse(position)
    except ValueError:
        fault = Fault("after", "cursor", "is not a cursor of a feed", "query")
        raise InvalidRequest(faults=[fault]) from None


async def prune(database: Database, outbox: Table, older_than: datetime) -> int:
    """Delete events older than a moment and remember how far; returns how many went.

    A consumer whose cursor lies before the last pruned event is told to rebuild. Goes
    in steps: one transaction may last no longer than its timeout.
    """
    statement = text(
        f"""
        WITH old AS (
            SELECT id FROM {outbox.fullname}
            WHERE xid < pg_snapshot_xmin(pg_current_snapshot())
            AND occurred_at < :moment
            ORDER BY xid, id LIMIT {PRUNED_AT_ONCE:d}
        ), gone AS (
            DELETE FROM {outbox.fullname} USING old WHERE {outbox.fullname}.id = old.id
            RETURNING xid, {outbox.fullname}.id
        ), last AS (
            INSERT INTO {outbox.schema}.outbox_pruned (xid, id)
            SELECT xid, id FROM gone ORDER BY xid DESC, id DESC LIMIT 1
            ON CONFLICT (only_row) DO UPDATE SET xid = excluded.xid, id = excluded.id
            WHERE (outbox_pruned.xid, outbox_pruned.id) < (excluded.xid, excluded.id)
        )
        SELECT count(*) FROM gone
        """
    )
    total = 0
    while True:
        async with database.as_system() as session:
            gone = int(
                (await session.execute(statement, {"moment": older_than})).scalar_one()
            )
        total += gone
        if gone < PRUNED_AT_ONCE:
            return total


async def _epoch(session: AsyncSession) -> str:
    return str((await session.execute(EPOCH)).scalar_one())


async def _visible_position(session: AsyncSession, outbox: Table) -> Position:
    """The last event that is visible, kept or not: what a follower can really reach."""
    statement = text(
        f"""
        (SELECT xid::text, id FROM {outbox.fullname}
         WHERE xid < pg_snapshot_xmin(pg_current_snapshot())
         ORDER BY outbox.xid DESC, id DESC LIMIT 1)
        UNION ALL
        (SELECT xid::text, id FROM {outbox.schema}.outbox_pruned WHERE {OF_THIS_EPOCH})
        LIMIT 1
        """
    )
    last = (await session.execute(statement)).first()
    return Position(int(last[0]), last[1]) if last else Position(0, 0)


async def _check_cursor(
    session: AsyncSession, outbox: Table, epoch: str, position: Position
) -> None:
    if await _epoch(session) != epoch:
        raise FeedMoved("The feed has a new epoch.")
    pruned = text(
        f"SELECT xid::text, id FROM {outbox.schema}.outbox_pruned"
        " WHERE (xid, id) > (CAST(CAST(:xid AS text) AS xid8), CAST(:id AS bigint))"
        f" AND {OF_THIS_EPOCH}"
    )
    values = {"xid": str(position.xid), "id": position.id}
    if (await session.execute(pruned, values)).first() is not None:
        raise FeedMoved("Events after this cursor are no longer kept.")


async def _events_after(
    session: AsyncSession, outbox: Table, position: Position, limit: int
) -> list[dict[str, Any]]:
    statement = text(
        "SELECT type, entity_id, entity_version, schema_version, occurred_at, data,"
        " traceparent,"
        " xid::text || '.' || id::text AS position"
        f" FROM {outbox.fullname}"
        " WHERE (xid, id) > (CAST(CAST(:xid AS text) AS xid8), CAST(:id AS bigint))"
        " AND xid < pg_snapshot_xmin(pg_current_snapshot())"
        f" ORDER BY xid, id LIMIT {limit:d}"
    )
    values = {"xid": str(position.xid), "id": position.id}
    rows = (await session.execute(statement, values)).mappings()
    return [dict(row) for row in rows]
