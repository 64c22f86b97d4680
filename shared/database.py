"""PostgreSQL for one service: three logins, one visible transaction per use case.

Row-level security reads three settings: `rollcall.tenant` (an organisation),
`rollcall.subject` (a worker) and `rollcall.caller` (whoever calls). They are set
inside each transaction (`set_config(…, true)`), so nothing stays behind on a pooled
connection.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Annotated, Any

import orjson
from fastapi import Depends, Request, Response
from sqlalchemy import URL, make_url, text
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)

from shared.access import Who
from shared.identity import Caller, Role
from shared.pool_checks import check_before_use
from shared.settings import Settings
from shared.stored_answers import recall

Opener = Callable[[], Awaitable[AsyncSession]]

AUDITOR_CONNECTIONS = 1

SET_WALLS = text(
    "SELECT set_config('rollcall.tenant', :tenant, true),"
    " set_config('rollcall.subject', :subject, true),"
    " set_config('rollcall.caller', :caller, true)"
)


def asyncpg_url(database_url: str) -> URL:
    """A PostgreSQL URL of any spelling, for SQLAlchemy on asyncpg, which knows the
    `sslmode` of libpq as `ssl`."""
    url = make_url(database_url).set(drivername="postgresql+asyncpg")
    if "sslmode" not in url.query:
        return url
    mode = url.query["sslmode"]
    return url.difference_update_query(["sslmode"]).update_query_dict({"ssl": mode})


def new_engine(database_url: str, name: str, pool_size: int) -> AsyncEngine:
    """At most `pool_size` connections, shown as `name` in pg_stat_activity."""
    engine = create_async_engine(
        asyncpg_url(database_url),
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=10,
        hide_parameters=True,  # an error that is logged tells nothing of anybody
        json_serializer=_to_json,
        json_deserializer=orjson.loads,
        connect_args={"server_settings": {"application_name": name}, "timeout": 10},
    )
    check_before_use(engine)
    return engine


def _to_json(value: Any) -> str:
    # asyncpg's UUID is a subclass, which orjson does not take for one
    return orjson.dumps(value, default=str).decode()


class Database:
    """The pools of one service: app (behind the row walls), system, auditor."""

    def __init__(self, settings: Settings, service: str) -> None:
        self.app = new_engine(
            settings.app_database_url, f"rollcall {service}", settings.pool_size
        )
        self.system = new_engine(
            settings.system_database_url,
            f"rollcall {service} system",
            settings.pool_size,
        )
        self.auditor = new_engine(
            settings.auditor_database_url,
            f"rollcall {service} auditor",
            AUDITOR_CONNECTIONS,
        )
        self._app_sessions = _sessions(self.app, settings)
        self._system_sessions = _sessions(self.system, settings)
        alone = self.system.execution_options(isolation_level="AUTOCOMMIT")
        self._system_statements = _sessions(alone, settings)
        self._auditor_sessions = _sessions(self.auditor, settings)

    @asynccontextmanager
    async def as_caller(self, caller: Caller) -> AsyncIterator[AsyncSession]:
        """One transaction that sees what `caller` may see; commits at the end."""
        sessions = self._app_sessions
        if caller.sees_all:
            sessions = self._system_sessions
        elif caller.role is Role.AUDITOR:
            sessions = self._auditor_sessions
        async with sessions.begin() as session:
            await session.execute(SET_WALLS, _walls_of(caller))
            yield session

    @asynccontextmanager
    async def as_oneself(self, caller: Caller) -> AsyncIterator[AsyncSession]:
        """One transaction behind the walls whatever the role: for one's own account,
        where an operator sees no more than theirs and an auditor may write."""
        async with self._app_sessions.begin() as session:
            await session.execute(SET_WALLS, _walls_of(caller))
            yield session

    @asynccontextmanager
    async def as_nobody(self) -> AsyncIterator[AsyncSession]:
        """One transaction behind the walls, for public pages."""
        async with self._app_sessions.begin() as session:
            yield session

    @asynccontextmanager
    async def as_system(self) -> AsyncIterator[AsyncSession]:
        """One transaction of the system login: feeds, intake, operators."""
        async with self._system_sessions.begin() as session:
            yield session

    @asynccontextmanager
    async def as_system_alone(self) -> AsyncIterator[AsyncSession]:
        """The system login where a single statement is all there is: it is its own
        transaction, as durable as any, in one round trip instead of three."""
        async with self._system_statements() as session:
            yield session

    async def dispose(self) -> None:
        await self.app.dispose()
        await self.system.dispose()
        await self.auditor.dispose()


def _walls_of(caller: Caller) -> dict[str, str]:
    # only a worker is a person the row walls know by subject
    subject = caller.subject if caller.role is Role.WORKER else ""
    return {
        "tenant": str(caller.tenant or ""),
        "subject": str(subject),
        "caller": str(caller.subject),
    }


def _sessions(
    engine: AsyncEngine, settings: Settings
) -> async_sessionmaker[AsyncSession]:
    # what works inside a transaction may need a key of the installation
    info = {"settings": settings}
    return async_sessionmaker(
        engine, expire_on_commit=False, autoflush=False, info=info
    )


@asynccontextmanager
async def _request_session(
    request: Request, response: Response, caller: Caller
) -> AsyncIterator[AsyncSession]:
    database: Database = request.app.state.database
    async with database.as_caller(caller) as session:
        session.info["headers"] = response.headers
        request.state.session = session
        await recall(request, session, caller)
        yield session


async def _open_session(
    request: Request, response: Response, caller: Who
) -> AsyncIterator[AsyncSession]:
    async with _request_session(request, response, caller) as session:
        yield session


async def _open_session_later(
    request: Request, response: Response, caller: Who
) -> AsyncIterator[Opener]:
    async with AsyncExitStack() as stack:
        session = _request_session(request, response, caller)
        yield lambda: stack.enter_async_context(session)


# scope="function": commit before the response leaves; without it a failing commit
# still answers 201
OpenSession: Any = Depends(_open_session, scope="function")
SessionDep = Annotated[AsyncSession, OpenSession]
"""The request's transaction, with the caller's tenant and subject set."""

OpenSessionLater: Any = Depends(_open_session_later, scope="function")
LaterSession = Annotated[Opener, OpenSessionLater]
"""Call and await it, once, for a SessionDep that begins only then: a route that waits
for something first holds no connection meanwhile."""

SESSIONS = frozenset({_open_session, _open_session_later})
"""The dependencies that open a request's transaction."""


async def _open_own_session(
    request: Request, caller: Who
) -> AsyncIterator[AsyncSession]:
    database: Database = request.app.state.database
    async with database.as_oneself(caller) as session:
        yield session


OpenOwnSession: Any = Depends(_open_own_session, scope="function")
OwnSession = Annotated[AsyncSession, OpenOwnSession]
"""The request's transaction behind the walls even for operators and auditors."""
