"""A new secret: numbers are hashed with it anew, so that they are found again.

What a document says is sealed with its person's key and can be opened; a document that
somebody else shows meanwhile is compared with it once both are hashed alike.
"""

from __future__ import annotations

from uuid import UUID

import orjson
from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.profiles.identity.documents import DocumentKind, compared
from services.profiles.models import Row
from services.profiles.privacy.registry import IDENTITY_DOCUMENT
from services.profiles.vault.envelope import open_with
from services.profiles.vault.models import identity_document
from services.profiles.vault.sealing import keyed_hash, keys_of
from shared.database import Database

AT_ONCE = 500


async def rehash_documents(database: Database) -> int:
    """How many were hashed with another secret than the newest. May be stopped and run
    again. Raises CannotOpen when the secret that wraps a key is not at hand."""
    table = identity_document
    total, after = 0, UUID(int=0)
    while True:
        async with database.as_system() as session:
            query = select(table).where(table.c.id > after).order_by(table.c.id)
            found = await session.execute(query.limit(AT_ONCE).with_for_update())
            rows = [dict(row) for row in found.mappings()]
            keys = await keys_of(session, {row["subject"] for row in rows})
            for row in rows:
                subject = row["subject"]
                content = open_with(
                    keys[subject], subject, IDENTITY_DOCUMENT, row["sealed"]
                )
                said = orjson.loads(content)
                kind = DocumentKind(row["kind"])
                text = compared(kind, row["country"], said["number"])
                digest = keyed_hash(session, IDENTITY_DOCUMENT, text)
                if digest != row["number_hash"]:
                    await _hash_anew(session, row, digest)
                    total += 1
        if len(rows) < AT_ONCE:
            return total
        after = rows[-1]["id"]


async def _hash_anew(session: AsyncSession, row: Row, digest: bytes) -> None:
    """Unless the same document has been shown again since: one of the two is enough."""
    table = identity_document
    same = select(table.c.id).where(
        table.c.subject == row["subject"], table.c.number_hash == digest
    )
    mine = table.c.id == row["id"]
    if (await session.execute(same)).first() is not None:
        await session.execute(delete(table).where(mine))
    else:
        await session.execute(update(table).where(mine).values(number_hash=digest))
