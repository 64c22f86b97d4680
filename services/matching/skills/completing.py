"""Completions over the taxonomy's own names: what is asked for most comes first."""

from __future__ import annotations

from collections import Counter
from functools import cache
from math import log1p

from services.matching.skills.concepts import Kind, Language, Occupation, Skill
from services.matching.skills.names import Name, names_of
from services.matching.skills.taxonomy import Taxonomy, load_taxonomy
from services.matching.skills.understanding.completions import Completions
from services.matching.skills.understanding.pinyin import Pinyin

# the asked language outweighs all else, then a label, then how usual the concept is
ASKED_LANGUAGE = 100.0
LABEL = 2.0
PER_LETTER = -1 / 30


@cache
def completions_of(kind: Kind, language: Language | None) -> Completions:
    """Numbers of `names_of(kind).all`; those in `language` come first."""
    names = names_of(kind).all
    owners: dict[str, int] = {}
    usual = usualness(load_taxonomy())
    return Completions(
        [name.folded for name in names],
        [owners.setdefault(name.concept.id, len(owners)) for name in names],
        [
            _preferred(name, language) + usual[name.concept.kind, name.concept.id]
            for name in names
        ],
        pinyin_of(kind),
        pinyin_first=language == "zh",
    )


@cache
def pinyin_of(kind: Kind) -> Pinyin:
    """How the Chinese names of `names_of(kind).all` sound."""
    names = names_of(kind).all
    return Pinyin(
        (number, name.folded)
        for number, name in enumerate(names)
        if name.language == "zh"
    )


def usualness(taxonomy: Taxonomy) -> dict[tuple[Kind, str], float]:
    """How much the taxonomy itself makes of each concept: of a skill or certificate
    how many occupations ask for it, of an occupation how many names it goes by."""
    asked: Counter[tuple[Kind, str]] = Counter()
    for concept in taxonomy.concepts():
        asked[concept.kind, concept.id] += 0
        if isinstance(concept, Occupation):
            asked["occupation", concept.id] += len(list(concept.names()))
            asked.update(("skill", id) for id in concept.essential * 2)
            asked.update(("skill", id) for id in concept.optional)
            asked.update(("certificate", id) for id in concept.certificates)
        elif isinstance(concept, Skill):
            asked.update(("skill", id) for id in concept.broader)
    return {key: log1p(times) / 2 for key, times in asked.items()}


def _preferred(name: Name, language: Language | None) -> float:
    return (
        ASKED_LANGUAGE * (name.language == language)
        + LABEL * name.is_label
        + PER_LETTER * len(name.folded)
    )
