"""Weighs words by SkillSpan and fits the rule that orders the skills of a sentence.

python -m infra.training.train_sentences DATA OUT.json

A word weighs as much as it stands inside spans that SkillSpan's training sentences
mark; the rule is fitted on the labelled sentences. The same data give the same file.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from infra.training.labelled import (
    PARTS,
    Sentence,
    esco_skills,
    sentences,
    skillspan,
)
from infra.training.listwise import Floats, Group, fit, order
from services.matching.skills.folding import fold
from services.matching.skills.understanding.places import content_terms
from services.matching.skills.understanding.sentence_skills import (
    FEATURES,
    SentenceSkills,
    SkillEntry,
)

L2 = 0.3
BLOCKS = 10
STRENGTH = 0.3
USUAL_SHARE = 0.35
PRIOR = np.array([float(feature == "score") for feature in FEATURES])
"""What is known untrained: the window's score orders skills."""


@dataclass(frozen=True, slots=True)
class Case:
    """A sentence, the skills looked at, and their figures."""

    part: str
    sentence: Sentence
    skills: Sequence[int]
    group: Group

    def ranked(self, rule: Floats) -> list[int]:
        return [self.skills[at] for at in order(self.group[0], rule)]


def word_weights(data: Path) -> dict[str, float]:
    inside: Counter[str] = Counter()
    seen: Counter[str] = Counter()
    for one in skillspan(data):
        marks = zip(
            one["tokens"], one["tags_skill"], one["tags_knowledge"], strict=True
        )
        for token, skill, knowledge in marks:
            for term in content_terms(fold(token)):
                seen[term] += 1
                inside[term] += skill != "O" or knowledge != "O"
    weights = {}
    for term in sorted(seen):
        share = (inside[term] + 1.05) / (seen[term] + 3)
        weight = min(1.0, max(0.1, share / USUAL_SHARE)) ** STRENGTH
        if weight < 0.985:
            weights[term] = round(weight, 2)
    return weights


def cases(
    data: Path, skills: Sequence[SkillEntry], weights: Mapping[str, float]
) -> list[Case]:
    ranking = SentenceSkills(skills, weights, {"score": 1.0})
    found = []
    for part in PARTS:
        for sentence in sentences(data, part, skills):
            looked_at, figures = ranking.candidates(sentence.text)
            right = {skill for some in sentence.right for skill in some}
            marks = np.array([one.skill in right for one in looked_at], np.bool_)
            numbers = [one.skill for one in looked_at]
            found.append(Case(part, sentence, numbers, (figures, marks)))
    return found


def held_out(cases: Sequence[Case]) -> list[list[int]]:
    """The skills of each case by rules fitted on the other nine blocks of ten; blocks,
    because a posting's sentences stand side by side."""
    block_of = np.arange(len(cases)) * BLOCKS // len(cases)
    found = []
    for block in range(BLOCKS):
        others = [
            one.group for one, its in zip(cases, block_of, strict=True) if its != block
        ]
        rule = fit(others, L2, PRIOR)
        found += [
            cases[at].ranked(rule) for at in np.flatnonzero(block_of == block).tolist()
        ]
    return found


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="train_sentences", description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    asked = parser.parse_args(arguments)
    weights = word_weights(asked.data)
    every = cases(asked.data, esco_skills(asked.data), weights)
    rule = fit([case.group for case in every], L2, PRIOR)
    learned = {
        "coefficients": {
            name: round(float(value), 2)
            for name, value in zip(FEATURES, rule, strict=True)
        },
        "word_weights": weights,
    }
    asked.out.write_text(json.dumps(learned, indent=0) + "\n", "utf-8")


if __name__ == "__main__":
    main()
