"""The names that runs of words in a text come closest to: word stems, weighted cosine.

For every name and every run of up to LONGEST_RUN content words of one part of the text:
(w · n)² / |w|, with w the weights of the run's words and n those of the name scaled to
length 1. That is cos² · |w|: alike, and about something.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from services.matching.skills.understanding.native import compiled

LONGEST_RUN = 5

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Nearest:
    """Names by falling score, each with its best run: positions [first, last]."""

    names: Ints
    scores: Floats
    cosines: Floats
    first: Ints
    last: Ints


class NameWindows:
    """Names by the stems in them; `weight` says how much a stem tells in a text."""

    def __init__(
        self,
        names: Sequence[Sequence[str]],
        weight: Callable[[str], float],
        boosts: Floats,
    ) -> None:
        holders: dict[str, list[int]] = {}
        for number, stems in enumerate(names):
            for each in dict.fromkeys(stems):
                holders.setdefault(each, []).append(number)
        self._ids = {each: place for place, each in enumerate(holders)}
        lists = [np.array(numbers, np.int32) for numbers in holders.values()]
        self._starts = np.zeros(len(lists) + 1, np.int64)
        np.cumsum([len(numbers) for numbers in lists], out=self._starts[1:])
        self._postings = np.concatenate(lists)
        rarity = np.array(
            [math.log((1 + len(names)) / (1 + len(numbers))) + 1 for numbers in lists]
        )
        lengths = np.zeros(len(names))
        for numbers, rare in zip(lists, rarity, strict=True):
            lengths[numbers] += rare * rare
        self._rarity = rarity.astype(np.float32)
        self._unit = (1 / np.sqrt(np.maximum(lengths, 1e-9))).astype(np.float32)
        told = np.array([weight(each) for each in holders])
        self._told = (rarity * told).astype(np.float32)
        self._boosts = boosts.astype(np.float32)

    def rarity(self, one: str) -> float:
        """How rare a stem is among the names; 0 if none has it."""
        place = self._ids.get(one)
        return 0.0 if place is None else float(self._rarity[place])

    def nearest(self, parts: Sequence[Sequence[str]], count: int) -> Nearest:
        """The `count` best names for the parts of a text, each a row of stems.

        Positions run through all parts, and one is left out between two of them.
        """
        words, part_of = [], []
        for number, part in enumerate(parts):
            for each in part:
                words.append(self._ids.get(each, -1))
                part_of.append(number)
            words.append(-1)
            part_of.append(-1 - number)
        found = _nearest(
            np.array(words, np.int32),
            np.array(part_of, np.int32),
            self._starts,
            self._postings,
            self._rarity,
            self._told,
            self._unit,
            self._boosts,
            LONGEST_RUN,
        )
        names, scores, cosines, first, last = found
        order = np.lexsort((names, -scores))[:count]
        return Nearest(
            names[order], scores[order], cosines[order], first[order], last[order]
        )


@compiled
def _nearest(
    words: Ints,
    part_of: Ints,
    starts: npt.NDArray[np.int64],
    postings: Ints,
    rarity: Floats,
    told: Floats,
    unit: Floats,
    boosts: Floats,
    longest: int,
) -> tuple[Ints, Floats, Floats, Ints, Ints]:
    # the places of every name in the text, as lists that run through `following`
    many = 0
    squares = np.zeros(len(words) + 1, np.float32)
    for place in range(len(words)):
        word = words[place]
        squares[place + 1] = squares[place]
        if word >= 0:
            many += starts[word + 1] - starts[word]
            squares[place + 1] += told[word] * told[word]
    head = np.full(len(unit), -1, np.int32)
    touched = np.empty(min(many, len(unit)), np.int32)
    place_of = np.empty(many, np.int32)
    following = np.empty(many, np.int32)
    entries = some = 0
    for place in range(len(words) - 1, -1, -1):
        word = words[place]
        if word < 0:
            continue
        for posting in range(starts[word], starts[word + 1]):
            name = postings[posting]
            if head[name] < 0:
                touched[some] = name
                some += 1
            place_of[entries] = place
            following[entries] = head[name]
            head[name] = entries
            entries += 1
    scores = np.zeros(some, np.float32)
    cosines = np.zeros(some, np.float32)
    first = np.zeros(some, np.int32)
    last = np.zeros(some, np.int32)
    for index in range(some):
        name = touched[index]
        start = head[name]
        while start >= 0:
            low = place_of[start]
            dot = np.float32(0.0)
            end = start
            while end >= 0:
                high = place_of[end]
                if part_of[high] != part_of[low] or high - low >= longest:
                    break
                word = words[high]
                dot += rarity[word] * unit[name] * told[word]
                length = np.sqrt(squares[high + 1] - squares[low])
                score = dot * dot / length * boosts[name]
                if score > scores[index]:
                    scores[index] = score
                    cosines[index] = min(dot / length, np.float32(1.0))
                    first[index] = low
                    last[index] = high
                end = following[end]
            start = following[start]
    return touched[:some], scores, cosines, first, last
