"""What real titles taught about the parts of titles: which occupations a character or a
pair of characters speaks for, and which it speaks against.

No title is kept, only parts that several titles have in common.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt

from services.matching.skills.ranking.term_index import Floats, add_postings

FILE = Path(__file__).resolve().parent / "data" / "csco_titles.npz"

ENDS = (1, 2)
"""Of so many characters is what begins a title and what ends it."""

_UNIT = re.compile(r"[a-z0-9#+]+|\S")

STEPS = 127
"""Weights are kept as whole steps, so many to the largest."""


@dataclass(frozen=True, slots=True)
class LearnedTitles:
    """`weights[starts[n]:starts[n + 1]]` are what part n says of the `codes` whose
    numbers stand at the same places of `holders`; `idf` says how rare the parts are.

    `names`, `together` and `about` are what the signals of the ranker count beside it;
    `usual` is how usual each code is, 0 the least.
    """

    codes: tuple[str, ...]
    usual: Floats
    parts: tuple[str, ...]
    idf: Floats
    starts: npt.NDArray[np.int64]
    holders: npt.NDArray[np.int32]
    weights: Floats
    names: float
    together: float
    about: float

    def how_usual(self) -> dict[str, float]:
        return dict(zip(self.codes, self.usual.tolist(), strict=True))


class TitleEvidence:
    """What the parts of a title say of some occupations, `ids`; those that were not
    there in training are not spoken of."""

    def __init__(self, learned: LearnedTitles, ids: Sequence[str]) -> None:
        place = {id: at for at, id in enumerate(ids)}
        places = np.array([place.get(code, -1) for code in learned.codes], np.int32)
        holders = places[learned.holders]
        known = holders >= 0
        self._numbers = {part: number for number, part in enumerate(learned.parts)}
        self._idf = learned.idf
        self._starts = np.concatenate(([0], np.cumsum(known)))[learned.starts]
        self._holders = holders[known]
        self._weights = learned.weights[known]
        self._count = len(ids)

    def scores(self, title: str) -> Floats:
        """Of each occupation what speaks for it, less what speaks against it."""
        numbers, values = weighed(title, self._numbers, self._idf)
        out = np.zeros(self._count, np.float32)
        add_postings(self._starts, self._holders, self._weights, numbers, values, out)
        return out


def parts_of(title: str) -> list[str]:
    """The characters of a folded title, the pairs of them, and what begins and what
    ends it: its head stands at the end. A Latin word counts as one character."""
    units = _UNIT.findall(title)
    pairs = map("".join, pairwise(units))
    begun = (f"^{''.join(units[:count])}" for count in ENDS)
    ended = (f"{''.join(units[-count:])}$" for count in ENDS)
    return [*units, *pairs, *begun, *ended] if units else []


def weighed(
    title: str, numbers: Mapping[str, int], idf: Floats
) -> tuple[npt.NDArray[np.int32], Floats]:
    """The known parts of a title and what each weighs, all of length 1."""
    counts = Counter(numbers[part] for part in parts_of(title) if part in numbers)
    known = np.fromiter(counts, np.int32, len(counts))
    often = np.fromiter(counts.values(), np.float32, len(counts))
    values = (1 + np.log(often)) * idf[known]
    length = np.float32(max(float(np.sqrt(values @ values)), 1e-9))
    return known, (values / length).astype(np.float32)


def write_learned(path: Path, learned: LearnedTitles) -> None:
    """The same knowledge gives the same file."""
    step = float(np.abs(learned.weights).max()) / STEPS
    np.savez_compressed(
        path,
        codes=np.array(learned.codes),
        usual=learned.usual.astype(np.float16),
        parts=np.array(learned.parts),
        idf=learned.idf.astype(np.float16),
        starts=learned.starts.astype(np.int32),
        holders=learned.holders.astype(np.uint16),
        steps=np.round(learned.weights / step).astype(np.int8),
        step=np.float32(step),
        signals=np.array([learned.names, learned.together, learned.about], np.float32),
    )


def read_learned(path: Path) -> LearnedTitles:
    with np.load(path, allow_pickle=False) as file:
        names, together, about = file["signals"].tolist()
        return LearnedTitles(
            codes=tuple(file["codes"].tolist()),
            usual=file["usual"].astype(np.float32),
            parts=tuple(file["parts"].tolist()),
            idf=file["idf"].astype(np.float32),
            starts=file["starts"].astype(np.int64),
            holders=file["holders"].astype(np.int32),
            weights=file["steps"].astype(np.float32) * file["step"],
            names=names,
            together=together,
            about=about,
        )


@cache
def csco_titles() -> LearnedTitles:
    """What Chinese adverts' titles taught; made by infra/training/train_titles.py."""
    return read_learned(FILE)
