"""Passwords: Argon2id in two threads, and which ones are good enough.

A known user and an unknown one cost the same: where there is no hash, a dummy is
verified. Hashing is bounded, so that a flood of sign-ins waits or is told to come back
(503) while the loop goes on answering everybody else.
"""

from __future__ import annotations

import asyncio
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import TypeVar

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from shared.problems import Fault, Overloaded

MEMORY_KIB = 19_456
PASSES = 2
LANES = 1
"""The OWASP minimum for Argon2id (19 MiB, 2 passes, 1 lane)."""

THREADS = 2
MOST_WAITING = 100
SHORTEST = 8
LONGEST = 128

COMMON = Path(__file__).resolve().parent / "data" / "common_passwords.txt"

T = TypeVar("T")


class Passwords:
    """The hashing of one process."""

    def __init__(self) -> None:
        hasher = Argon2Hasher(
            time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=LANES
        )
        self._hash = PasswordHash((hasher,))
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="argon2")
        self._waiting = 0
        self._dummy = self._hash.hash("nobody's password")
        self.verified = 0

    async def hash(self, password: str) -> str:
        """Raises Overloaded."""
        return await self._run(lambda: self._hash.hash(normal(password)))

    async def verify(self, password: str, known: str | None) -> bool:
        """Whether it is the password of `known`; always False for None, and as slow.

        Raises Overloaded.
        """
        self.verified += 1
        text, against = normal(password), known or self._dummy
        right = await self._run(lambda: self._hash.verify(text, against))
        return right and known is not None

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _run(self, work: Callable[[], T]) -> T:
        if self._waiting >= MOST_WAITING:
            raise Overloaded(
                "Too many sign-ins are waiting.", headers={"Retry-After": "1"}
            )
        self._waiting += 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._threads, work)
        finally:
            self._waiting -= 1


def normal(password: str) -> str:
    """The same keys on another keyboard are the same password (NIST SP 800-63B)."""
    return unicodedata.normalize("NFKC", password)


def password_faults(password: str, pointer: str = "/password") -> list[Fault]:
    """Length and being known to everybody are all that counts: no rules of characters.

    Its length is checked again: normalising may change it.
    """
    text = normal(password)
    if not SHORTEST <= len(text) <= LONGEST:
        message = f"must have {SHORTEST} to {LONGEST} characters"
        return [Fault(pointer, "password_length", message)]
    if text.casefold() in common_passwords() or len(set(text)) < 4:
        message = "is one of the passwords that everybody tries first"
        return [Fault(pointer, "password_common", message)]
    return []


@cache
def common_passwords() -> frozenset[str]:
    return frozenset(COMMON.read_text("utf-8").split())
