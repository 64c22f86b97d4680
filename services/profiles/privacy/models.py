"""Erasures, disclosures, consents and how long what is kept."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, DateTime, Integer, Table, Text, Uuid, func
from sqlalchemy.dialects.postgresql import JSONB

from services.profiles.models import metadata

# One row a removal. `services` says of each service what it erased and when; the
# reason is a code.
erasure = Table(
    "erasure",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("worker", Uuid, nullable=False),
    Column("version", Integer, nullable=False),
    Column("reason", Text, nullable=False),
    Column("asked_by", Text, nullable=False),
    Column("asked_at", DateTime(timezone=True), server_default=func.now()),
    Column("told_at", DateTime(timezone=True), server_default=func.now()),
    Column("services", JSONB, nullable=False),
    Column("completed_at", DateTime(timezone=True)),
)

# Whom an application or a submittal lets know who a worker is; `id` is the latter's.
disclosure = Table(
    "disclosure",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("worker", Uuid, nullable=False),
    Column("organisation", Uuid, nullable=False),
    Column("reason", Text, nullable=False),
    Column("since", DateTime(timezone=True), nullable=False),
    Column("until", DateTime(timezone=True)),
)

consent_kind = Table(
    "consent_kind",
    metadata,
    Column("id", Text, primary_key=True),
    # grows with the wording: what was consented to is what was read
    Column("version", Integer, nullable=False),
    Column("wording", Text, nullable=False),
    Column("retired", Boolean, nullable=False),
)

consent = Table(
    "consent",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("worker", Uuid, nullable=False),
    Column("kind", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("given_at", DateTime(timezone=True), server_default=func.now()),
    # who gave and withdrew it, when that was somebody acting for the worker
    Column("given_through", Uuid),
    Column("withdrawn_at", DateTime(timezone=True)),
    Column("withdrawn_through", Uuid),
)

retention_rule = Table(
    "retention_rule",
    metadata,
    # ISO 3166 code of a country, or * for those without a rule of their own
    Column("jurisdiction", Text, primary_key=True),
    Column("what", Text, primary_key=True),
    Column("keep_days", Integer, nullable=False),
    Column("notice_days", Integer, nullable=False),
    Column("source", Text, nullable=False),
)

retention_notice = Table(
    "retention_notice",
    metadata,
    Column("worker", Uuid, primary_key=True),
    Column("noticed_at", DateTime(timezone=True), server_default=func.now()),
    Column("due_at", DateTime(timezone=True), nullable=False),
)
