"""A phrase in one language read as words of another, by a small lexicon and by what the
two languages have in common: plombier → plumber, cardiologue → cardiologist."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from functools import lru_cache

from rapidfuzz import fuzz, process

from services.matching.skills.folding import LONGEST
from services.matching.skills.ranking.phrases import Phrase, words_of
from services.matching.skills.ranking.term_index import Alternatives

Lexicon = dict[str, tuple[str, ...]]


LONGEST_ENTRY = 4
COGNATE = 0.8
AS_WRITTEN = 0.6
LEAST_LIKENESS = 82.0
SHORTEST_COGNATE = 5
REMEMBERED = 50_000

# what is not a word of its own: l'accueil, d'entreprise, and (h/f/x) behind titles
_ELIDED = re.compile(r"\b[dlnsjmtc]['’](?=\w)|\bqu['’](?=\w)", re.IGNORECASE)
_BOTH_SEXES = re.compile(r"\(\s*[hfmx](?:\s*[/:|,]\s*[hfmx])+\s*\)", re.IGNORECASE)
_EMPTY = words_of(
    """
    de du des la le les l d et en a au aux pour par sur sous dans ou un une avec
    sans chez son sa ses type divers autre autres
    """
)
_MASCULINE = (
    ("trices", "teur"), ("trice", "teur"), ("euses", "eur"), ("euse", "eur"),
    ("ieres", "ier"), ("iere", "ier"), ("eres", "er"), ("ere", "er"),
    ("iennes", "ien"), ("ienne", "ien"), ("ives", "if"), ("ive", "if"),
    ("elles", "el"), ("elle", "el"), ("ales", "al"), ("aux", "al"), ("ees", "e"),
    ("ee", "e"), ("eaux", "eau"), ("es", ""), ("es", "e"), ("e", ""), ("s", ""),
    ("x", ""),
)  # fmt: skip
_ENDINGS = (
    ("ologue", "ologist"), ("graphe", "grapher"), ("iste", "ist"), ("icien", "ician"),
    ("icien", "ic"), ("aire", "ary"), ("aire", "ar"), ("ateur", "ator"),
    ("eur", "er"), ("eur", "or"), ("ier", "er"), ("ant", "er"), ("ien", "ian"),
    ("ique", "ic"), ("ique", "ical"), ("ique", "ics"), ("ie", "y"), ("ite", "ity"),
    ("ite", "y"), ("eux", "ous"), ("el", "al"), ("if", "ive"), ("isme", "ism"),
    ("age", "ing"), ("ement", "ing"), ("e", ""), ("e", "al"), ("", ""),
)  # fmt: skip


def read_lexicon(lines: Iterable[str]) -> Lexicon:
    """`french: english, english` a line; what begins with # is a remark."""
    found: Lexicon = {}
    for line in lines:
        source, colon, meanings = line.partition(":")
        if colon and not line.startswith("#"):
            key = " ".join(_full(source.split()))
            entries = (*found.get(key, ()), *map(str.strip, meanings.split(",")))
            found[key] = tuple(dict.fromkeys(entries))
    return found


def _full(words: Iterable[str]) -> list[str]:
    return [word for word in words if word not in _EMPTY]


class FrenchBridge:
    """Reads French job titles as English ones.

    `vocabulary` is every English word in the names of what is ranked; `terms_of` makes
    terms of an English phrase. With `own_terms_of`, French words stand for themselves
    as well: there are French names among those that are ranked.
    """

    def __init__(
        self,
        lexicon: Lexicon,
        vocabulary: Collection[str],
        terms_of: Callable[[str], Sequence[str]],
        fold: Callable[[str], str],
        own_terms_of: Callable[[str], Sequence[str]] | None = None,
    ) -> None:
        self._lexicon = lexicon
        self._vocabulary = frozenset(vocabulary)
        self._by_letter: dict[str, list[str]] = {}
        for word in sorted(self._vocabulary):
            if len(word) >= SHORTEST_COGNATE and word.isalpha():
                self._by_letter.setdefault(word[0], []).append(word)
        self._terms_of = terms_of
        self._own_terms_of = own_terms_of
        self._fold = fold
        self.meanings = lru_cache(REMEMBERED)(self._meanings)

    def read(self, title: str) -> Phrase:
        text = _BOTH_SEXES.sub(" ", title[:LONGEST])
        words = _full(self._fold(_ELIDED.sub(" ", text)).split())
        groups: list[Alternatives] = []
        spelling: list[str] = []
        at = 0
        while at < len(words):
            entry, used = self._entry(words[at:])
            entry = entry or self.meanings(words[at])
            if entry:
                spelling.append(entry[0][0])
            if terms := self._terms(entry, words[at : at + used]):
                groups.append(terms)
            at += used
        return Phrase(tuple(groups), " ".join(spelling), " ".join(words))

    def _entry(self, words: Sequence[str]) -> tuple[Alternatives, int]:
        """The longest entry of the lexicon that begins here, and of how many words."""
        for count in range(min(LONGEST_ENTRY, len(words)), 0, -1):
            for spelt in _spellings(words[:count]):
                if found := self._lexicon.get(spelt):
                    return [(meaning, 1.0) for meaning in found], count
        return (), 1

    def _terms(self, meanings: Alternatives, words: Sequence[str]) -> Alternatives:
        """The terms of all meanings, and of the words themselves where they count."""
        best: dict[str, float] = {}
        if self._own_terms_of:
            best = dict.fromkeys(self._own_terms_of(" ".join(words)), 1.0)
        for meaning, certainty in meanings:
            terms = self._terms_of(meaning)
            for term in terms:
                share = certainty / len(terms) ** 0.5
                best[term] = max(best.get(term, 0.0), share)
        return tuple(best.items())

    def _meanings(self, word: str) -> Alternatives:
        """What a word that is not in the lexicon may be in English, by its looks."""
        found: dict[str, float] = {}
        if word in self._vocabulary:
            found[word] = AS_WRITTEN
        for bare in dict.fromkeys((word, *_masculines(word))):
            for ending, instead in _ENDINGS:
                if bare.endswith(ending):
                    guess = bare[: len(bare) - len(ending)] + instead
                    if len(guess) >= SHORTEST_COGNATE and guess in self._vocabulary:
                        found.setdefault(guess, COGNATE)
        if not found and len(word) > SHORTEST_COGNATE:
            near = process.extract(
                word,
                self._by_letter.get(word[0], ()),
                scorer=fuzz.ratio,
                score_cutoff=LEAST_LIKENESS,
                limit=3,
            )
            found = {guess: COGNATE * percent / 100 for guess, percent, _ in near}
        return tuple(sorted(found.items(), key=lambda item: (-item[1], item[0])))


def _spellings(words: Sequence[str]) -> Iterable[str]:
    """As written, in the singular, and the first word in the masculine."""
    yield " ".join(words)
    rest = words[1:]
    singular = [word.rstrip("sx") if len(word) > 3 else word for word in rest]
    for first in (words[0], *_masculines(words[0])):
        yield " ".join([first, *singular])
        yield " ".join([first, *rest])


def _masculines(word: str) -> Iterable[str]:
    for ending, instead in _MASCULINE:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            yield word[: len(word) - len(ending)] + instead
