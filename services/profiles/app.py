"""The API of profiles: accounts, workers, organisations and their feed."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI, Request

from services.profiles.accounts.registrar import open_registrar
from services.profiles.accounts.routes import router as accounts
from services.profiles.acting.routes import router as consents
from services.profiles.agencies.routes import router as agencies
from services.profiles.api_keys.routes import router as api_keys
from services.profiles.identity.routes import router as identity
from services.profiles.members.routes import router as members
from services.profiles.models import audit, outbox
from services.profiles.organisations.routes import router as organisations
from services.profiles.privacy.erasing import OtherServices
from services.profiles.privacy.routes import router as privacy
from services.profiles.privacy.rules import load_rules
from services.profiles.sign_ins.queries import own_revocations
from services.profiles.sign_ins.routes import router as sign_ins
from services.profiles.snapshot import snapshot
from services.profiles.work_papers.faults import papers_faults, shift_faults
from services.profiles.work_papers.routes import router as work_papers
from services.profiles.workers.commands import document_faults
from services.profiles.workers.routes import router as workers
from shared.audit.routes import audit_router
from shared.feed import feed_router
from shared.outgoing import new_client
from shared.problems import Fault
from shared.settings import Settings
from shared.tokens import service_token
from shared.values import now
from shared.webapp import new_app

PROFILE = re.compile(r"/v1/workers(/[^/]*(/availability)?)?$")
"""The paths whose bodies are profiles, or parts of them."""


def build(settings: Settings) -> FastAPI:
    return new_app(
        "profiles",
        settings,
        [
            identity,
            workers,
            privacy,
            work_papers,
            organisations,
            agencies,
            sign_ins,
            members,
            api_keys,
            consents,
            accounts,  # last: its /{account_id} would take the others' names for ids
            feed_router("profiles", outbox, snapshot),
            audit_router(audit),
        ],
        prefixes=["/v1/workers", "/v1/organisations", "/v1/accounts"],
        lifespan=_lifespan,
        revoked=own_revocations,
        late_check=_profile_faults,
    )


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    settings: Settings = app.state.settings
    async with app.state.database.as_system() as session:
        await load_rules(session)
    async with new_client() as http, open_registrar(app):
        token = service_token(settings, "profiles")
        app.state.other_services = OtherServices(http, settings, token)
        yield


async def _profile_faults(request: Request, body: Any) -> Sequence[Fault]:
    """Tell what only the rules know together with what the schema found."""
    if request.url.path.endswith("/work-papers"):
        return papers_faults(body, now())
    if request.url.path.endswith("/may-work"):
        return shift_faults(body, now())
    if not PROFILE.match(request.url.path):
        return []
    async with request.app.state.database.as_nobody() as session:
        return await document_faults(session, body)
