"""The Ed25519 keys that sign access tokens, in files, and how they take turns.

`token-key.pem` is the first; each rotation adds `token-keys/<second>-<key id>.pem`,
which is published at once and signs from that second on. A key that has stopped signing
is honoured until the longest token it can have signed has expired.
"""

from __future__ import annotations

import base64
import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import jwt
import orjson
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from shared.keys import create_once
from shared.settings import Settings

LONGEST_TOKEN = timedelta(days=7)
"""No token of ours lives longer, and none that says so is honoured."""

PUBLISHED_AHEAD = timedelta(minutes=10)
"""How long a new key is published before it signs: twice what anybody may keep a copy
of the key set for."""

HONOURED_AFTER = LONGEST_TOKEN + timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class HeldKey:
    """A private key of this installation, signing from a Unix second on."""

    path: Path
    private: Ed25519PrivateKey
    signs_from: int

    @property
    def kid(self) -> str:
        return thumbprint(self.private.public_key())


def rotation_directory(settings: Settings) -> Path:
    file = settings.token_key_file
    return file.with_name(f"{file.stem}s")


def held_keys(settings: Settings, moment: float | None = None) -> list[HeldKey]:
    """The keys that are honoured, oldest first; creates the first when there is none.

    Raises OSError, or ValueError where a file holds no Ed25519 private key.
    """
    moment = time.time() if moment is None else moment
    keys = [
        HeldKey(path, read_private(path), int(path.name.partition("-")[0]))
        for path in rotation_directory(settings).glob("[0-9]*-*.pem")
    ]
    first = settings.token_key_file
    if not keys:
        create_once(first, new_private())
    if first.exists():
        keys.append(HeldKey(first, read_private(first), 0))
    keys.sort(key=lambda key: key.signs_from)
    limit = moment - HONOURED_AFTER.total_seconds()
    return [
        key
        for key, successor in zip(keys, [*keys[1:], None], strict=True)
        if successor is None or successor.signs_from > limit
    ]


def signer_of(keys: Sequence[HeldKey], moment: float | None = None) -> HeldKey:
    """The newest key whose time has come; the oldest where none's has."""
    moment = time.time() if moment is None else moment
    due = [key for key in keys if key.signs_from <= moment]
    return due[-1] if due else keys[0]


def rotate(settings: Settings, ahead: timedelta = PUBLISHED_AHEAD) -> HeldKey:
    """Add a key that signs `ahead` from now, and delete what nobody honours any more.

    With no time ahead the others are deleted at once: for a key that leaked. What it
    signed is then refused, whoever it was signed for.
    """
    leaked = not ahead
    known = held_keys(settings)
    signs_from = int(time.time() + ahead.total_seconds())
    if not leaked:
        # of two that start in the same second the order would be undecided
        signs_from = max(signs_from, known[-1].signs_from + 1)
    pem = new_private()
    private = serialization.load_pem_private_key(pem, password=None)
    assert isinstance(private, Ed25519PrivateKey)
    kid = thumbprint(private.public_key())
    path = rotation_directory(settings) / f"{signs_from}-{kid}.pem"
    create_once(path, pem)
    kept = {path} if leaked else {key.path for key in held_keys(settings)}
    for old in (settings.token_key_file, *path.parent.glob("[0-9]*-*.pem")):
        if old not in kept:
            old.unlink(missing_ok=True)
    return HeldKey(path, private, signs_from)


def new_private() -> bytes:
    return Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def read_private(path: Path) -> Ed25519PrivateKey:
    key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise ValueError(f"{path} holds no Ed25519 private key")
    return key


def public_keys(settings: Settings) -> dict[str, Ed25519PublicKey]:
    """Key id → key: of the key set file where one is set, else of our own keys."""
    if settings.token_jwks_file is None:
        return {key.kid: key.private.public_key() for key in held_keys(settings)}
    keys: dict[str, Ed25519PublicKey] = {}
    for entry in orjson.loads(settings.token_jwks_file.read_bytes())["keys"]:
        public = jwt.PyJWK(entry, algorithm="EdDSA").key
        if isinstance(public, Ed25519PublicKey):
            keys[entry.get("kid") or thumbprint(public)] = public
    return keys


def as_jwk(kid: str, key: Ed25519PublicKey) -> dict[str, str]:
    return {
        "kty": "OKP",
        "crv": "Ed25519",
        "x": _coordinate(key),
        "kid": kid,
        "use": "sig",
        "alg": "EdDSA",
    }


def thumbprint(key: Ed25519PublicKey) -> str:
    """RFC 7638 thumbprint, the key id."""
    canonical = f'{{"crv":"Ed25519","kty":"OKP","x":"{_coordinate(key)}"}}'.encode()
    return _base64url(hashlib.sha256(canonical).digest())


def _coordinate(key: Ed25519PublicKey) -> str:
    return _base64url(
        key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    )


def _base64url(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
