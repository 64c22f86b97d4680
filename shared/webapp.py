"""One way to make a service's API: everything declared, or it does not start."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import Any

from fastapi import APIRouter, FastAPI, Request, Response
from sqlalchemy import text
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.types import ASGIApp

from shared.access import EVERYONE, Own, allow
from shared.api_docs import docs_path, docs_router
from shared.body_limit import BodyLimit
from shared.database import Database
from shared.described import complete
from shared.etags import NotModified
from shared.headers import SecurityHeaders, with_cors
from shared.identity import SERVICE_SUBJECTS, Role, Scope
from shared.methods import Methods
from shared.problems import (
    LateCheck,
    Overloaded,
    answer_with_problems,
    problem_response,
)
from shared.rate_limits.declared import RateClasses
from shared.rate_limits.limits import RateLimit, RateLimits
from shared.registry import plain_routes, registry
from shared.request_bounds import RequestBounds
from shared.revocations import FromProfiles, Source, kept_up_to_date
from shared.settings import Settings
from shared.stored_answers import StoredAnswers
from shared.telemetry import Telemetry, metrics_page
from shared.tokens import TokenCheck, holds_signing_key, service_token
from shared.tracing import Tracing

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


def new_app(
    service: str,
    settings: Settings,
    routers: Sequence[APIRouter],
    *,
    prefixes: Sequence[str],
    lifespan: Lifespan | None = None,
    late_check: LateCheck | None = None,
    revoked: Callable[[Database], Source] | None = None,
) -> FastAPI:
    """The API of one service.

    `prefixes` are the first path segments it owns, for whoever routes to it (kept on
    `app.state.prefixes`). `app.state` carries settings, database, token_check and
    registry; a `lifespan` opens what else the service needs and puts it there, among it
    `metrics`: awaited, what /metrics gives besides this process's own. `closing` is set
    when the server is about to stop: answers that go on and on end by it. What was
    revoked is asked of profiles, or of `revoked` where a service knows itself. Raises
    UndeclaredRoute.
    """
    openapi_url = f"/v1/openapi/{service}.json"
    limits = RateLimits(settings, service)

    @asynccontextmanager
    async def living(app: FastAPI) -> AsyncIterator[None]:
        app.state.closing.clear()
        async with AsyncExitStack() as stack:
            stack.push_async_callback(app.state.database.dispose)
            stack.push_async_callback(limits.close)
            known = app.state.token_check.revocations
            if revoked is not None:
                source: Source = revoked(app.state.database)
                await stack.enter_async_context(kept_up_to_date(known, source))
            elif service in SERVICE_SUBJECTS and holds_signing_key(settings):
                token = service_token(settings, service)
                asking = FromProfiles(settings.profiles_url, token)
                stack.push_async_callback(asking.aclose)
                await stack.enter_async_context(kept_up_to_date(known, asking))
            if lifespan is not None:
                await stack.enter_async_context(lifespan(app))
            try:
                yield
            finally:
                app.state.closing.set()

    app = _Api(
        settings,
        title=f"Rollcall {service}",
        version="1",
        lifespan=living,
        openapi_url=openapi_url,
        docs_url=None,
        redoc_url=None,
        # it would redirect to whichever host the request names
        redirect_slashes=False,
        generate_unique_id_function=lambda route: route.name,
    )
    app.state.settings = settings
    app.state.database = Database(settings, service)
    app.state.closing = asyncio.Event()
    app.state.stored_answers = StoredAnswers(service)
    app.state.token_check = TokenCheck(settings)
    app.state.rate_limits = limits
    app.state.prefixes = (
        *prefixes,
        f"/v1/feeds/{service}",
        f"/v1/audit/{service}",
        openapi_url,
        docs_path(service),
    )
    answer_with_problems(app, late_check)
    app.add_exception_handler(NotModified, _not_modified)
    app.add_exception_handler(PoolTimeout, _no_connection)
    every = [*routers, _own_routes()]
    if settings.docs:
        every.append(docs_router(service, openapi_url))
    app.state.registry = registry(service, every)
    app.add_middleware(Methods, routes=plain_routes(every))
    app.add_middleware(BodyLimit, limit=settings.max_body_bytes)
    app.add_middleware(
        RateLimit, limits=limits, classes=RateClasses(plain_routes(every))
    )
    app.add_middleware(RequestBounds)
    app.add_middleware(Telemetry, service=service, addresses=limits.addresses)
    app.add_middleware(Tracing, service=service)
    for router in every:
        app.include_router(router)
    return app


async def _not_modified(_: Request, held: Exception) -> Response:
    assert isinstance(held, NotModified)
    return held.response()


async def _no_connection(_: Request, __: Exception) -> Response:
    """Every connection was in use for as long as anybody waits for one."""
    return problem_response(Overloaded(headers={"Retry-After": "1"}))


class _Api(FastAPI):
    """FastAPI with its whole stack inside of ours, the answer to a crash included."""

    def __init__(self, settings: Settings, **extra: Any) -> None:
        super().__init__(**extra)
        self._settings = settings
        self._completed: dict[str, Any] | None = None

    def openapi(self) -> dict[str, Any]:
        document: dict[str, Any] = super().openapi()
        if document is not self._completed:
            complete(document, self.state.registry)
            self._completed = document
        return document

    def build_middleware_stack(self) -> ASGIApp:
        stack = with_cors(super().build_middleware_stack(), self._settings)
        return SecurityHeaders(stack, self._settings)


def _own_routes() -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get("/healthz", dependencies=[allow(EVERYONE, own=Own.PUBLIC)])
    async def alive() -> dict[str, str]:
        """The process answers."""
        return {"status": "alive"}

    @router.get("/readyz", dependencies=[allow(EVERYONE, own=Own.PUBLIC)])
    async def ready(request: Request, response: Response) -> dict[str, Any]:
        """The process can do its work: its database answers."""
        try:
            async with request.app.state.database.as_nobody() as session:
                await session.execute(text("SELECT 1"))
        except Exception as error:
            response.status_code = 503
            return {"status": "not ready", "database": type(error).__name__}
        extra = getattr(request.app.state, "readiness", None)
        state = extra() if extra else {}
        if not state.get("ready", True):
            response.status_code = 503
        return {"status": "ready" if state.get("ready", True) else "not ready"} | state

    @router.get(
        "/metrics",
        dependencies=[
            allow(
                Role.OPERATOR,
                Role.SERVICE,
                Role.AUDITOR,
                scope=Scope.SYSTEM_READ,
                own=Own.SYSTEM,
            )
        ],
    )
    async def metrics(request: Request) -> Response:
        """Prometheus metrics of this process, and of what its service knows besides."""
        families = getattr(request.app.state, "metrics", None)
        body, media_type = metrics_page(await families() if families else ())
        return Response(body, media_type=media_type)

    return router
