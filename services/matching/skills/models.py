"""The taxonomy as a table, versioned concept by concept."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, DateTime, Identity, Integer, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from services.matching.models import metadata

concept = Table(
    "concept",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    # for whoever wants 32 bits instead of a slug; never given to another concept
    Column("number", Integer, Identity(always=True), nullable=False),
    Column("version", Integer, nullable=False),
    Column("retired", Boolean, nullable=False),
    Column("isco08", Text),
    Column("label_en", Text, nullable=False),
    Column("label_zh", Text, nullable=False),
    # language → names beside the label
    Column("aliases", JSONB, nullable=False),
    # what the concept is linked to, by kind of link; see commands.py
    Column("links", JSONB, nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
)
