"""Keys of persons and organisations, and what is sealed with them beside profiles."""

from __future__ import annotations

from sqlalchemy import Column, DateTime, LargeBinary, Table, Text, Uuid, func

from services.profiles.models import metadata

# Erasing a person is deleting this row: nothing sealed for them opens any more, in
# this database, in any copy of it and in any backup.
subject_key = Table(
    "subject_key",
    metadata,
    Column("subject", Uuid, primary_key=True),
    Column("wrapped", LargeBinary, nullable=False),
    # the name of the key that wraps it; see keyring
    Column("wrapped_by", Text, nullable=False),
    Column("made_at", DateTime(timezone=True), server_default=func.now()),
)

# `sealed` is the document's content (its number, a birth date), `number_hash` finds
# the same document again without opening any.
identity_document = Table(
    "identity_document",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("subject", Uuid, nullable=False),
    Column("kind", Text, nullable=False),
    Column("country", Text, nullable=False),
    Column("number_hash", LargeBinary, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("recorded_by", Uuid, nullable=False),
    Column("recorded_at", DateTime(timezone=True), server_default=func.now()),
)
