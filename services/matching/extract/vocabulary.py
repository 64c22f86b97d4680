"""Every name a text is searched for, as folded words.

They are the taxonomy's, in every language, those that operators bound, and the few of
`data/in_texts.csv`: what an advert or a CV means by words that alone mean nothing in
particular ("go", "Stapler", "vente", "cap").
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from pathlib import Path

from services.matching.extract.scripts import plain
from services.matching.extract.spans import split
from services.matching.extract.words import NOT_NAMES
from services.matching.skills.bound import Bound
from services.matching.skills.concepts import KINDS, Concept, Kind
from services.matching.skills.folding import is_chinese
from services.matching.skills.names import names_of
from services.matching.skills.taxonomy import load_taxonomy

IN_TEXTS = Path(__file__).resolve().parent / "data" / "in_texts.csv"
Words = tuple[str, ...]
SHORTEST_JOINED = 8
"""Letters of a name that is also understood without the spaces in it."""
LABEL, ALIAS, INFLECTED = 0.95, 0.9, 0.85

SHORTEST_INFLECTED = 3
GERMAN_JOBS = ("in", "innen", "n", "en", "s")
GERMAN = ("s", "en", "n")
ROMANCE = ("s", "es")
DUTCH = ("s", "n", "en")
_UMLAUTS = (("ä", "ae"), ("ö", "oe"), ("ü", "ue"))


Concepts = Mapping[Kind, tuple[Concept, float]]
"""What a name means, by kind, each with its confidence; empty where it is no name."""


class Vocabulary:
    """Names as their words one space apart, and every beginning of one.

    Flat on purpose: a trie of a hundred thousand nodes would cost every full collection
    of garbage a tenth of a second.
    """

    def __init__(self) -> None:
        self._names: dict[str, Concepts] = {}
        self._beginnings: set[str] = set()
        # names of one concept share what they mean
        self._meanings: dict[tuple[tuple[Kind, str, float], ...], Concepts] = {}

    def begins(self, words: str) -> bool:
        """Whether a name begins with these words, or is them."""
        return words in self._beginnings

    def named(self, words: str) -> Concepts | None:
        return self._names.get(words)

    def add(self, words: Words, concept: Concept, confidence: float) -> None:
        """The first concept of a kind to be added under a name keeps it."""
        if not words or (len(words) == 1 and is_chinese(words[0][0])):
            return
        held = self._names.get(" ".join(words), {})
        if concept.kind not in held:
            self._mean(words, {**held, concept.kind: (concept, confidence)})

    def add_inflected(self, words: Words, concept: Concept) -> None:
        """An inflected name, unless the words are a name in their own right."""
        held = self._names.get(" ".join(words), {})
        if all(confidence <= INFLECTED for _, confidence in held.values()):
            self.add(words, concept, INFLECTED)

    def refuse(self, words: Words) -> None:
        """Words that only seem to hold a name."""
        self._mean(words, {})

    def _mean(self, words: Words, concepts: Concepts) -> None:
        key = tuple(
            (kind, concept.id, confidence)
            for kind, (concept, confidence) in concepts.items()
        )
        self._names[" ".join(words)] = self._meanings.setdefault(key, concepts)
        self._beginnings.update(
            " ".join(words[:end]) for end in range(1, len(words) + 1)
        )


class BoundVocabulary(Vocabulary):
    """Names that operators bound, over another vocabulary.

    A name of that one goes before a binding, a binding before an inflected name and
    before words that only seem to hold a name.
    """

    def __init__(self, bound: Bound, below: Vocabulary) -> None:
        super().__init__()
        self._below = below
        for (_, folded), concept in bound.names.items():
            self.add(_words(folded), concept, ALIAS)

    def begins(self, words: str) -> bool:
        return super().begins(words) or self._below.begins(words)

    def named(self, words: str) -> Concepts | None:
        below, bound = self._below.named(words), super().named(words)
        if not below or not bound:
            return bound or below
        sure = {kind: one for kind, one in below.items() if one[1] > INFLECTED}
        return {**below, **bound, **sure}


def vocabulary(bound: Bound) -> Vocabulary:
    """Every name, with those that are bound."""
    return _bound_vocabulary(bound) if bound.names else _lasting_vocabulary()


# bindings are replaced whole, now and then; a text may still be read by the last ones
@lru_cache(2)
def _bound_vocabulary(bound: Bound) -> Vocabulary:
    return BoundVocabulary(bound, _lasting_vocabulary())


@cache
def _lasting_vocabulary() -> Vocabulary:
    """Built once, in about a second."""
    found = Vocabulary()
    names: list[tuple[str, Concept, str, float]] = [
        (name.folded, name.concept, name.language, LABEL if name.is_label else ALIAS)
        for kind in KINDS
        for name in names_of(kind).all
    ]
    names += _names_in_texts()
    for text, concept, _, confidence in names:
        found.add(_words(text), concept, confidence)
    for text, concept, language, _ in names:
        for words in _inflected(text, concept, language):
            found.add_inflected(words, concept)
    for phrase in NOT_NAMES:
        found.refuse(_words(phrase))
    return found


def _names_in_texts() -> Iterator[tuple[str, Concept, str, float]]:
    taxonomy = load_taxonomy()
    with IN_TEXTS.open(encoding="utf-8", newline="") as text:
        for row in csv.DictReader(text):
            kind: Kind = next(kind for kind in KINDS if kind == row["kind"])
            concept = taxonomy.of_kind(kind)[row["id"]]
            for name in row["names"].split("|"):
                yield name, concept, row["language"], ALIAS


def _inflected(text: str, concept: Concept, language: str) -> Iterator[Words]:
    """Plurals and other endings of a name, and its words written as one."""
    if language == "de":
        for name in dict.fromkeys((text, _without_umlauts(text))):
            yield _words(name)
            if len(name) > SHORTEST_INFLECTED:
                endings = GERMAN_JOBS if concept.kind == "occupation" else GERMAN
                yield from (_words(name + ending) for ending in endings)
    elif language in ("fr", "es") and len(text) > SHORTEST_INFLECTED:
        yield from (_words(text + ending) for ending in ROMANCE)
    elif language == "nl" and len(text) > SHORTEST_INFLECTED:
        yield from (_words(text + ending) for ending in DUTCH)
    words = _words(text)
    # one-word certificates are mostly initials: Leeds is no plural of LEED
    if concept.kind != "certificate" or len(words) > 1:
        yield from _english(words)


def _without_umlauts(name: str) -> str:
    for umlaut, letters in _UMLAUTS:
        name = name.replace(umlaut, letters)
    return name


def _words(text: str) -> Words:
    return tuple(atom.word for atom in split(text, plain(text)))


def _english(words: Words) -> Iterator[Words]:
    last = words[-1] if words else ""
    if len(last) > 2 and last.isascii() and last.isalpha():
        yield (*words[:-1], last + "s")
        if last.endswith("y"):
            yield (*words[:-1], last[:-1] + "ies")
        elif last.endswith(("s", "x", "ch", "sh")):
            yield (*words[:-1], last + "es")
        elif last.endswith("man"):
            yield (*words[:-1], last[:-2] + "en")
    together = "".join(words)
    chinese = any(map(is_chinese, together))
    if len(words) > 1 and len(together) >= SHORTEST_JOINED and not chinese:
        yield (together,)
