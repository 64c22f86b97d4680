"""The installation's secret: one file outside the database, a key of its own a use."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

SECRET_BYTES = 32


class InstallationSecret:
    """What wraps the keys of persons and hashes what must be found but not read.

    Who loses it loses every sealed contact and identity document; who changes it must
    have the keys of persons wrapped anew.
    """

    def __init__(self, secret: bytes) -> None:
        if len(secret) < SECRET_BYTES:
            raise ValueError(f"the secret must have at least {SECRET_BYTES} bytes")
        self._secret = secret

    @classmethod
    def read(cls, path: Path) -> InstallationSecret:
        """Raises OSError, or ValueError unless the file holds 64 or more hex digits."""
        return cls(bytes.fromhex(path.read_text("ascii").strip()))

    @classmethod
    def read_or_create(cls, path: Path) -> InstallationSecret:
        """Create the file (0600) when it does not exist; safe when two race."""
        create_once(path, secrets.token_hex(SECRET_BYTES).encode() + b"\n")
        return cls.read(path)

    def derive(self, use: str) -> bytes:
        """32 bytes for one use, such as "contact wrapping" (HKDF, RFC 5869)."""
        purpose = f"rollcall {use}".encode()
        return HKDF(SHA256(), 32, salt=None, info=purpose).derive(self._secret)


def create_once(path: Path, content: bytes) -> None:
    """Write a secret file (0600) unless it is there; whoever comes second changes
    nothing, and nobody ever sees half of it."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
