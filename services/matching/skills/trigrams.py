"""Which of many names share the most letter trigrams with a phrase."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from services.matching.skills.folding import is_chinese


def grams(folded: str) -> set[str]:
    """The trigrams of a folded phrase, its ends included; for Chinese, which is dense
    and short, its characters and pairs of them too."""
    padded = f"  {folded} "
    found = {padded[i : i + 3] for i in range(len(padded) - 2)}
    if not folded.isascii():
        for first, second in zip(folded, folded[1:] + " ", strict=True):
            if is_chinese(first):
                found |= {first, first + second}
    return found


class Trigrams:
    """An inverted index from gram to the names that have it."""

    def __init__(self, names: Sequence[str]) -> None:
        holders: dict[str, list[int]] = {}
        self._sizes = np.zeros(len(names), np.int32)
        for number, name in enumerate(names):
            found = grams(name)
            self._sizes[number] = len(found)
            for gram in found:
                holders.setdefault(gram, []).append(number)
        self._holders = {
            gram: np.array(numbers, np.int32) for gram, numbers in holders.items()
        }

    def nearest(self, folded: str, count: int) -> list[int]:
        """Numbers of up to `count` names by Dice coefficient, the best first.

        Names without any gram in common are never among them; of equals, the earlier
        comes first.
        """
        asked = grams(folded)
        holders = [self._holders[gram] for gram in asked if gram in self._holders]
        if not holders:
            return []
        shared = np.bincount(np.concatenate(holders), minlength=len(self._sizes))
        some = np.flatnonzero(shared)
        dice = 2.0 * shared[some] / (len(asked) + self._sizes[some])
        if len(some) > count:
            # all that equal the last one stay, so that the cut is no accident
            least = np.partition(dice, len(some) - count)[len(some) - count]
            kept = dice >= least
            some, dice = some[kept], dice[kept]
        order = np.argsort(-dice, kind="stable")
        return [int(number) for number in some[order[:count]]]
