"""The table of work papers: ciphertext alone."""

from __future__ import annotations

from sqlalchemy import Column, DateTime, LargeBinary, Table, Uuid

from services.profiles.models import metadata

work_papers = Table(
    "work_papers",
    metadata,
    Column("worker", Uuid, primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False),
)
