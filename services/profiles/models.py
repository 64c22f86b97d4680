"""The tables of the schema `profiles`."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    DateTime,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    Uuid,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB

from shared.audit.log import AuditLog
from shared.follow import cursor_table
from shared.outbox import outbox_table
from shared.vocabulary import vocabulary_table

metadata = MetaData(schema="profiles")

Row = dict[str, Any]
"""A row by column name; JSON sections as documents."""

outbox = outbox_table(metadata)
audit = AuditLog(metadata)
feed_cursor = cursor_table(metadata)
known_concept = vocabulary_table(metadata)

# One row is one worker; a section is one JSON document of the API's shape. A removed
# profile keeps an emptied row: its version goes on if the person comes back.
worker = Table(
    "worker",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("active", Boolean, nullable=False),
    # name, contact, exact places and their labels; see workers/sealed.py
    Column("sealed", LargeBinary),
    Column("markets", JSONB, nullable=False),
    Column("kinds", JSONB, nullable=False),
    Column("skills", JSONB, nullable=False),
    Column("places", JSONB, nullable=False),
    Column("accepts_lodging", Boolean, nullable=False),
    Column("accepts_remote", Boolean, nullable=False),
    Column("zone", Text, nullable=False),
    Column("weekly", JSONB, nullable=False),
    Column("exceptions", JSONB, nullable=False),
    Column("confirmed_at", DateTime(timezone=True)),
    Column("pay_floors", JSONB, nullable=False),
    Column("certificates", JSONB, nullable=False),
    Column("languages", JSONB, nullable=False),
    Column("blocked_organisations", JSONB, nullable=False),
    Column("last_active_at", DateTime(timezone=True)),
    Column("source_system", Text),
    Column("source_id", Text),
    Column("registered_at", DateTime(timezone=True), server_default=func.now()),
    Column("updated_at", DateTime(timezone=True), server_default=func.now()),
    Column("removed_at", DateTime(timezone=True)),
    # of a removed profile: whose it turned out to be
    Column("merged_into", Uuid),
)

organisation = Table(
    "organisation",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("isic", Text),
    Column("country", Text, nullable=False),
    Column("zone", Text, nullable=False),
    Column("sealed_contact", LargeBinary),
    Column("registered_at", DateTime(timezone=True), server_default=func.now()),
    Column("updated_at", DateTime(timezone=True), server_default=func.now()),
)

# A client lets an agency act for it; ended_at is null while neither side has ended it.
mandate = Table(
    "mandate",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("client", Uuid, nullable=False),
    Column("agency", Uuid, nullable=False),
    Column("purposes", JSONB, nullable=False),
    Column("starts_at", DateTime(timezone=True), nullable=False),
    Column("ends_at", DateTime(timezone=True)),
    Column("granted_by", Uuid, nullable=False),
    Column("granted_at", DateTime(timezone=True), nullable=False),
    Column("ended_by", Uuid),
    Column("ended_at", DateTime(timezone=True)),
)

# A worker lets an agency put them forward: to one client, or to all where it is null.
representation = Table(
    "representation",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("worker", Uuid, nullable=False),
    Column("agency", Uuid, nullable=False),
    Column("client", Uuid),
    Column("ends_at", DateTime(timezone=True)),
    Column("granted_by", Uuid, nullable=False),
    Column("granted_at", DateTime(timezone=True), nullable=False),
    Column("ended_by", Uuid),
    Column("ended_at", DateTime(timezone=True)),
)

# Two workers with the same document, for operators to decide on; a trigger adds them.
suspected_duplicate = Table(
    "suspected_duplicate",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("earlier", Uuid, nullable=False),
    Column("later", Uuid, nullable=False),
    Column("status", Text, nullable=False),
    Column("found_at", DateTime(timezone=True), nullable=False),
    Column("decided_by", Uuid),
    Column("decided_at", DateTime(timezone=True)),
)
