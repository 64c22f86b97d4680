"""Aliases that a shifted column has put beside the wrong label, and where they belong.

Some copies of ESCO have whole cells of aliases in another row than their label, alone
or behind the row's own aliases. Such a cell shares no telling word with its
label, while its aliases share words with each other. It moves to the label that one of
them all but spells, or is left out: a wrong alias names the wrong skill.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from services.matching.skills.folding import fold
from services.matching.skills.understanding.stems import content_stems

ALL_BUT_SPELLS = 85.0
FAR_BETTER = 20.0
CANDIDATES = 60


@dataclass(frozen=True, slots=True)
class Rehomed:
    """`aliases` of every label, and how many cells moved or were left out."""

    aliases: list[tuple[str, ...]]
    moved: int
    left_out: int


def rehomed(
    labels: Sequence[str],
    aliases: Sequence[Sequence[str]],
    suspects: Sequence[bool],
) -> Rehomed:
    """Aliases beside the labels they belong to; only those of `suspects` can move.

    True aliases too may share no word with their label (ICT, informatics), so a caller
    names the rows whose source is in doubt.
    """
    homes = _Homes(labels)
    kept: list[list[str]] = [[] for _ in labels]
    arrived: list[list[str]] = [[] for _ in labels]
    moved = left_out = 0
    for row, cell in enumerate(aliases):
        own = homes.own_part(row, cell) if suspects[row] else len(cell)
        kept[row] = list(cell[:own])
        if foreign := cell[own:]:
            home = homes.of(foreign)
            if home is None:
                left_out += 1
            else:
                arrived[home] += foreign
                moved += 1
    together = [
        tuple(dict.fromkeys(own + new)) for own, new in zip(kept, arrived, strict=True)
    ]
    return Rehomed(together, moved, left_out)


class _Homes:
    def __init__(self, labels: Sequence[str]) -> None:
        self._folded = [fold(label) for label in labels]
        self._stems = [set(content_stems(folded)) for folded in self._folded]
        self._holders: dict[str, list[int]] = defaultdict(list)
        for row, stems in enumerate(self._stems):
            for each in stems:
                self._holders[each].append(row)

    def own_part(self, row: int, cell: Sequence[str]) -> int:
        """How many of a cell's first aliases are the row's own."""
        stems = [set(content_stems(fold(alias))) for alias in cell]
        start = len(cell)
        cluster: set[str] = set()
        while start and self._stems[row].isdisjoint(stems[start - 1]):
            if cluster and cluster.isdisjoint(stems[start - 1]):
                break
            start -= 1
            cluster |= stems[start]
        if all(self._stems[row].isdisjoint(each) for each in stems[:start]):
            start = 0
        if start == 0 or len(cell) - start >= 2:
            return start
        return 0 if self._is_elsewhere(row, cell) else len(cell)

    def of(self, cell: Sequence[str]) -> int | None:
        """The label that an alias of this cell all but spells."""
        percent, row = self._nearest([fold(alias) for alias in cell])
        return row if percent >= ALL_BUT_SPELLS else None

    def _is_elsewhere(self, row: int, cell: Sequence[str]) -> bool:
        """Whether a cell that shares a word with its label fits another far better."""
        folded = [fold(alias) for alias in cell]
        here = max((self._likeness(row, alias) for alias in folded), default=100.0)
        if here + FAR_BETTER > 100.0:
            return False
        there, _ = self._nearest(folded)
        return there >= max(ALL_BUT_SPELLS, here + FAR_BETTER)

    def _nearest(self, folded: Sequence[str]) -> tuple[float, int]:
        weights: dict[int, float] = defaultdict(float)
        for each in sorted({s for alias in folded for s in content_stems(alias)}):
            holders = self._holders.get(each, ())
            for row in holders:
                weights[row] += math.log(len(self._folded) / len(holders))
        near = sorted(weights, key=lambda row: (-weights[row], row))[:CANDIDATES]
        scored = [(max(self._likeness(row, a) for a in folded), -row) for row in near]
        percent, negated = max(scored, default=(0.0, 0))
        return percent, -negated

    def _likeness(self, row: int, folded: str) -> float:
        return fuzz.token_sort_ratio(self._folded[row], folded)
