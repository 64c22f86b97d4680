"""Envelope encryption, pure: a data key a subject, wrapped by the installation's.

AES-256-GCM throughout. What is sealed is bound to its subject and its purpose (the
associated data): moved to another row or column it does not open. Layout of everything
sealed: one byte of format, 12 of nonce, then the ciphertext with its tag.
"""

from __future__ import annotations

import os
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
NONCE_BYTES = 12
FORMAT = b"\x01"
WRAPPING = "data key"


class CannotOpen(Exception):
    """This was sealed with another key, or for another subject or purpose."""


def new_data_key() -> bytes:
    return os.urandom(KEY_BYTES)


def seal_with(key: AESGCM, subject: UUID, purpose: str, plaintext: bytes) -> bytes:
    nonce = os.urandom(NONCE_BYTES)
    return FORMAT + nonce + key.encrypt(nonce, plaintext, _bound(subject, purpose))


def open_with(key: AESGCM, subject: UUID, purpose: str, sealed: bytes) -> bytes:
    """Raises CannotOpen."""
    start = len(FORMAT)
    if sealed[:start] != FORMAT:
        raise CannotOpen("unknown format")
    nonce, content = sealed[start : start + NONCE_BYTES], sealed[start + NONCE_BYTES :]
    try:
        return key.decrypt(nonce, content, _bound(subject, purpose))
    except InvalidTag:
        raise CannotOpen(f"{purpose} of {subject}") from None


def _bound(subject: UUID, purpose: str) -> bytes:
    return subject.bytes + purpose.encode()
