"""Sealing and opening inside a transaction, one subject at a time or many in one go."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.profiles.vault.envelope import new_data_key, open_with, seal_with
from services.profiles.vault.keyring import keyring
from services.profiles.vault.models import subject_key

INSERT_KEYS = text(
    """
    INSERT INTO profiles.subject_key (subject, wrapped, wrapped_by)
    SELECT made.subject, made.wrapped, :wrapped_by
    FROM unnest(CAST(:subjects AS uuid[]), CAST(:wrapped AS bytea[]))
        AS made (subject, wrapped)
    ORDER BY made.subject
    ON CONFLICT DO NOTHING
    RETURNING subject
    """
)


class Sealed(NamedTuple):
    """Something sealed, and for whom."""

    subject: UUID
    content: bytes


async def seal(
    session: AsyncSession, subject: UUID, purpose: str, plaintext: bytes
) -> bytes:
    """Sealed with the subject's key, which is made if there is none yet."""
    keys = await keys_to_seal_with(session, [subject])
    return seal_with(keys[subject], subject, purpose, plaintext)


async def open_sealed(
    session: AsyncSession, subject: UUID, purpose: str, sealed: bytes
) -> bytes | None:
    """None when the subject's key is destroyed, or behind the caller's wall.

    Raises CannotOpen.
    """
    return (await open_many(session, purpose, [Sealed(subject, sealed)])).get(subject)


async def open_many(
    session: AsyncSession, purpose: str, sealed: Sequence[Sealed]
) -> dict[UUID, bytes]:
    """Subject → plaintext, one each; those without a key are left out.

    Raises CannotOpen.
    """
    keys = await keys_of(session, {entry.subject for entry in sealed})
    return {
        subject: open_with(keys[subject], subject, purpose, content)
        for subject, content in sealed
        if subject in keys
    }


async def keys_to_seal_with(
    session: AsyncSession, subjects: Iterable[UUID]
) -> Mapping[UUID, AESGCM]:
    """The keys of all subjects; new ones are stored wrapped in this transaction."""
    wanted = set(subjects)
    keys = await keys_of(session, wanted)
    missing = sorted(wanted - keys.keys())
    if not missing:
        return keys
    ring = keyring(session)
    made = {subject: new_data_key() for subject in missing}
    stored = await session.execute(
        INSERT_KEYS,
        {
            "subjects": missing,
            "wrapped": [ring.wrap(subject, key) for subject, key in made.items()],
            "wrapped_by": ring.name,
        },
    )
    keys |= {subject: AESGCM(made[subject]) for subject in stored.scalars()}
    if len(keys) < len(wanted):
        # somebody else made them a moment ago
        keys |= await keys_of(session, wanted - keys.keys())
    return keys


def keyed_hash(session: AsyncSession, purpose: str, text: str) -> bytes:
    """See `KeyRing.keyed_hash`."""
    return keyring(session).keyed_hash(purpose, text)


async def keys_of(
    session: AsyncSession, subjects: Iterable[UUID]
) -> dict[UUID, AESGCM]:
    """The keys of those subjects that have one the caller may see."""
    columns = (subject_key.c.subject, subject_key.c.wrapped, subject_key.c.wrapped_by)
    query = select(*columns).where(subject_key.c.subject.in_(list(subjects)))
    ring = keyring(session)
    return {
        subject: AESGCM(ring.unwrap(subject, wrapped, name))
        for subject, wrapped, name in await session.execute(query)
    }
