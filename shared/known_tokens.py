"""Access tokens of which the signature has been checked already.

A client presents one token many times, and checking it takes longer than much of what
is asked with it. What can change meanwhile is looked at each time: whether it has
expired, and whether its key is still one of ours (revocations are for the caller).
"""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from shared.identity import Caller

MOST_KNOWN = 4_096


@dataclass(frozen=True, slots=True)
class Known:
    """What a good token says; `expires` in seconds since 1970."""

    caller: Caller
    kid: str
    key: Ed25519PublicKey
    expires: float


class KnownTokens:
    """The last `MOST_KNOWN` good tokens, by their hash: none can be read out of it."""

    def __init__(self) -> None:
        self._known: dict[bytes, Known] = {}

    def find(self, token: str) -> Known | None:
        """None where it is not known or has expired."""
        known = self._known.get(_hash(token))
        if known is None or known.expires <= time.time():
            return None
        return known

    def keep(self, token: str, known: Known) -> None:
        if len(self._known) >= MOST_KNOWN:
            del self._known[next(iter(self._known))]
        self._known[_hash(token)] = known


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode(errors="surrogatepass")).digest()
