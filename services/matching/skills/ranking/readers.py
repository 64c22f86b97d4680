"""How names of each language are made into terms, and how phrases are read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache, partial
from pathlib import Path

from services.matching.skills.concepts import Language
from services.matching.skills.folding import LONGEST, fold, is_chinese
from services.matching.skills.ranking.bridge import (
    FrenchBridge,
    Lexicon,
    read_lexicon,
)
from services.matching.skills.ranking.compounds import (
    DUTCH_LINKS,
    GERMAN_LINKS,
    Compounds,
)
from services.matching.skills.ranking.phrases import (
    Phrase,
    Synonyms,
    plain,
    read_synonyms,
    with_synonyms,
)
from services.matching.skills.ranking.terms import STEMS, words
from services.matching.skills.ranking.title_noise import without_noise
from services.matching.skills.title_words import SPELT_OUT

DATA = Path(__file__).resolve().parent / "data"

LINKS: Mapping[Language, Sequence[str]] = {"de": GERMAN_LINKS, "nl": DUTCH_LINKS}
"""Languages that write compounds as one word, and what joins the parts."""

TermsOf = Callable[[str], list[str]]
"""Makes terms of a folded name or phrase."""


def terms_in(language: Language, compounds: Compounds | None = None) -> TermsOf:
    """What makes terms in a language; `compounds` are what its words are made of."""
    if language == "en":
        return _english
    stem = STEMS[language]
    if compounds is not None:
        return partial(_with_parts, stem=stem, compounds=compounds)
    return lambda folded: words(folded, stem)


def fold_text(text: str) -> str:
    """A text of any length folded, as a phrase is."""
    pieces = (text[at : at + LONGEST] for at in range(0, len(text), LONGEST))
    return " ".join(map(fold, pieces))


def compounds_of(names: Iterable[str], language: Language) -> Compounds | None:
    """What compounds are made of, learned from folded names; None in a language that
    writes none as one word."""
    if language not in LINKS:
        return None
    words = (word for name in dict.fromkeys(names) for word in name.split())
    return Compounds(words, LINKS[language])


def has_chinese(text: str) -> bool:
    return any(map(is_chinese, text))


class PlainReader:
    """Reads phrases in the one language of the names."""

    def __init__(self, terms_of: TermsOf) -> None:
        self._terms_of = terms_of

    def read(self, phrase: str, language: Language | None = None) -> Phrase:
        return plain(fold(phrase), self._terms_of)


class ChineseReader:
    """Reads Chinese titles, without the noise of adverts and with synonyms.

    What looks like noise but stands in one of `names` is kept.
    """

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._synonyms = chinese_synonyms()
        self._names = "\n".join(names)
        self._terms_of = terms_in("zh")

    def read(self, phrase: str, language: Language | None = None) -> Phrase:
        folded = fold(without_noise(phrase[:LONGEST], self._names))
        return with_synonyms(folded, self._terms_of, self._synonyms)


class EnglishNamesReader:
    """Reads phrases for English names: French ones over the bridge, others as English.

    `names` are all the names, folded.
    """

    def __init__(self, names: Iterable[str]) -> None:
        vocabulary = {word for name in names for word in name.split()}
        english = terms_in("en")
        self._plain = PlainReader(english)
        self._bridge = FrenchBridge(french_lexicon(), vocabulary, english, fold)

    def read(self, phrase: str, language: Language | None = None) -> Phrase:
        if language == "fr":
            return self._bridge.read(phrase)
        return self._plain.read(phrase)


@cache
def french_lexicon() -> Lexicon:
    """French words of work in English; hand-written, in this package."""
    return read_lexicon(_lines("french_english.txt"))


@cache
def chinese_synonyms() -> Synonyms:
    """Chinese words for the same work; hand-written, in this package."""
    return read_synonyms(_lines("chinese_synonyms.txt"))


def _lines(file_name: str) -> list[str]:
    return (DATA / file_name).read_text("utf-8").splitlines()


def _english(folded: str) -> list[str]:
    spelt_out = " ".join(SPELT_OUT.get(word, word) for word in folded.split())
    return words(spelt_out, STEMS["en"])


def _with_parts(
    folded: str, stem: Callable[[str], str], compounds: Compounds
) -> list[str]:
    """Each word and, of a compound, its parts."""
    found: list[str] = []
    for word in folded.split():
        found.append(stem(word))
        parts = compounds.parts(word)
        if len(parts) > 1:
            found += map(stem, parts)
    return found
