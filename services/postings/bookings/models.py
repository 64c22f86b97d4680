"""The row of each worker that a booking locks, and that its rules read."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Date, Integer, Table, Text, Uuid, false
from sqlalchemy.dialects.postgresql import JSONB

from services.postings.models import metadata

# A removed worker keeps an emptied row: an older event that comes later finds its
# version. `stale` is what a rebuild has not met again yet.
booking_worker = Table(
    "booking_worker",
    metadata,
    Column("worker", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("removed", Boolean, nullable=False),
    Column("zone", Text),
    # the day on which a minor comes of age; null of everybody else
    Column("minor_until", Date),
    # [{"country", "expires_on"}]: the last day, null without end
    Column("right_to_work", JSONB, nullable=False),
    # [{"certificate", "expires_on"}]: likewise
    Column("certificates", JSONB, nullable=False),
    Column("stale", Boolean, nullable=False, server_default=false()),
)
