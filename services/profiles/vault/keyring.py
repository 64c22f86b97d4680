"""The keys that are outside the database: what wraps data keys, and what hashes."""

from __future__ import annotations

import hmac
from functools import cache
from hashlib import sha256
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy.ext.asyncio import AsyncSession

from services.profiles.vault.envelope import WRAPPING, CannotOpen, open_with, seal_with
from shared.keys import InstallationSecret
from shared.settings import Settings

NAME_DIGITS = 16


class KeyRing:
    """Wraps with the newest key; opens what any key on the ring has wrapped.

    A wrapping key is known by its name, a digest that tells nothing of it.
    """

    def __init__(self, newest: InstallationSecret, *older: InstallationSecret) -> None:
        self._newest = newest
        self._wrapping: dict[str, AESGCM] = {}
        for secret in (newest, *older):
            key = secret.derive("wrapping of subject keys")
            name = sha256(b"name of " + key).hexdigest()[:NAME_DIGITS]
            self._wrapping.setdefault(name, AESGCM(key))
        self.name = next(iter(self._wrapping))

    def wrap(self, subject: UUID, data_key: bytes) -> bytes:
        return seal_with(self._wrapping[self.name], subject, WRAPPING, data_key)

    def unwrap(self, subject: UUID, wrapped: bytes, name: str) -> bytes:
        """Raises CannotOpen."""
        key = self._wrapping.get(name)
        if key is None:
            raise CannotOpen(f"the key of {subject} is wrapped by {name}, not at hand")
        return open_with(key, subject, WRAPPING, wrapped)

    def keyed_hash(self, purpose: str, text: str) -> bytes:
        """32 bytes that find the same text again; without the key nobody can try."""
        key = self._newest.derive(f"hash of {purpose}")
        return hmac.digest(key, text.encode(), sha256)


@cache
def keyring_of(settings: Settings) -> KeyRing:
    """Read once a process; the secret's file is made where there is none yet."""
    newest = InstallationSecret.read_or_create(settings.secret_key_file)
    previous = settings.previous_secret_key_file
    older = [InstallationSecret.read(previous)] if previous else []
    return KeyRing(newest, *older)


def keyring(session: AsyncSession) -> KeyRing:
    return keyring_of(session.info["settings"])
