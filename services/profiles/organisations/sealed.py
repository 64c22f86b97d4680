"""An organisation's contact person, sealed with the organisation's key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy.ext.asyncio import AsyncSession

from services.profiles.models import Row
from services.profiles.vault.sealing import Sealed, open_many, seal

PURPOSE = "organisation contact"
COLUMN = "sealed_contact"


async def stored_values(
    session: AsyncSession, organisation_id: UUID, values: Mapping[str, Any]
) -> Row:
    """Values of a profile as the table keeps them."""
    stored = {name: value for name, value in values.items() if name != "contact"}
    if "contact" in values:
        contact = values["contact"]
        stored[COLUMN] = contact and await seal(
            session, organisation_id, PURPOSE, orjson.dumps(contact)
        )
    return stored


async def opened_rows(session: AsyncSession, rows: Sequence[Row]) -> list[Row]:
    """Rows of the table with their `contact`."""
    sealed = [Sealed(row["id"], row[COLUMN]) for row in rows if row[COLUMN]]
    contacts = await open_many(session, PURPOSE, sealed) if sealed else {}
    opened = []
    for row in rows:
        content = contacts.get(row["id"])
        contact = orjson.loads(content) if content else None
        open_values = {name: value for name, value in row.items() if name != COLUMN}
        opened.append(open_values | {"contact": contact})
    return opened
