"""The API of the postings service."""

from __future__ import annotations

from fastapi import FastAPI

from services.postings.models import outbox
from services.postings.postings.queries import feed_snapshot
from services.postings.postings.routes import router
from shared.feed import feed_router
from shared.settings import Settings
from shared.webapp import new_app


def build(settings: Settings) -> FastAPI:
    routers = [router, feed_router("postings", outbox, feed_snapshot)]
    return new_app("postings", settings, routers, prefixes=["/v1/postings"])
