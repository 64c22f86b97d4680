"""The smallest service there can be: notes of an organisation, behind the walls."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import UUID

import httpx
from alembic.migration import MigrationContext
from alembic.operations import Operations
from fastapi import APIRouter, FastAPI, Request, Response
from sqlalchemy import Connection, MetaData, text
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

from infra.migrations import walls
from shared.access import EVERYONE, Own, Who, allow
from shared.audit.log import AuditLog
from shared.audit.routes import audit_router
from shared.database import SessionDep, asyncpg_url
from shared.etags import IfMatch, check_version, set_etag
from shared.feed import Event, feed_router
from shared.fields import Body, Instant, Latitude, ShortText, Whole
from shared.idempotency import ONLY_ASKS, KeyedRoute
from shared.identity import ORGANISATIONS, Caller, Role, Scope
from shared.outbox import outbox_table, record_event
from shared.paging import Cursor, Limit, Page, cut_page, decode_cursor, link_next
from shared.problems import Fault, NotFound
from shared.settings import Settings
from shared.tokens import TokenKey
from shared.values import new_id
from shared.webapp import new_app

SERVICE = "notes"
metadata = MetaData(schema=SERVICE)
outbox = outbox_table(metadata)
audit = AuditLog(metadata)


class NoteIn(Body):
    title: ShortText
    stars: Whole = 0
    due: Instant | None = None
    lat: Latitude | None = None


router = APIRouter(prefix="/v1/notes", route_class=KeyedRoute)


@router.post(
    "",
    status_code=201,
    dependencies=[allow(ORGANISATIONS, scope=Scope.POSTINGS_WRITE, own=Own.TENANT)],
)
async def create_note(
    body: NoteIn, session: SessionDep, caller: Who, response: Response
) -> dict[str, str]:
    note = new_id()
    await session.execute(
        text("INSERT INTO notes.note VALUES (:id, :tenant, :title, 1)"),
        {"id": note, "tenant": caller.tenant, "title": body.title},
    )
    data = {"id": str(note), "title": body.title, "version": 1}
    await record_event(session, outbox, "NoteCreated", note, 1, data)
    set_etag(response, 1)
    return {"id": str(note)}


@router.get(
    "",
    dependencies=[
        allow(ORGANISATIONS, Role.OPERATOR, scope=Scope.POSTINGS_READ, own=Own.TENANT)
    ],
)
async def list_notes(
    request: Request,
    response: Response,
    session: SessionDep,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[str]:
    after = decode_cursor(cursor, UUID)
    rows = (
        await session.execute(
            text(
                "SELECT id, title FROM notes.note WHERE id > coalesce(:after,"
                " '00000000-0000-0000-0000-000000000000'::uuid) ORDER BY id LIMIT :n"
            ),
            {"after": after[0] if after else None, "n": limit + 1},
        )
    ).all()
    page, following = cut_page(rows, limit, lambda row: (row.id,))
    link_next(request, response, following)
    return Page(items=[row.title for row in page], next=following)


@router.put(
    "/{note}",
    dependencies=[allow(ORGANISATIONS, scope=Scope.POSTINGS_WRITE, own=Own.TENANT)],
)
async def rename_note(
    note: UUID,
    body: NoteIn,
    session: SessionDep,
    response: Response,
    if_match: IfMatch = None,
) -> None:
    row = (
        await session.execute(
            text("SELECT version FROM notes.note WHERE id = :id FOR UPDATE"),
            {"id": note},
        )
    ).one_or_none()
    if row is None:
        raise NotFound
    check_version(if_match, row.version)
    await session.execute(
        text("UPDATE notes.note SET title = :title, version = :v WHERE id = :id"),
        {"id": note, "title": body.title, "v": row.version + 1},
    )
    data = {"id": str(note), "title": body.title, "version": row.version + 1}
    await record_event(session, outbox, "NoteRenamed", note, row.version + 1, data)
    set_etag(response, row.version + 1)


@router.post("/broken", dependencies=[allow(EVERYONE, own=Own.PUBLIC), ONLY_ASKS])
async def fail() -> None:
    raise RuntimeError("the secret reason")


@router.post(
    "/late",
    status_code=201,
    dependencies=[allow(ORGANISATIONS, scope=Scope.POSTINGS_WRITE, own=Own.TENANT)],
)
async def fail_at_commit(session: SessionDep) -> dict[str, bool]:
    await session.execute(
        text("INSERT INTO notes.late VALUES (1)")  # its constraint is deferred
    )
    return {"created": True}


TABLES = [
    "CREATE SCHEMA notes",
    """
    CREATE TABLE notes.note (
        id uuid PRIMARY KEY, tenant uuid NOT NULL, title text NOT NULL,
        version integer NOT NULL
    )
    """,
    """
    CREATE TABLE notes.late (
        parent integer REFERENCES notes.late (child) DEFERRABLE INITIALLY DEFERRED,
        child integer UNIQUE
    )
    """,
]


async def snapshot(
    session: AsyncSession, after: str | None, limit: int
) -> Sequence[Event]:
    rows = await session.execute(
        text(
            "SELECT 'NoteCreated' AS type, id::text AS entity_id, now() AS occurred_at,"
            " version AS entity_version, jsonb_build_object('id', id, 'title', title,"
            " 'version', version) AS data"
            " FROM notes.note WHERE id::text > :after ORDER BY id::text LIMIT :n"
        ),
        {"after": after or "", "n": limit},
    )
    return [Event.model_validate(dict(row)) for row in rows.mappings()]


async def spelling(request: Request, body: object) -> list[Fault]:
    if isinstance(body, dict) and body.get("title") == "teh":
        return [Fault("/title", "spelling", "is misspelt")]
    return []


def new_notes_app(settings: Settings) -> FastAPI:
    routers = [router, feed_router(SERVICE, outbox, snapshot), audit_router(audit)]
    return new_app(
        SERVICE, settings, routers, prefixes=["/v1/notes"], late_check=spelling
    )


def create_schema(settings: Settings) -> None:
    """Make the schema `notes` as a migration would."""

    def tables(connection: Connection) -> None:
        with Operations.context(MigrationContext.configure(connection)):
            walls.open_schema(SERVICE)
            walls.outbox(SERVICE)
            walls.trace_events(SERVICE)
            walls.idempotency_keys(SERVICE)
            walls.feed_cursors(SERVICE)
            walls.audit(SERVICE)
            own = f"tenant = {walls.TENANT}"
            walls.wall(
                "notes.note", read=own, write=own, app="SELECT, INSERT, UPDATE, DELETE"
            )
            walls.plain("notes.late", app="INSERT")

    async def run() -> None:
        engine = create_async_engine(asyncpg_url(settings.database_url))
        async with engine.begin() as connection:
            for statement in TABLES:
                await connection.execute(text(statement))
            await connection.run_sync(tables)
        await engine.dispose()

    asyncio.run(run())


def token(settings: Settings, role: Role, tenant: UUID | None = None) -> str:
    key = TokenKey.read_or_create(settings.token_key_file)
    return key.mint(settings, Caller(new_id(), role, tenant), timedelta(minutes=5))


@asynccontextmanager
async def client(
    app: FastAPI, access_token: str | None = None
) -> AsyncIterator[httpx.AsyncClient]:
    """An HTTP client of `app` in this process, with the app's lifespan entered."""
    headers = {"Authorization": f"Bearer {access_token}"} if access_token else {}
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(
            transport=transport, base_url="http://notes", headers=headers
        ) as http,
    ):
        yield http
