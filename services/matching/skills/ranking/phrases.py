"""A phrase as the ranker reads it: its words, where a word may stand for several, and
how it is spelt."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from services.matching.skills.ranking.term_index import Alternatives

SYNONYM = 0.3
"""What the terms of a synonym count."""

Synonyms = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Phrase:
    """`original` is how a phrase in another language than the names' was spelt;
    `alone` is how one was without its synonyms."""

    groups: tuple[Alternatives, ...]
    spelling: str
    original: str = ""
    alone: str = ""


def plain(folded: str, terms_of: Callable[[str], Sequence[str]]) -> Phrase:
    """A phrase in the language of the names: each word stands for itself."""
    terms = dict.fromkeys(terms_of(folded))
    return Phrase(tuple(((term, 1.0),) for term in terms), folded)


def with_synonyms(
    folded: str, terms_of: Callable[[str], Sequence[str]], synonyms: Synonyms
) -> Phrase:
    """A phrase without spaces between words, and what the words in it also go by."""
    found = [word for key in _within(folded, synonyms) for word in synonyms[key]]
    phrase = plain(folded, terms_of)
    own = {term for group in phrase.groups for term, _ in group}
    more = dict.fromkeys(term for word in found for term in terms_of(word))
    groups = tuple(((term, SYNONYM),) for term in more if term not in own)
    spelling = " ".join([folded, *found])
    return Phrase((*phrase.groups, *groups), spelling, alone=folded)


def read_synonyms(lines: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """`word: word, word` a line, the longest first; # begins a remark."""
    found: dict[str, tuple[str, ...]] = {}
    for line in lines:
        word, colon, others = line.partition(":")
        if colon and not line.startswith("#"):
            found[word.strip()] = tuple(map(str.strip, others.split(",")))
    return dict(sorted(found.items(), key=lambda item: (-len(item[0]), item[0])))


def _within(folded: str, synonyms: Synonyms) -> list[str]:
    """The words with synonyms that a phrase has; none within a longer one."""
    found = []
    rest = folded
    for word in synonyms:
        if word in rest:
            found.append(word)
            rest = rest.replace(word, "\0" * len(word))
    return found


def words_of(text: str) -> frozenset[str]:
    """The words of a list that is written as a text."""
    return frozenset(text.split())
