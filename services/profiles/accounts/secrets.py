"""What accounts hash and seal with: keys derived from one of their own (`keeping`).

An address is found by its keyed hash and read nowhere; a message that waits to be sent
and a TOTP secret are sealed, so that a copy of the database gives neither away.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from services.profiles.accounts.addresses import Address
from shared.keys import InstallationSecret

NONCE_BYTES = 12
TOKEN_BYTES = 32


class SealBroken(Exception):
    """What was sealed was changed, moved elsewhere, or sealed under another key."""


class Sealer:
    """AES-GCM under one derived key; `place` binds a text to the row it belongs to."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def seal(self, content: bytes, place: UUID) -> bytes:
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, content, place.bytes)

    def open(self, sealed: bytes, place: UUID) -> bytes:
        """Raises SealBroken."""
        nonce, text = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
        try:
            return self._cipher.decrypt(nonce, text, place.bytes)
        except InvalidTag:
            raise SealBroken from None


class AccountSecrets:
    """The uses that accounts make of their key, each with one of its own."""

    def __init__(self, secret: InstallationSecret) -> None:
        self._lookup = secret.derive("login lookup")
        self._network = secret.derive("sign-in network address")
        self._code = secret.derive("one-time code")
        self.details = Sealer(secret.derive("one-time code detail"))
        self.totp = Sealer(secret.derive("totp secret"))
        self.deliveries = Sealer(secret.derive("delivery"))

    def lookup(self, address: Address) -> bytes:
        text = f"{address.kind}:{address.normal}"
        return hmac.digest(self._lookup, text.encode(), hashlib.sha256)

    def network(self, host: str) -> bytes:
        return hmac.digest(self._network, host.encode(), hashlib.sha256)

    def code(self, challenge: UUID, code: str) -> bytes:
        """Keyed: six digits would be found by trying all of them."""
        text = challenge.bytes + code.encode()
        return hmac.digest(self._code, text, hashlib.sha256)


def new_token() -> str:
    """256 random bits: what only its holder knows, and nobody can try out."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def token_hash(token: str) -> bytes:
    """How such a token is kept. A plain hash does: there is nothing to guess."""
    return hashlib.sha256(token.encode()).digest()
