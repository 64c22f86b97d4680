"""What was typed and not understood, and what operators made of it."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Identity,
    LargeBinary,
    Table,
    Text,
    Uuid,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from services.matching.models import metadata

# `folded` and `example` are null until enough different callers typed it; see privacy
phrase = Table(
    "phrase",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("folded", Text),
    Column("example", Text),
    Column("language", Text),
    Column("count", BigInteger, nullable=False),
    # a mark for each caller, of no meaning beside another phrase's; at most MOST_MARKS
    Column("callers", ARRAY(BigInteger), nullable=False),
    Column("first_seen", DateTime(timezone=True), nullable=False),
    Column("last_seen", DateTime(timezone=True), nullable=False),
    Column("state", Text, nullable=False),
)

binding = Table(
    "binding",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("folded", Text, nullable=False),
    Column("concept", Text, nullable=False),
    Column("bound_by", Uuid, nullable=False),
    Column("bound_at", DateTime(timezone=True), nullable=False),
)

# One row: grows with every change of a binding, and its lock puts them in an order.
binding_version = Table(
    "binding_version",
    metadata,
    Column("only_row", Boolean, primary_key=True),
    Column("version", BigInteger, nullable=False),
)

# Only ever added to: the logins of the services have no right to change or delete.
phrase_audit = Table(
    "phrase_audit",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("who", Uuid, nullable=False),
    Column("role", Text, nullable=False),
    Column("action", Text, nullable=False),
    # the binding, or the phrase that was dismissed
    Column("subject", Uuid, nullable=False),
    Column("before", JSONB(none_as_null=True)),
    Column("after", JSONB(none_as_null=True)),
)
