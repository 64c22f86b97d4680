"""The best known of many technical names for what somebody wrote: js, k8s, MSVC++.

Ranks, and decides nothing: how near a name looks says which to offer first. Spelling,
stems, initials and inclusion choose some dozens of rivals; a linear rule that
`infra/training/train_rivals.py` fitted orders them.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain

import numpy as np
import numpy.typing as npt

from services.matching.skills.understanding.forms import Form, form, spelling_grams
from services.matching.skills.understanding.postings import Postings, starts_of
from services.matching.skills.understanding.rivals_kernel import (
    FEATURES,
    compare,
    first_squeezed,
)
from services.matching.skills.understanding.stems import stem

_NUMERONYM = re.compile(r"[a-z][0-9]{1,2}[a-z]")
NEAREST = 12
SHORT = 5
MOST_SQUEEZED = 20
MOST_OF_A_KEY = 40
# less than this share of the best score is not looked at
FAR_OFF = 0.2

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]


class Rivals:
    """Names with how often each is used; `same` pairs words that mean the same."""

    def __init__(
        self,
        names: Sequence[str],
        uses: Sequence[int],
        coefficients: Mapping[str, float],
        same: Sequence[tuple[str, str]] = (),
    ) -> None:
        self.names = names
        # k8s: a word with digits in it is no single word of a form
        self._spelt = {one: other for one, other in same if not one.isalpha()}
        self._coefficients = np.array([coefficients.get(f, 0.0) for f in FEATURES])
        self._popular = np.log10(np.array(uses, float) + 1)
        forms = [form(name) for name in names]
        stem_sets = [frozenset(each.stems) for each in forms]
        self._spelling = Postings([spelling_grams(each.joined) for each in forms], True)
        self._by_stem = Postings([sorted(stems) for stems in stem_sets], False)
        self._keys = _keys(forms, self._popular)
        self._first = _by_first_letter(forms, self._popular)
        self._ids = dict(self._by_stem.ids)
        pairs = sorted({p for a, b in same for p in _both_ways(stem(a), stem(b))})
        for each in chain.from_iterable(pairs):
            self._ids.setdefault(each, len(self._ids))
        self._numbers: dict[str, int] = {}
        self._arrays(forms, pairs)
        self._weigh(stem_sets)
        self._same: dict[str, list[str]] = defaultdict(list)
        for one, other in pairs:
            self._same[one].append(other)

    def rank(self, phrase: str, limit: int) -> list[tuple[int, float]]:
        """(number of the name, score), the best first; of equals the earlier name."""
        rivals, rows = self.compared(phrase)
        if not len(rivals):
            return []
        scores = rows @ self._coefficients
        order = np.lexsort((rivals, -scores))[:limit]
        return [(int(rivals[i]), float(scores[i])) for i in order]

    def compared(self, phrase: str) -> tuple[Ints, Floats]:
        """The rivals looked at and a row of FEATURES for each."""
        asked = self._spelt_out(form(phrase))
        if not asked.joined:
            return np.zeros(0, np.int32), np.zeros((0, len(FEATURES)))
        cosines = self._spelling.cosines(spelling_grams(asked.joined))
        rivals = np.fromiter(sorted(self._candidates(asked, cosines)), np.int32)
        stems = [self._ids.get(each, -1) for each in asked.stems]
        rows = compare(
            _bytes(asked.letters),
            _ends(asked),
            np.array(stems, np.int32),
            np.array([self._numbers.get(n, -1) for n in asked.numbers], np.int32),
            rivals,
            cosines[rivals],
            *self._packed,
            self._rarity,
            self._droppable,
            self._unseen,
            self._popular,
            self._pairs,
        )
        return rivals, rows

    def _spelt_out(self, asked: Form) -> Form:
        """k8s and i18n as the best known word with so many letters in between."""
        if asked.joined in self._spelt:
            return form(self._spelt[asked.joined])
        numeronym = _NUMERONYM.fullmatch(asked.joined)
        if numeronym and "joined " + asked.joined not in self._keys:
            for number in self._keys.get("numeronym " + asked.joined, ())[:1]:
                return form(self.names[number])
        return asked

    def _candidates(self, asked: Form, cosines: Floats) -> set[int]:
        found = set(_top(cosines, NEAREST))
        found.update(_top(cosines * (0.3 + self._popular / 6), NEAREST))
        stems = sorted({*asked.stems, *(o for s in asked.stems for o in self._same[s])})
        shared = self._by_stem.overlap(stems, len(set(asked.stems)))
        found.update(_top(shared * (1 + self._popular / 6), NEAREST))
        for key in _asked_keys(asked):
            found.update(self._keys.get(key, ())[:MOST_OF_A_KEY])
        for start, end in _stretches(len(asked.joined)):
            found.update(self._keys.get("joined " + asked.joined[start:end], ()))
        if 2 <= len(asked.joined) <= SHORT and asked.joined == asked.letters:
            names, starts, numbers = self._first.get(asked.letters[0], _NOTHING)
            hits = first_squeezed(_bytes(asked.letters), names, starts, MOST_SQUEEZED)
            found.update(numbers[hits].tolist())
        return found

    def _arrays(self, forms: Sequence[Form], pairs: Sequence[tuple[str, str]]) -> None:
        for each in forms:
            for number in each.numbers:
                self._numbers.setdefault(number, len(self._numbers))
        ends = [_ends(each) for each in forms]
        self._packed = (
            _bytes("".join(each.letters for each in forms)),
            starts_of([len(each.letters.encode()) for each in forms]),
            _flat(ends),
            _flat([[self._ids[s] for s in each.stems] for each in forms]),
            starts_of([len(each.words) for each in forms]),
            _flat([[self._numbers[n] for n in each.numbers] for each in forms]),
            starts_of([len(each.numbers) for each in forms]),
        )
        ids = [(self._ids[one], self._ids[other]) for one, other in pairs]
        self._pairs = np.array(ids, np.int32).reshape(-1, 2)

    def _weigh(self, stem_sets: Sequence[frozenset[str]]) -> None:
        """How rare each stem is, and how often a name without it is a name too."""
        every = set(stem_sets)
        holders = Counter(each for stems in stem_sets for each in stems)
        spared: Counter[str] = Counter()
        longer: Counter[str] = Counter()
        for stems in stem_sets:
            for each in stems if len(stems) > 1 else ():
                longer[each] += 1
                spared[each] += stems - {each} in every
        count = len(stem_sets)
        self._rarity = np.array(
            [math.log(1 + count / (1 + holders[s])) for s in self._ids]
        )
        self._droppable = np.array(
            [math.log((spared[s] + 0.5) / (longer[s] + 3)) for s in self._ids]
        )
        self._unseen = np.array([math.log(1 + count), math.log(0.5 / 3)])


_NOTHING = (np.zeros(0, np.uint8), np.zeros(1, np.int32), np.zeros(0, np.int32))


def _keys(forms: Sequence[Form], popular: Floats) -> dict[str, list[int]]:
    """What a name may be found by, each with its names, the best known first."""
    keys: dict[str, list[int]] = defaultdict(list)
    for number in np.argsort(-popular, kind="stable").tolist():
        each = forms[number]
        for key in {
            "joined " + each.joined,
            "stems " + "".join(each.stems),
            "skeleton " + each.skeleton,
            "numeronym " + each.numeronym,
            *("initials " + run for run in each.runs_initials()),
        }:
            keys[key].append(number)
    return dict(keys)


def _asked_keys(asked: Form) -> list[str]:
    return [
        "stems " + "".join(asked.stems),
        "skeleton " + asked.skeleton,
        "skeleton " + asked.joined,
        "joined " + asked.initials,
        "joined " + asked.skeleton,
        *("initials " + word for word in (asked.joined, *asked.words)),
    ]


def _by_first_letter(
    forms: Sequence[Form], popular: Floats
) -> dict[str, tuple[npt.NDArray[np.uint8], Ints, Ints]]:
    groups: dict[str, list[int]] = defaultdict(list)
    for number in np.argsort(-popular, kind="stable").tolist():
        if forms[number].letters:
            groups[forms[number].letters[0]].append(number)
    return {
        letter: (
            _bytes("".join(forms[number].letters for number in numbers)),
            starts_of([len(forms[number].letters.encode()) for number in numbers]),
            np.array(numbers, np.int32),
        )
        for letter, numbers in groups.items()
    }


def _stretches(length: int) -> Iterable[tuple[int, int]]:
    """Stretches of a word that may be a name: three characters, at its ends two."""
    for start in range(length):
        for end in range(start + 2, length + 1):
            if end - start >= 3 or start == 0 or end == length:
                yield start, end


def _top(scores: Floats, count: int) -> list[int]:
    some = np.flatnonzero(scores > FAR_OFF * max(float(scores.max()), 1e-9))
    if len(some) > count:
        some = some[np.argpartition(-scores[some], count)[:count]]
    return [int(number) for number in some]


def _both_ways(one: str, other: str) -> tuple[tuple[str, str], ...]:
    return ((one, other), (other, one)) if one != other else ()


def _ends(of: Form) -> Ints:
    """Where each word ends among the bytes of all its letters."""
    return np.cumsum([len(word.encode()) for word in of.words]).astype(np.int32)


def _bytes(text: str) -> npt.NDArray[np.uint8]:
    return np.frombuffer(text.encode(), np.uint8)


def _flat(lists: Iterable[Iterable[int]]) -> Ints:
    return np.fromiter(chain.from_iterable(lists), np.int32)
