"""A text as folded words that know where in the text they stand.

Each Chinese character is a word of its own. Offsets are code points of the text as it
was sent, so `text[start:end]` is what somebody wrote.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from typing import NamedTuple

from services.matching.extract.scripts import plain
from services.matching.skills.folding import fold

_HAN = "\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U00031fff"
_LETTER = rf"[^\W_{_HAN}]"
# accents and invisible characters inside a word do not end it
_WITHIN = "[\u0300-\u036f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufe0f\ufeff]"
_ATOM = re.compile(
    rf"[{_HAN}]|(?:\.(?=net\b))?{_LETTER}(?:{_LETTER}|{_WITHIN}|['’.](?={_LETTER}))*"
    r"(?:\+\+|[+#](?![^\W_]))?|[&＆]",
    re.IGNORECASE,
)
_BULLETS = "•·●▪■◆★☆►▶✓✔*❖○◦‣⁃➢"
_ENDS = re.compile(rf"[!?;。！？；{_BULLETS}]")
_LISTS = re.compile(r"[,:()\[\]{}<>|\"“”、，：（）【】「」《》=]|\s-+\s")
LONGEST_WORD = 60
# so long a line, followed by a small letter, was broken by a mail program
WRAPPED = 60


class Gap(IntEnum):
    """What stands before a word: nothing, a space, a mark in a sentence, its end."""

    JOINED = 0
    SPACED = 1
    LISTED = 2
    ENDED = 3


class Atom(NamedTuple):
    """One folded word, or one Chinese character, at [start, end) of the text."""

    word: str
    start: int
    end: int
    gap: Gap


@dataclass(frozen=True, slots=True)
class Span:
    """Code points [start, end) of the text as it was sent."""

    start: int
    end: int


@dataclass(frozen=True)
class Reading:
    """A text, its plain twin of the same length, its words, and their sentences.

    `sentence_of[i]` numbers the sentence (or line) of word i; `bounds` holds each
    sentence's [start, end) in the text.
    """

    text: str
    plain: str
    atoms: Sequence[Atom]
    sentence_of: Sequence[int]
    bounds: Sequence[tuple[int, int]]

    def sentence_at(self, place: int) -> int:
        """The number of the sentence that holds a place of the text."""
        return max(0, bisect_right(self.bounds, (place, len(self.text))) - 1)


def read(text: str) -> Reading:
    """`text` as words; never raises."""
    flat = plain(text)
    atoms = split(text, flat)
    sentence_of: list[int] = []
    starts: list[int] = []
    for atom in atoms:
        if atom.gap is Gap.ENDED or not starts:
            starts.append(atom.start)
        sentence_of.append(len(starts) - 1)
    bounds = list(zip(starts, [*starts[1:], len(text)], strict=True)) if starts else []
    return Reading(text, flat, atoms, sentence_of, bounds)


def split(text: str, flat: str) -> list[Atom]:
    """The words of a text; `flat` is its plain twin."""
    atoms: list[Atom] = []
    last = 0
    for found in _ATOM.finditer(text):
        start, end = found.span()
        gap = _gap(text, last, start) if start > last else Gap.JOINED
        if not atoms:
            gap = Gap.ENDED
        if end - start == 1:
            character = flat[start]
            word = "and" if character in "&＆" else character
            atoms.append(Atom(word, start, end, gap))
        else:
            _add(atoms, found[0], start, end, gap)
        last = end
    return atoms


def _add(atoms: list[Atom], raw: str, start: int, end: int, gap: Gap) -> None:
    words = _folded(raw[:LONGEST_WORD])
    if "." in raw and len(words) == 1 and "." in words[0] and not _is_term(words[0]):
        # a full stop without the space after it, or a decimal point
        for part in raw.split("."):
            if part:
                _add(atoms, part, start, start + len(part), gap)
                gap = Gap.SPACED
            start += len(part) + 1
        return
    for word in words:
        atoms.append(Atom(word, start, end, gap))
        gap = Gap.SPACED


@lru_cache(20_000)
def _folded(raw: str) -> tuple[str, ...]:
    return tuple(fold(raw).split())


def _is_term(word: str) -> bool:
    """Node.js, ASP.NET, .NET: a dot that belongs to the word."""
    return word.startswith(".") or word.endswith((".js", ".net", ".io", ".ai"))


def _gap(text: str, start: int, end: int) -> Gap:
    between = text[start:end]
    if between.isspace() and "\n" not in between and "\r" not in between:
        return Gap.SPACED
    if _ENDS.search(between):
        return Gap.ENDED
    if "\n" in between or "\r" in between:
        line = start - max(text.rfind("\n", 0, start), start - WRAPPED - 1)
        wrapped = line >= WRAPPED and text[end].islower() and between.count("\n") == 1
        if not wrapped or not between.isspace():
            return Gap.ENDED
        return Gap.SPACED
    if "." in between and not text[end].islower():
        ends = between.endswith((" ", "\t")) or len(between) > 1
        long_enough = start > 1 and text[start - 2].isalnum()
        if ends and (long_enough or not between.startswith(".")):
            return Gap.ENDED
    if _LISTS.search(between):
        return Gap.LISTED
    return Gap.SPACED
