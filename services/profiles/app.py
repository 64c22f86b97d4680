"""The API of profiles: workers, organisations and their feed."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI, Request

from services.profiles.agencies.routes import router as agencies
from services.profiles.identity.documents import KEY_USE
from services.profiles.identity.routes import router as identity
from services.profiles.models import audit, outbox
from services.profiles.organisations.routes import router as organisations
from services.profiles.snapshot import snapshot
from services.profiles.workers.commands import document_faults
from services.profiles.workers.routes import router as workers
from shared.audit.routes import audit_router
from shared.feed import feed_router
from shared.keys import InstallationSecret
from shared.problems import Fault
from shared.settings import Settings
from shared.webapp import new_app

PROFILE = re.compile(r"/v1/workers(/[^/]*(/availability)?)?$")
"""The paths whose bodies are profiles, or parts of them."""


def build(settings: Settings) -> FastAPI:
    secret = settings.secret_key_file

    @asynccontextmanager
    async def living(app: FastAPI) -> AsyncIterator[None]:
        key = InstallationSecret.read_or_create(secret).derive(KEY_USE)
        app.state.document_key = key
        yield

    return new_app(
        "profiles",
        settings,
        [
            identity,
            workers,
            organisations,
            agencies,
            feed_router("profiles", outbox, snapshot),
            audit_router(audit),
        ],
        prefixes=["/v1/workers", "/v1/organisations"],
        lifespan=living,
        late_check=_profile_faults,
    )


async def _profile_faults(request: Request, body: Any) -> Sequence[Fault]:
    """Tell what only the rules know together with what the schema found."""
    if not PROFILE.match(request.url.path):
        return []
    async with request.app.state.database.as_nobody() as session:
        return await document_faults(session, body)
