"""What somebody is about to type: names that begin so, then words, then what sounds so
in Chinese, then near misses."""

from __future__ import annotations

from dataclasses import dataclass

from services.matching.skills.completing import completions_of
from services.matching.skills.concepts import Concept, Kind, Language
from services.matching.skills.folding import fold, is_chinese
from services.matching.skills.names import names_of


@dataclass(frozen=True, slots=True)
class Completion:
    """A concept, its label in the asked language, and the name that was matched."""

    concept: Concept
    label: str
    name: str


def suggest(
    typed: str, kind: Kind, language: Language | None = None, limit: int = 10
) -> list[Completion]:
    """Up to `limit` concepts for what has been typed so far, each once.

    Names that begin with it come first, then names with all its words in any order, the
    last of them begun (in Chinese at any character), then Chinese names by pinyin or
    its initials (with `language` "zh" pinyin goes before what else begins so), then
    names that it may be a slip of the pen for; of each, what is usual first. Without
    `language`, labels are Chinese when something Chinese was typed, else English.
    """
    shown = language or ("zh" if any(map(is_chinese, fold(typed))) else "en")
    numbers = completions_of(kind, shown).suggest(typed, limit)
    names = (names_of(kind).all[number] for number in numbers)
    return [
        Completion(name.concept, name.concept.label(shown), name.folded)
        for name in names
    ]
