"""Ranks the occupations of an imported classification: ESCO's, or CSCO's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from services.matching.skills.concepts import Language
from services.matching.skills.folding import fold
from services.matching.skills.ranking.learned_titles import (
    LearnedTitles,
    TitleEvidence,
)
from services.matching.skills.ranking.phrases import words_of
from services.matching.skills.ranking.popularity import read_usualness
from services.matching.skills.ranking.ranker import (
    Entry,
    Name,
    Ranker,
    Reader,
    Weights,
)
from services.matching.skills.ranking.readers import (
    DATA,
    ChineseReader,
    EnglishNamesReader,
    PlainReader,
    TermsOf,
    compounds_of,
    fold_text,
    terms_in,
)
from services.matching.skills.ranking.title_noise import without_marks

WHOLE_NAME = 1.0
"""What a whole name counts beside what titles taught, that it is not outvoted."""

STOP_WORDS = words_of(
    """
    a an and the of in for to at with on from by or as is are be that this they
    their it its can may also such which who these them not other
    """
)


@dataclass(frozen=True, slots=True)
class Coded:
    """An occupation of a classification: its names by language, the preferred first,
    and what is written about it, in the language of the classification. `counted_as`
    is what popularity knows it by."""

    code: str
    names: Mapping[Language, Sequence[str]] = field(default_factory=dict)
    text: str = ""
    counted_as: str = ""


def rank_esco(
    occupations: Sequence[Coded],
    language: Language = "en",
    usual: Mapping[str, float] | None = None,
) -> Ranker:
    """Ranks ESCO's occupations by their names in one language; texts are English, and
    what counts is the last part of the URI.

    French phrases need no French names: with `language` "en" they are read as English
    ones, beside the names in all further languages. `usual` is what the counts in this
    package say, unless it is given.
    """
    names = [_folded(occupation, language) for occupation in occupations]
    all_names = [name for some in names for name in some]
    terms = terms_in(language, compounds_of(all_names, language))
    reader: Reader = (
        EnglishNamesReader(all_names) if language == "en" else PlainReader(terms)
    )
    entries = [
        Entry(
            occupation.code,
            _named(own, terms),
            about(occupation.text) if language == "en" else (),
            _foreign(occupation, language),
        )
        for occupation, own in zip(occupations, names, strict=True)
    ]
    if usual is None:
        usual = read_usualness(DATA / "usual_esco.json")
    return Ranker(entries, reader, usual=_by_code(occupations, usual))


def rank_csco(
    occupations: Sequence[Coded], learned: LearnedTitles | None = None
) -> Ranker:
    """Ranks the occupations of the Chinese classification, whose texts are Chinese.

    With what was `learned` from titles, the signals count what they counted there.
    """
    terms = terms_in("zh")
    entries = []
    for occupation in occupations:
        names = dict.fromkeys(
            fold(without_marks(name)) for name in occupation.names.get("zh", ())
        )
        text = tuple(terms(fold_text(occupation.text)))
        entries.append(Entry(occupation.code, _named(names, terms), text))
    if learned is None:
        return Ranker(entries, ChineseReader())
    plain = Weights()
    return Ranker(
        entries,
        ChineseReader(),
        usual=learned.how_usual(),
        weights=Weights(
            letters=plain.letters * learned.names,
            words=plain.words * learned.names,
            together=learned.together,
            about=learned.about,
            usual=1.0,
            whole=WHOLE_NAME,
        ),
        evidence=TitleEvidence(learned, [entry.id for entry in entries]),
    )


def about(text: str) -> tuple[str, ...]:
    """The terms of an English text that say what it is about."""
    terms = terms_in("en")(fold_text(text))
    return tuple(term for term in terms if term not in STOP_WORDS)


def _by_code(
    occupations: Iterable[Coded], usual: Mapping[str, float]
) -> dict[str, float]:
    return {
        occupation.code: usual.get(occupation.counted_as or occupation.code, 0.0)
        for occupation in occupations
    }


def _folded(occupation: Coded, language: Language) -> list[str]:
    return [*dict.fromkeys(map(fold, occupation.names.get(language, ())))]


def _foreign(occupation: Coded, language: Language) -> tuple[str, ...]:
    names = [
        fold(name)
        for spoken, names in occupation.names.items()
        if spoken != language
        for name in names
    ]
    return tuple(dict.fromkeys(names))


def _named(folded: Iterable[str], terms: TermsOf) -> tuple[Name, ...]:
    return tuple(Name(name, tuple(terms(name))) for name in folded)
