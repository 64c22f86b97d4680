"""The API of the postings service."""

from __future__ import annotations

from fastapi import FastAPI

from services.postings.models import audit, erased_person, outbox
from services.postings.persons.registry import PERSONS
from services.postings.postings.queries import feed_snapshot
from services.postings.postings.routes import router
from shared.audit.routes import audit_router
from shared.feed import feed_router
from shared.persons.routes import persons_router
from shared.settings import Settings
from shared.webapp import new_app


def build(settings: Settings) -> FastAPI:
    feed = feed_router("postings", outbox, feed_snapshot)
    # before the posting of any id
    persons = persons_router("/v1/postings", PERSONS, erased_person)
    routers = [persons, router, feed, audit_router(audit)]
    return new_app("postings", settings, routers, prefixes=["/v1/postings"])
