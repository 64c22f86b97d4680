"""What a folded phrase is made of: its words, each bare of number and gender, and
their trigrams."""

from __future__ import annotations

import re
from collections.abc import Callable

from services.matching.skills.concepts import Language
from services.matching.skills.folding import is_chinese

# a vowel or consonant is doubled or not by what follows it: taal and talen
_DOUBLED = re.compile(r"([a-z])\1")

GRAM = 3
SHORTEST_STEM = 4

_ENGLISH = (
    ("ies", "y"), ("sses", "ss"), ("shes", "sh"), ("ches", "ch"), ("xes", "x"),
    ("ss", "ss"), ("s", ""),
)  # fmt: skip
_GERMAN = (
    "erinnen", "innen", "erin", "in", "ern", "em", "er", "en", "es", "e", "n", "s",
)  # fmt: skip
_DUTCH = (
    "sters", "ster", "eressen", "eres", "essen", "es", "aars", "aar", "ers", "en", "er",
    "e", "s",
)  # fmt: skip
_SPANISH = ("as", "os", "es", "a", "o", "e", "s")
_FRENCH = (
    "trices", "trice", "teuses", "teuse", "teurs", "teur", "euses", "euse", "eurs",
    "eur", "ieres", "iere", "iers", "ier", "iennes", "ienne", "iens", "ien", "ees",
    "es", "ee", "e", "s", "x",
)  # fmt: skip


def words(folded: str, stem: Callable[[str], str]) -> list[str]:
    """The stems of the words; of Chinese, its characters and pairs of them."""
    found: list[str] = []
    for word in folded.split():
        if any(map(is_chinese, word)):
            found += chinese_terms(word)
        else:
            found.append(stem(word))
    return found


def grams(folded: str) -> list[str]:
    """The trigrams of each word, its ends marked; as often as they occur."""
    found: list[str] = []
    for word in folded.split():
        padded = f" {word} "
        found += [padded[i : i + GRAM] for i in range(len(padded) - GRAM + 1)]
    return found


def chinese_terms(word: str) -> list[str]:
    return [*word, *(word[i : i + 2] for i in range(len(word) - 1))]


def english(word: str) -> str:
    """The singular, near enough."""
    if len(word) < SHORTEST_STEM:
        return word
    for ending, instead in _ENGLISH:
        if word.endswith(ending):
            return word[: len(word) - len(ending)] + instead
    return word


def german(word: str) -> str:
    """Without number, case and gender: Fahrerinnen, Fahrer → fahr."""
    if word.endswith("frau"):
        word = word[:-4] + "mann"
    return _without(word, _GERMAN)


def dutch(word: str) -> str:
    """Without number and gender, in a spelling that does not depend on them:
    schoonmaaksters, schoonmaker → schonmak; lassers, lassen → las."""
    if word.endswith("vrouw"):
        word = word[:-5] + "man"
    elif word.endswith("mannen"):
        word = word[:-3]
    return _DOUBLED.sub(r"\1", _without(word, _DUTCH))


def spanish(word: str) -> str:
    """Without number and gender: directoras, director → director."""
    return _without(word, _SPANISH)


def french(word: str) -> str:
    """Without number and gender: vendeuses, vendeur → vend."""
    return _without(word, _FRENCH)


def _without(word: str, endings: tuple[str, ...]) -> str:
    for ending in endings:
        if word.endswith(ending) and len(word) - len(ending) >= SHORTEST_STEM:
            return word[: len(word) - len(ending)]
    return word


STEMS: dict[Language, Callable[[str], str]] = {
    "en": english,
    "de": german,
    "es": spanish,
    "fr": french,
    "nl": dutch,
    "zh": english,
}
