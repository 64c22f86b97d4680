"""Where the words of a folded text stand in the text as it was written."""

from __future__ import annotations

import re
from dataclasses import dataclass

from services.matching.skills.folding import fold, is_chinese
from services.matching.skills.understanding.stems import FUNCTION_WORDS, stem

# what no skill's name runs across
_PARTS = re.compile(r"[;:,()\[\]{}/•·!?|、，。；：（）！？\r\n]|\s[-–—*]+\s|\.(?=\s|$)")
# ". NET" is .NET; as many characters as before, so that places stay
_SPACED_NET = re.compile(r"(?<!\S)\.\s(?=NET\b)")
_WORD = re.compile(r"\S+")


@dataclass(frozen=True, slots=True)
class Placed:
    """A stem and the characters [start, end) of the text that it was cut from."""

    stem: str
    start: int
    end: int


def placed_parts(text: str) -> list[list[Placed]]:
    """The content words of each part of a text; parts without any are left out."""
    whole = _SPACED_NET.sub(" .", text)
    found = []
    start = 0
    for end in (*_PARTS.finditer(whole), None):
        stop = end.start() if end else len(whole)
        if part := _placed(whole, start, stop):
            found.append(part)
        start = end.end() if end else stop
    return found


def content_terms(folded: str) -> list[str]:
    """Stems of the content words; of Chinese the characters by two."""
    return [term for word in folded.split() for term in _terms(word)]


def _terms(word: str) -> list[str]:
    if word in FUNCTION_WORDS:
        return []
    if word.isascii() or not any(map(is_chinese, word)):
        return [stem(word)]
    return [word[i : i + 2] for i in range(max(1, len(word) - 1))]


def _placed(text: str, start: int, stop: int) -> list[Placed]:
    """The words of [start, stop), each where it stands if folding them one by one gives
    what folding them together does, else all of them in the whole stretch."""
    together = fold(text[start:stop])
    alone: list[tuple[str, int, int]] = []
    for found in _WORD.finditer(text, start, stop):
        for word in fold(found[0]).split():
            alone.append((word, found.start(), found.end()))
    if [word for word, _, _ in alone] != together.split():
        alone = [(word, start, stop) for word in together.split()]
    return [placed for word in alone for placed in _cut(*word)]


def _cut(word: str, start: int, stop: int) -> list[Placed]:
    """The terms of a word; those of Chinese at their characters if folding kept all."""
    terms = _terms(word)
    if len(terms) > 1 and stop - start == len(word):
        return [Placed(term, start + i, start + i + 2) for i, term in enumerate(terms)]
    return [Placed(term, start, stop) for term in terms]
