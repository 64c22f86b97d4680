"""The two feeds that matching follows, each into its projection."""

from __future__ import annotations

import httpx

from services.matching.intake.blocklists import BlocklistProjection
from services.matching.intake.postings import PostingProjection
from services.matching.intake.workers import WorkerProjection
from services.matching.models import feed_cursor
from services.matching.persons.registry import erasing
from services.matching.runs.doorbell import Doorbell
from shared.database import Database
from shared.follow import FeedClient, Follower
from shared.persons.erasing import Together
from shared.settings import Settings
from shared.tokens import service_token


def followers(
    settings: Settings, database: Database, http: httpx.AsyncClient, doorbell: Doorbell
) -> list[Follower]:
    token = service_token(settings, "matching")
    profiles = FeedClient(http, settings.profiles_url, "profiles", token)
    postings = FeedClient(http, settings.postings_url, "postings", token)
    return [
        Follower(
            database, feed_cursor, profiles, Together(erasing(), WorkerProjection())
        ),
        Follower(
            database,
            feed_cursor,
            postings,
            Together(BlocklistProjection(), PostingProjection(doorbell)),
        ),
    ]
