"""One way to make a service's API: everything declared, or it does not start."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import Any

from fastapi import APIRouter, FastAPI, Request, Response
from sqlalchemy import text

from shared.access import EVERYONE, Own, allow
from shared.body_limit import BodyLimit
from shared.database import Database
from shared.etags import NotModified
from shared.identity import SERVICE_SUBJECTS, Role, Scope
from shared.problems import LateCheck, answer_with_problems
from shared.registry import registry
from shared.revocations import FromProfiles, Source, kept_up_to_date
from shared.settings import Settings
from shared.stored_answers import StoredAnswers
from shared.telemetry import Telemetry, metrics_page
from shared.tokens import TokenCheck, holds_signing_key, service_token

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
    registry; a `lifespan` opens what else the service needs and puts it there. What was
    revoked is asked of profiles, or of `revoked` where a service knows itself. Raises
    UndeclaredRoute.
    """
    paths = {
        "openapi_url": f"/v1/openapi/{service}.json",
        "docs_url": f"/docs/{service}",
    }

    @asynccontextmanager
    async def living(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            stack.push_async_callback(app.state.database.dispose)
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
            yield

    app = FastAPI(
        title=f"Rollcall {service}",
        version="1",
        lifespan=living,
        redoc_url=None,
        swagger_ui_oauth2_redirect_url=None,
        generate_unique_id_function=lambda route: route.name,
        **paths,  # type: ignore[arg-type]
    )
    app.state.settings = settings
    app.state.database = Database(settings, service)
    app.state.stored_answers = StoredAnswers(service)
    app.state.token_check = TokenCheck(settings)
    app.state.prefixes = (
        *prefixes,
        f"/v1/feeds/{service}",
        f"/v1/audit/{service}",
        *paths.values(),
    )
    answer_with_problems(app, late_check)
    app.add_exception_handler(NotModified, _not_modified)
    app.add_middleware(BodyLimit, limit=settings.max_body_bytes)
    app.add_middleware(Telemetry, service=service)
    every = (*routers, _own_routes())
    app.state.registry = registry(service, every)
    for router in every:
        app.include_router(router)
    return app


async def _not_modified(_: Request, held: Exception) -> Response:
    assert isinstance(held, NotModified)
    return held.response()


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
    async def metrics() -> Response:
        """Prometheus metrics of this process."""
        body, media_type = metrics_page()
        return Response(body, media_type=media_type)

    return router
