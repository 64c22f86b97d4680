"""Small values that every room means in the same way."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from enum import StrEnum
from uuid import UUID

from uuid6 import uuid7


class Market(StrEnum):
    LABOR = "labor"
    TALENT = "talent"
    TEMPORARY = "temporary"


class Kind(StrEnum):
    """How somebody is employed."""

    FULL_TIME = "full_time"
    PART_TIME = "part_time"
    TEMPORARY = "temporary"
    CONTRACT = "contract"
    SEASONAL = "seasonal"
    INTERNSHIP = "internship"
    APPRENTICESHIP = "apprenticeship"


class PayUnit(StrEnum):
    HOUR = "hour"
    SHIFT = "shift"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"
    PIECE = "piece"


class Settlement(StrEnum):
    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"


def new_id() -> UUID:
    """A UUIDv7 as a plain `uuid.UUID` (pydantic and asyncpg compare exact types)."""
    return UUID(int=uuid7().int)


def now() -> datetime:
    """The present instant in UTC; what decides a lease is the database's clock."""
    return datetime.now(UTC)


def instant_text(instant: datetime | None) -> str | None:
    """RFC 3339 in UTC, as events and documents write it."""
    if instant is None:
        return None
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


def cell_centre(degrees: float) -> float:
    """The centre of the 0.01° cell that holds a latitude or longitude.

    Matching sees only this (about 1 km): whoever searches many times can place a
    worker no better. Rounded to 3 decimals so that the value is the same everywhere;
    the edge of the globe belongs to the last cell before it.
    """
    cell = math.floor(degrees * 100)
    if degrees in (90.0, 180.0):
        cell -= 1
    return round((cell + 0.5) / 100, 3)
