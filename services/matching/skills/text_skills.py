"""The skills of the taxonomy that a text speaks of: to suggest, never to decide.

Where a text names a skill, `extract` finds it; here a text need only speak of it: "keep
the kitchen spotless" suggests kitchen cleaning.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cache

from services.matching.skills.concepts import Skill
from services.matching.skills.taxonomy import load_taxonomy
from services.matching.skills.understanding.learned import sentence_rule
from services.matching.skills.understanding.sentence_skills import (
    SentenceSkills,
    SkillEntry,
)

LEAST_CONFIDENCE = 0.4


@dataclass(frozen=True, slots=True)
class SpokenOf:
    """A skill, the name of it that is nearest, and the window, characters [start, end)
    of the text. `confidence` is how much of what tells in the window and in the name
    they share, 0 to 1."""

    skill: Skill
    confidence: float
    name: str
    start: int
    end: int


def skills_spoken_of(text: str, limit: int) -> list[SpokenOf]:
    """Up to `limit` skills, the likeliest first, which is not by confidence alone."""
    skills = tuple(load_taxonomy().skills.values())
    ranked = _ranking().rank(text, limit * 2)
    found = [
        SpokenOf(skills[one.skill], round(one.cosine, 4), one.name, one.start, one.end)
        for one in ranked
        if one.cosine >= LEAST_CONFIDENCE
    ]
    return found[:limit]


@cache
def _ranking() -> SentenceSkills:
    """Built once, in about half a second."""
    taxonomy = load_taxonomy()
    relations: Counter[str] = Counter()
    for skill in taxonomy.skills.values():
        for other in (*(link.skill for link in skill.links), *skill.broader):
            relations.update((skill.id, other))
    weights, coefficients = sentence_rule()
    entries = [
        SkillEntry(
            skill.label_en,
            [name for _, name in skill.names() if name != skill.label_en],
            relations[skill.id],
        )
        for skill in taxonomy.skills.values()
    ]
    return SentenceSkills(entries, weights, coefficients)
