"""Identity documents as far as they tell people apart: a keyed hash, never the number.

The key is derived from the installation's secret, which lives outside the database:
who has only the database cannot try numbers.
"""

from __future__ import annotations

import hashlib
import hmac
import unicodedata
from enum import StrEnum
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from services.profiles.models import identity_document

KEY_USE = "identity documents"
FEWEST_CHARACTERS = 4


class DocumentKind(StrEnum):
    PASSPORT = "passport"
    NATIONAL_ID = "national_id"
    RESIDENCE_PERMIT = "residence_permit"
    DRIVING_LICENCE = "driving_licence"


def normalised(number: str) -> str:
    """The number as it is compared: letters and digits alone, upper case, whatever
    width or script their digits were typed in."""
    folded = unicodedata.normalize("NFKC", number).upper()
    return "".join(
        str(unicodedata.decimal(character, character))
        for character in folded
        if character.isalnum()
    )


def digest(key: bytes, kind: DocumentKind, country: str, number: str) -> bytes:
    """32 bytes (HMAC-SHA256), the same for every spelling of the same document."""
    text = "\0".join((kind.value, country, normalised(number)))
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


async def forget_documents(session: AsyncSession, worker_id: UUID) -> None:
    """Of somebody who leaves; nothing of their documents is kept."""
    table = identity_document
    await session.execute(delete(table).where(table.c.worker == worker_id))
