"""The taxonomy as a table, versioned concept by concept, and what its loads changed."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Identity,
    Integer,
    Table,
    Text,
)
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
    # of a retired one: the concept that stands for it now
    Column("replaced_by", Text),
    Column("isco08", Text),
    Column("label_en", Text, nullable=False),
    Column("label_zh", Text, nullable=False),
    # language → names beside the label
    Column("aliases", JSONB, nullable=False),
    # what the concept is linked to, by kind of link; see commands.py
    Column("links", JSONB, nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
)

# One row for each load that changed something; the first one publishes everything and
# is told as such, without a row for each concept.
taxonomy_load = Table(
    "taxonomy_load",
    metadata,
    Column("number", BigInteger, Identity(always=True), primary_key=True),
    Column("version", Text, nullable=False),
    Column("published", Integer, nullable=False),
    Column("retired", Integer, nullable=False),
    Column("loaded_at", DateTime(timezone=True), nullable=False),
)

concept_change = Table(
    "concept_change",
    metadata,
    Column("seq", BigInteger, Identity(always=True), primary_key=True),
    Column("load", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("change", Text, nullable=False),
    Column("label_en", Text, nullable=False),
    Column("label_zh", Text, nullable=False),
    # the labels before a renaming
    Column("before_en", Text),
    Column("before_zh", Text),
    Column("replaced_by", Text),
)
