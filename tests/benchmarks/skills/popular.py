"""Popularity measured honestly: no title is ranked with a count that it is part of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np

from services.matching.skills.ranking.popularity import usualness
from services.matching.skills.ranking.ranker import Ranker
from tests.benchmarks.skills.measures import Ranks, ranks_of
from tests.benchmarks.skills.sources import Split

FOLDS = 5

WithUsual = Callable[[dict[str, float]], Ranker]
"""Builds the ranker that knows how usual codes are."""


def ranks_by_folds(
    split: Split,
    codes: Sequence[str],
    build: WithUsual,
    *,
    least: int,
    asked: Sequence[int] | None = None,
) -> list[Ranks]:
    """Ranks of the `asked` queries (all, if none are named), each by a ranker that has
    counted the right codes of the other folds, as training does: at least `least`."""
    fold = np.random.default_rng(0).integers(0, FOLDS, len(split.queries))
    meant = [codes[min(right)] for right in split.right]
    places = range(len(split.queries)) if asked is None else asked
    found: dict[int, Ranks] = {}
    for number in range(FOLDS):
        others = (code for code, own in zip(meant, fold, strict=True) if own != number)
        counts = Counter(others)
        ranker = build(usualness({code: n for code, n in counts.items() if n >= least}))
        for at in places:
            if fold[at] == number:
                scores = ranker.scores(ranker.reader.read(split.queries[at], None))
                found[at] = ranks_of(scores, split.right[at])
    return [found[at] for at in places]
