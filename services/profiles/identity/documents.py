"""Identity documents: found again by a keyed hash, opened only for the person.

The hash is keyed with the installation's secret, which lives outside the database: who
has only the database cannot try numbers. The content is sealed with the person's own
key, so nothing of it opens once they are erased.
"""

from __future__ import annotations

import unicodedata
from enum import StrEnum
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.profiles.privacy.registry import IDENTITY_DOCUMENT
from services.profiles.vault.models import identity_document
from services.profiles.vault.sealing import keyed_hash, seal
from shared.values import new_id

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


def compared(kind: DocumentKind, country: str, number: str) -> str:
    """What is hashed: the same for every spelling of the same document."""
    return "\0".join((kind.value, country, normalised(number)))


async def keep_document(
    session: AsyncSession,
    worker: UUID,
    kind: DocumentKind,
    country: str,
    number: str,
    by: UUID,
) -> None:
    """Seal it for the worker; the same again changes nothing."""
    content: dict[str, Any] = {"number": number}
    values = {
        "id": new_id(),
        "subject": worker,
        "kind": kind.value,
        "country": country,
        "number_hash": keyed_hash(
            session, IDENTITY_DOCUMENT, compared(kind, country, number)
        ),
        "sealed": await seal(session, worker, IDENTITY_DOCUMENT, orjson.dumps(content)),
        "recorded_by": by,
    }
    row = insert(identity_document).inline().values(values)
    await session.execute(row.on_conflict_do_nothing())
