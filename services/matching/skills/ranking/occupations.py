"""Ranks the occupations of the taxonomy in this package, in all its languages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache

from services.matching.skills.concepts import Language, Occupation
from services.matching.skills.folding import fold
from services.matching.skills.ranking.bridge import FrenchBridge
from services.matching.skills.ranking.phrases import Phrase
from services.matching.skills.ranking.ranker import Entry, Name, Ranker
from services.matching.skills.ranking.readers import (
    LINKS,
    ChineseReader,
    TermsOf,
    compounds_of,
    french_lexicon,
    has_chinese,
    terms_in,
)
from services.matching.skills.ranking.term_index import Alternatives
from services.matching.skills.taxonomy import Taxonomy, load_taxonomy

GROUPS = (2, 3, 4)
"""So many digits of the ISCO-08 code are what an occupation is about, too."""

LATIN: tuple[Language, ...] = ("en", "de", "es", "fr", "nl")


@cache
def own_occupations() -> Ranker:
    """Ranks occupations by id; built once, in about half a second."""
    return rank_occupations(load_taxonomy())


def rank_occupations(taxonomy: Taxonomy) -> Ranker:
    occupations = list(taxonomy.occupations.values())
    named = [
        (language, fold(name)) for o in occupations for language, name in o.names()
    ]
    terms = _terms_by_language(taxonomy)
    entries = [_entry(occupation, taxonomy, terms) for occupation in occupations]
    return Ranker(entries, EveryLanguageReader(terms, named))


class EveryLanguageReader:
    """Reads phrases for names in many languages at once; `named` are all of them.

    Chinese shows; a word of a phrase in an untold language may be one of any of the
    others.
    """

    def __init__(
        self,
        terms: Mapping[Language, TermsOf],
        named: Sequence[tuple[Language, str]],
    ) -> None:
        self._terms = terms
        self._chinese = ChineseReader(name for spoken, name in named if spoken == "zh")
        english = (name for spoken, name in named if spoken == "en")
        vocabulary = {word for name in english for word in name.split()}
        self._bridge = FrenchBridge(
            french_lexicon(), vocabulary, terms["en"], fold, terms["fr"]
        )

    def read(self, phrase: str, language: Language | None) -> Phrase:
        if language == "zh" or has_chinese(phrase):
            return self._chinese.read(phrase)
        if language == "fr":
            return self._bridge.read(phrase)
        folded = fold(phrase)
        spoken = LATIN if language is None else (language,)
        groups = [self._word(word, spoken) for word in dict.fromkeys(folded.split())]
        return Phrase(tuple(groups), folded)

    def _word(self, word: str, spoken: Iterable[Language]) -> Alternatives:
        terms = [term for language in spoken for term in self._terms[language](word)]
        return [(term, 1.0) for term in dict.fromkeys(terms)]


def _terms_by_language(taxonomy: Taxonomy) -> dict[Language, TermsOf]:
    """Compounds are taken apart by the names of skills as well."""
    names: dict[Language, list[str]] = {language: [] for language in (*LATIN, "zh")}
    for concept in taxonomy.concepts():
        for language, name in concept.names():
            if language in LINKS:
                names[language].append(fold(name))
    return {
        language: terms_in(language, compounds_of(known, language))
        for language, known in names.items()
    }


def _entry(
    occupation: Occupation, taxonomy: Taxonomy, terms: Mapping[Language, TermsOf]
) -> Entry:
    names: dict[str, Name] = {}
    foreign: dict[str, None] = {}
    for language, text in occupation.names():
        folded = fold(text)
        names.setdefault(folded, Name(folded, tuple(terms[language](folded))))
        if language not in ("en", "zh"):
            foreign[folded] = None
    about = [f"@{occupation.isco08[:digits]}" for digits in GROUPS]
    for id in (*occupation.essential, *occupation.optional):
        skill = taxonomy.skills[id]
        about += terms["en"](fold(skill.label_en))
        about += terms["zh"](fold(skill.label_zh))
    return Entry(occupation.id, tuple(names.values()), tuple(about), tuple(foreign))
