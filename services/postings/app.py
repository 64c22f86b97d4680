"""The API of the postings service."""

from __future__ import annotations

from fastapi import FastAPI

from services.postings.blocklist.routes import router as blocklist
from services.postings.hiring.routes import router as hiring
from services.postings.models import audit, erased_person, outbox
from services.postings.persons.registry import PERSONS
from services.postings.postings.routes import router as postings
from services.postings.snapshot import snapshot
from shared.audit.routes import audit_router
from shared.feed import feed_router
from shared.persons.routes import persons_router
from shared.settings import Settings
from shared.webapp import new_app


def build(settings: Settings) -> FastAPI:
    feed = feed_router("postings", outbox, snapshot)
    # before the posting of any id
    persons = persons_router("/v1/postings", PERSONS, erased_person)
    # and whom one blocks before the application of any id
    own = [persons, postings, blocklist, hiring]
    routers = [*own, feed, audit_router(audit)]
    prefixes = ["/v1/postings", "/v1/applications", "/v1/submittals"]
    return new_app("postings", settings, routers, prefixes=prefixes)
