"""Fits the rule that orders rival names, from pairs of tag synonyms.

python -m infra.training.train_rivals DATA OUT.json

The same pairs give the same file. `held_out` says how well a rule does that has not
seen the pairs it is asked.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from infra.training.labelled import tag_synonyms, tags
from infra.training.listwise import Group, fit, order
from services.matching.skills.understanding.learned import tech_words
from services.matching.skills.understanding.rivals import Rivals
from services.matching.skills.understanding.rivals_kernel import FEATURES

L2 = 0.01
FOLDS = 5
NOT_AMONG_THEM = 999


def groups(
    data: Path, same: Sequence[tuple[str, str]] | None = None
) -> tuple[list[str], list[Group]]:
    """The tags, and for each synonym its rivals' figures and which is meant."""
    names, uses = tags(data)
    rivals = Rivals(names, uses, {}, tech_words() if same is None else same)
    found = []
    for row in tag_synonyms(data):
        numbers, figures = rivals.compared(row["alias"])
        right = np.array([names[number] == row["canonical"] for number in numbers])
        found.append((figures, right.astype(np.bool_)))
    return names, found


def held_out(groups: Sequence[Group], seed: int) -> npt.NDArray[np.int64]:
    """The rank of what is meant by rules fitted on the other four folds of five."""
    fold_of = np.random.default_rng(seed).permutation(len(groups)) % FOLDS
    ranks = np.full(len(groups), NOT_AMONG_THEM, np.int64)
    for fold in range(FOLDS):
        rule = fit(
            [one for one, its in zip(groups, fold_of, strict=True) if its != fold], L2
        )
        for place in np.flatnonzero(fold_of == fold).tolist():
            figures, right = groups[place]
            if right.any():
                ranks[place] = int(np.argmax(right[order(figures, rule)])) + 1
    return ranks


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="train_rivals", description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    asked = parser.parse_args(arguments)
    rule = fit(groups(asked.data)[1], L2)
    named = {
        name: round(float(value), 3) for name, value in zip(FEATURES, rule, strict=True)
    }
    asked.out.write_text(json.dumps(named, indent=0) + "\n", "utf-8")


if __name__ == "__main__":
    main()
