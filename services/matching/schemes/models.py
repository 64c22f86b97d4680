"""Imported classifications: schemes, their entries and links, crosswalks."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Computed,
    DateTime,
    Double,
    Integer,
    Table,
    Text,
)
from sqlalchemy.dialects.postgresql import JSONB

from services.matching.models import metadata

scheme = Table(
    "scheme",
    metadata,
    Column("id", Text, primary_key=True),
    Column("version", Text),
    Column("imported_at", DateTime(timezone=True), nullable=False),
    # kind of entry, or "link" → how many there are; retired entries do not count
    Column("counts", JSONB, nullable=False),
    Column("languages", JSONB, nullable=False),
)

entry = Table(
    "entry",
    metadata,
    Column("scheme", Text, primary_key=True),
    Column("code", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("uri", Text),
    # language → {"preferred": …, "aliases": […]}
    Column("labels", JSONB, nullable=False),
    # language → text
    Column("descriptions", JSONB, nullable=False),
    # codes of the same scheme; null where no file has said
    Column("broader", JSONB(none_as_null=True)),
    Column("extra", JSONB(none_as_null=True)),
    Column("retired", Boolean, nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
    # every name, in lower case
    Column("names", Text, Computed("…")),
)

entry_link = Table(
    "entry_link",
    metadata,
    Column("scheme", Text, primary_key=True),
    Column("from_code", Text, primary_key=True),
    Column("to_code", Text, primary_key=True),
    Column("relation", Text, primary_key=True),
    # which kind of file told it: what vanishes from there is deleted
    Column("source", Text, nullable=False),
    # the smaller the closer, where the source ranks its links
    Column("rank", Integer),
)

crosswalk = Table(
    "crosswalk",
    metadata,
    Column("from_scheme", Text, primary_key=True),
    Column("from_code", Text, primary_key=True),
    Column("to_scheme", Text, primary_key=True),
    Column("to_code", Text, primary_key=True),
    Column("relation", Text, nullable=False),
    Column("confidence", Double, nullable=False),
    Column("source", Text, nullable=False),
)
