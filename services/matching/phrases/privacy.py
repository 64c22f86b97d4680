"""Which phrases are kept, and when their text is.

A phrase is free text: now and then somebody types a name, a number or a whole letter.
So what looks personal is never kept; of everything else only a digest and a count,
until ENOUGH_CALLERS different callers have typed it. An organisation is one caller,
however many people it has, and so are all operators and services together.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable

from shared.identity import Caller

ENOUGH_CALLERS = 2
MOST_MARKS = 20
"""Different callers of a phrase that are told apart; more are not counted."""

LONGEST_KEPT = 80
MOST_WORDS = 10
MOST_DIGITS = 5
"""ISO 27001 passes; a telephone number, a date of birth or an account does not."""

_CHINESE_DIGITS = frozenset("〇零一二三四五六七八九幺")
_ADDRESS = re.compile(r"[@＠]|https?:|www\.|\w\.(?:com|org|net)\b", re.IGNORECASE)


def a_phrase_not_a_text(phrase: str) -> bool:
    return len(phrase) <= LONGEST_KEPT and len(phrase.split()) <= MOST_WORDS


def no_number_of_somebody(phrase: str) -> bool:
    digits = sum(character.isdecimal() for character in phrase)
    spelt = sum(character in _CHINESE_DIGITS for character in phrase)
    return digits <= MOST_DIGITS and spelt <= MOST_DIGITS


def no_address(phrase: str) -> bool:
    """Neither of mail nor of the web."""
    return _ADDRESS.search(phrase) is None


RULES: tuple[Callable[[str], bool], ...] = (
    a_phrase_not_a_text,
    no_number_of_somebody,
    no_address,
)


def may_be_kept(phrase: str) -> bool:
    return all(rule(phrase) for rule in RULES)


def printable(phrase: str) -> str:
    """As it was typed, but for what cannot be seen."""
    return " ".join("".join(filter(_seen, phrase)).split())


def digest_of(kind: str, folded: str) -> bytes:
    """16 bytes by which a folded phrase is known."""
    content = f"{kind}\0{folded}".encode()
    return hashlib.blake2b(content, digest_size=16).digest()


def caller_key(caller: Caller) -> str:
    """Who counts as one caller."""
    if caller.sees_all:
        return "operator"
    return str(caller.tenant or caller.subject)


def mark_of(caller: str, digest: bytes) -> int:
    """A signed 64-bit mark of a caller, another one for each phrase: what one caller
    typed cannot be put together from the marks."""
    hashed = hashlib.blake2b(caller.encode(), digest_size=8, key=digest).digest()
    return int.from_bytes(hashed, "big", signed=True)


def _seen(character: str) -> bool:
    return character.isprintable() or character.isspace()
