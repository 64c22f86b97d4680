"""What many names may complete to: whole words in any order, the last one begun.

Popular names come first; when too few begin so, Chinese names that sound so and names
whose beginning looks like what was typed fill the list. Built once, never changed, safe
to read from any thread.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import chain, groupby

import numpy as np
import numpy.typing as npt
from rapidfuzz import fuzz

from services.matching.skills.folding import fold, is_chinese
from services.matching.skills.understanding.native import compiled
from services.matching.skills.understanding.pinyin import Pinyin, sound_of

LONGEST_TYPED = 80
NEAR_MISSES = 48
LEAST_ALIKE = 70.0
SHORTEST_MISSPELT = 3
SHORTEST_SOUND = 2
REMEMBERED = 4_096
_AFTER_ALL = "\U0010ffff"

Ints = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float32]


class Completions:
    """Names of concepts: `owners` says whose each is, `popularity` which to prefer.

    With `pinyin`, Chinese names are found by their sound; `pinyin_first`, where pinyin
    is what is likely to be typed, before other names that begin so.
    """

    def __init__(
        self,
        names: Sequence[str],
        owners: Sequence[int],
        popularity: Sequence[float],
        pinyin: Pinyin | None = None,
        *,
        pinyin_first: bool = False,
    ) -> None:
        self._pinyin = pinyin
        self._pinyin_first = pinyin_first
        self._folded = [fold(name) for name in names]
        self._owners = np.array(owners, np.int32)
        self._popularity = np.array(popularity, np.float32)
        self._lengths = np.array([len(text) for text in self._folded], np.float32)
        by_text = sorted(range(len(names)), key=self._folded.__getitem__)
        self._sorted = [self._folded[number] for number in by_text]
        self._by_text = np.array(by_text, np.int32)
        holders: dict[str, list[int]] = {}
        for number, folded in enumerate(self._folded):
            for word in dict.fromkeys(_words(folded)):
                holders.setdefault(word, []).append(number)
        self._words = sorted(holders)
        self._word_starts, self._word_names = _packed(holders[w] for w in self._words)
        grams: dict[str, list[int]] = {}
        for number, folded in enumerate(self._folded):
            for gram in dict.fromkeys(_grams(folded)):
                grams.setdefault(gram, []).append(number)
        self._gram_ids = {gram: place for place, gram in enumerate(grams)}
        self._gram_starts, self._gram_names = _packed(grams.values())
        self.suggest = lru_cache(REMEMBERED)(self._suggest)

    def _suggest(self, typed: str, limit: int = 10) -> tuple[int, ...]:
        """Numbers of up to `limit` names, each of another owner, the best first."""
        folded = fold(typed[:LONGEST_TYPED])
        if not folded:
            return ()
        found: dict[int, int] = {}
        for number in self._tiers(folded, limit):
            found.setdefault(int(self._owners[number]), number)
            if len(found) == limit:
                break
        return tuple(found.values())

    def sounding(self, folded: str, limit: int) -> list[int]:
        """Chinese names that sound like a folded phrase or begin so, then those of
        whose syllables it has the first letters; of each the usual first."""
        sound = sound_of(folded) if self._pinyin else ""
        if not self._pinyin or len(sound) < SHORTEST_SOUND:
            return []
        found = [*self._begun_by_sound(sound, limit)]
        if folded.isascii():
            found += self._popular(self._pinyin.with_initials(sound), limit)
        return list(dict.fromkeys(found))

    def _tiers(self, folded: str, limit: int) -> Iterator[int]:
        low, high = _range(self._sorted, folded)
        whole = bisect_right(self._sorted, folded, low, high)
        sound = sound_of(folded) if self._pinyin else ""
        yield from self._popular(self._by_text[low:whole], limit)
        if self._pinyin_first:
            yield from self._begun_by_sound(sound, limit)
        yield from self._popular(self._by_text[low:high], limit)
        yield from self._popular(self._with_words(_words(folded)), limit)
        yield from self._by_sound(sound, limit)
        if len(folded) >= SHORTEST_MISSPELT:
            slips = [
                self._by_text[slice(*_range(self._sorted, s))] for s in _slips(folded)
            ]
            if slips:
                yield from self._popular(np.concatenate(slips), limit)
            yield from self._near_misses(folded)

    def _by_sound(self, sound: str, limit: int) -> Iterator[int]:
        if self._pinyin and len(sound) >= SHORTEST_SOUND:
            yield from self._begun_by_sound(sound, limit)
            for numbers in (
                self._pinyin.with_initials(sound),
                self._pinyin.begun_with_initials(sound),
                self._pinyin.within(sound),
            ):
                yield from self._popular(numbers, limit)

    def _begun_by_sound(self, sound: str, limit: int) -> Iterator[int]:
        if self._pinyin and len(sound) >= SHORTEST_SOUND:
            for numbers in (self._pinyin.sounding(sound), self._pinyin.begun(sound)):
                yield from self._popular(numbers, limit)

    def _popular(self, numbers: Ints, limit: int) -> list[int]:
        """The best known; more than `limit`, since several may have one owner."""
        if not len(numbers):
            return []
        some = 8 * limit
        if len(numbers) > some:
            known = self._popularity[numbers]
            numbers = numbers[np.argpartition(-known, some)[:some]]
        order = np.lexsort((numbers, -self._popularity[numbers]))
        return [int(number) for number in numbers[order]]

    def _with_words(self, words: Sequence[str]) -> Ints:
        """Names that have every word, the last of them at least begun."""
        *whole, begun = words
        ranges = [_range(self._words, begun)]
        for word in whole:
            low = bisect_left(self._words, word)
            known = low < len(self._words) and self._words[low] == word
            ranges.append((low, low + known))
        bounds = np.array(ranges, np.int32).reshape(-1, 2)
        return _holding_all(
            bounds, self._word_starts, self._word_names, len(self._folded)
        )

    def _near_misses(self, folded: str) -> list[int]:
        """Names whose beginning looks like what was typed."""
        near = []
        for number in self.sharing(folded):
            begun = self._folded[number][: len(folded) + 1]
            percent = max(fuzz.ratio(folded, begun), fuzz.ratio(folded, begun[:-1]))
            if percent >= LEAST_ALIKE:
                near.append((-percent, -float(self._popularity[number]), number))
        return [number for _, _, number in sorted(near)]

    def sharing(self, folded: str) -> list[int]:
        """NEAR_MISSES names with most trigrams of a folded phrase, the best first; of
        equals the shorter."""
        asked = dict.fromkeys(_grams(folded))
        ids = [self._gram_ids[gram] for gram in asked if gram in self._gram_ids]
        shared = _shared(
            np.array(ids, np.int32),
            self._gram_starts,
            self._gram_names,
            len(self._folded),
        )
        some = np.flatnonzero(shared >= max(1, len(ids) // 3))
        best = shared[some] - self._lengths[some] * np.float32(1e-3)
        if len(some) > 4 * NEAR_MISSES:
            kept = np.argpartition(-best, 4 * NEAR_MISSES)[: 4 * NEAR_MISSES]
            some, best = some[kept], best[kept]
        order = np.lexsort((some, -best))[:NEAR_MISSES]
        return [int(number) for number in some[order]]


def _words(folded: str) -> list[str]:
    """Words; nothing splits Chinese, so there one begins at every character."""
    found = []
    for word in folded.split():
        if any(map(is_chinese, word)):
            found += [word[start:] for start in range(len(word))]
        else:
            found.append(word)
    return found


def _slips(folded: str) -> list[str]:
    """The phrase with two neighbours swapped or one letter less, its first one kept."""
    tail = range(1, len(folded))
    swapped = (
        folded[:i] + folded[i + 1] + folded[i] + folded[i + 2 :] for i in tail[:-1]
    )
    dropped = (folded[:i] + folded[i + 1 :] for i in tail)
    return [each for each in dict.fromkeys((*swapped, *dropped)) if len(each) >= 4]


def _grams(folded: str) -> list[str]:
    """Letters by three, Chinese characters alone and by two."""
    if folded.isascii():
        return _runs_of(f" {folded}", 3)
    found: list[str] = []
    for chinese, characters in groupby(folded, is_chinese):
        run = "".join(characters)
        found += [*run, *_runs_of(run, 2)] if chinese else _runs_of(f" {run}", 3)
    return found


def _runs_of(text: str, size: int) -> list[str]:
    return [text[i : i + size] for i in range(max(1, len(text) - size + 1))]


def _range(ordered: Sequence[str], prefix: str) -> tuple[int, int]:
    low = bisect_left(ordered, prefix)
    return low, bisect_left(ordered, prefix + _AFTER_ALL, lo=low)


def _packed(lists: Iterable[Sequence[int]]) -> tuple[Ints, Ints]:
    kept = list(lists)
    starts = np.concatenate(([0], np.cumsum([len(each) for each in kept])))
    flat = np.fromiter(chain.from_iterable(kept), np.int32)
    return starts.astype(np.int32), flat


@compiled
def _holding_all(bounds: Ints, starts: Ints, holders: Ints, names: int) -> Ints:
    """Names that stand under some word of every range of words."""
    seen = np.zeros(names, np.uint8)
    for row in range(len(bounds)):
        for place in range(starts[bounds[row, 0]], starts[bounds[row, 1]]):
            if seen[holders[place]] == row:
                seen[holders[place]] = row + 1
    return np.flatnonzero(seen == len(bounds)).astype(np.int32)


@compiled
def _shared(ids: Ints, starts: Ints, holders: Ints, names: int) -> Floats:
    out = np.zeros(names, np.float32)
    for each in ids:
        for place in range(starts[each], starts[each + 1]):
            out[holders[place]] += 1
    return out
