"""Passwords: Argon2id in two threads, and which ones are good enough.

A known user and an unknown one cost the same: where there is no hash, a dummy is
verified. Hashing is bounded, so that a flood of sign-ins waits or is told to come back
(503) while the loop goes on answering everybody else.
"""

from __future__ import annotations

import asyncio
import re
import unicodedata
from collections.abc import Callable, Iterable
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

DATA = Path(__file__).resolve().parent / "data"
COMMON = DATA / "common_passwords.txt"
CONTEXT = DATA / "context_words.txt"
WORD = re.compile(r"\w{3,}")
"""Of what is told of somebody, the parts that could make a password easy to guess."""

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


def password_faults(
    password: str, pointer: str = "/password", told: Iterable[str] = ()
) -> list[Fault]:
    """Length and being easy to guess are all that counts: no rules of characters.

    `told` is what is known of its owner here: address, name, organisation. Of their
    words and ours a password may make use, if it is long enough without them. Its
    length is checked again: normalising may change it.
    """
    text = normal(password)
    if not SHORTEST <= len(text) <= LONGEST:
        message = f"must have {SHORTEST} to {LONGEST} characters"
        return [Fault(pointer, "password_length", message)]
    if text.casefold() in common_passwords() or len(set(text)) < 4:
        message = "is one of the passwords that everybody tries first"
        return [Fault(pointer, "password_common", message)]
    if len(without(text.casefold(), told)) < SHORTEST:
        message = f"must have {SHORTEST} characters beside Rollcall's words and yours"
        return [Fault(pointer, "password_context", message)]
    return []


def without(password: str, told: Iterable[str]) -> str:
    """What is left of a password once words that an attacker tries first are out."""
    own = {word for text in told for word in WORD.findall(normal(text).casefold())}
    left = password
    for word in sorted(own | context_words(), key=len, reverse=True):
        left = left.replace(word, "")
    return left


@cache
def context_words() -> frozenset[str]:
    """The words of data/context_words.txt."""
    return frozenset(CONTEXT.read_text("utf-8").split())


@cache
def common_passwords() -> frozenset[str]:
    return frozenset(COMMON.read_text("utf-8").split())
