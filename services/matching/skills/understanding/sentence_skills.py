"""Which skills a sentence of an advert or a CV speaks of, the likeliest first.

Windows of words find names; a linear rule over a few plain figures orders their
skills. Its coefficients and the weights of words come from
`infra/training/train_sentences.py`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from services.matching.skills.folding import fold
from services.matching.skills.understanding.places import (
    Placed,
    content_terms,
    placed_parts,
)
from services.matching.skills.understanding.windows import NameWindows, Nearest

_QUALIFIER = re.compile(r"\s*\([^)]*\)")
LONGEST_TEXT = 2_000
NAMES_LOOKED_AT = 2_000
SKILLS_LOOKED_AT = 60
LABEL_BOOST = 1.2

Row = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class SkillEntry:
    """A skill as the ranking sees it; `relations` counts its links to other skills."""

    label: str
    aliases: Sequence[str]
    relations: int


@dataclass(frozen=True, slots=True)
class Found:
    """A skill (its number) with the window that speaks of it, characters [start, end):
    the `cosine` (0 to 1) of its words and those of `name`, each as far as it tells."""

    skill: int
    score: float
    name: str
    cosine: float
    start: int
    end: int


FEATURES = (
    "score",
    "mass",
    "label_covered",
    "label_length",
    "run_rank",
    "of_best",
    "relations",
)


class SentenceSkills:
    def __init__(
        self,
        skills: Sequence[SkillEntry],
        word_weights: Mapping[str, float],
        coefficients: Mapping[str, float],
    ) -> None:
        self._skills = skills
        texts, owners, is_label = [], [], []
        for number, skill in enumerate(skills):
            bare = _QUALIFIER.sub("", skill.label) or skill.label
            label_names = dict.fromkeys((skill.label, bare))
            for name in dict.fromkeys((*label_names, *skill.aliases)):
                texts.append(name)
                owners.append(number)
                is_label.append(name in label_names)
        self._texts = texts
        self._owners = np.array(owners, np.int32)
        boosts = np.where(is_label, LABEL_BOOST, 1.0)
        self._windows = NameWindows(
            [content_terms(fold(text)) for text in texts],
            lambda each: word_weights.get(each, 1.0),
            boosts.astype(np.float32),
        )
        self._label_stems = [
            frozenset(content_terms(fold(_QUALIFIER.sub("", skill.label))))
            for skill in skills
        ]
        self._coefficients = np.array(
            [coefficients.get(name, 0.0) for name in FEATURES]
        )

    def rank(self, sentence: str, limit: int) -> list[Found]:
        """Up to `limit` skills, the likeliest first; of equals the earlier skill."""
        found, rows = self.candidates(sentence)
        if not found:
            return []
        scores = rows @ self._coefficients
        order = sorted(range(len(found)), key=lambda i: (-scores[i], found[i].skill))
        return [found[i] for i in order[:limit]]

    def candidates(self, sentence: str) -> tuple[list[Found], Row]:
        """The skills looked at, best run first, and a row of FEATURES for each."""
        parts = placed_parts(sentence[:LONGEST_TEXT])
        stems = [[word.stem for word in part] for part in parts]
        nearest = self._windows.nearest(stems, NAMES_LOOKED_AT)
        found = self._best_of_each_skill(nearest, _positions(parts))
        if not found:
            return [], np.zeros((0, len(FEATURES)))
        said = {each for part in stems for each in part}
        ranks: dict[tuple[int, int], int] = {}
        rows = [self._row(each, found[0].score, said, ranks) for each in found]
        return found, np.array(rows).reshape(-1, len(FEATURES))

    def _best_of_each_skill(
        self, nearest: Nearest, words: Sequence[Placed]
    ) -> list[Found]:
        best: dict[int, Found] = {}
        owners = self._owners[nearest.names]
        for at, skill in enumerate(owners.tolist()):
            if skill not in best:
                best[skill] = Found(
                    skill,
                    float(nearest.scores[at]),
                    self._texts[nearest.names[at]],
                    float(nearest.cosines[at]),
                    words[nearest.first[at]].start,
                    words[nearest.last[at]].end,
                )
                if len(best) == SKILLS_LOOKED_AT:
                    break
        return list(best.values())

    def _row(
        self,
        found: Found,
        best_score: float,
        said: set[str],
        ranks: dict[tuple[int, int], int],
    ) -> list[float]:
        skill = self._skills[found.skill]
        run = (found.start, found.end)
        rank = ranks[run] = ranks.get(run, -1) + 1
        label = self._label_stems[found.skill]
        rarity = {each: self._windows.rarity(each) for each in label}
        whole = sum(rarity.values())
        covered = sum(rare for each, rare in rarity.items() if each in said)
        return [
            math.log(found.score),
            math.log(found.score / found.cosine**2),
            covered / whole if whole else 0.0,
            float(len(label)),
            math.log1p(rank),
            found.score / best_score,
            math.log1p(skill.relations),
        ]


def _positions(parts: Sequence[Sequence[Placed]]) -> list[Placed]:
    """The words by the positions that windows count: one is left out behind a part."""
    gap = Placed("", 0, 0)
    return [word for part in parts for word in (*part, gap)]
