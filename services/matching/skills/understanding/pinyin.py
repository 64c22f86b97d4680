"""Chinese names by how they sound: "chache", "cha che" and "ccsj" are 叉车司机.

Completes and suggests, and decides nothing: 会计 and 快记 sound alike.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from services.matching.skills.chinese.characters import syllables
from services.matching.skills.folding import is_chinese

LONGEST = 60
_AFTER_ALL = "\U0010ffff"
# tones as digits: cha1 che1
_TONE = re.compile(r"(?<=[a-z])[1-5](?![0-9])")
_SOUND = re.compile("[a-z0-9]+")
# nü is typed nv, and by who knows no better nu
_AS_U = re.compile("(?<=[ln])v")

Ints = npt.NDArray[np.int32]


class Pinyin:
    """Names by their sound; those without Chinese characters have none.

    What is found are numbers of names, in the order of their sounds; one that is found
    at several characters may occur several times.
    """

    def __init__(self, names: Iterable[tuple[int, str]]) -> None:
        """Numbers and folded names."""
        whole: list[tuple[str, int]] = []
        initials: list[tuple[str, int]] = []
        inner: list[tuple[str, int]] = []
        for number, name in names:
            if not any(map(is_chinese, name)):
                continue
            read = list(syllables(name.replace(" ", "")))
            initials.append(("".join(each[0] for each in read), number))
            for start in range(len(read)):
                sound = "".join(read[start:])
                for each in dict.fromkeys((sound, _AS_U.sub("u", sound))):
                    (inner if start else whole).append((each, number))
        self._whole = _Sounds(whole)
        self._initials = _Sounds(initials)
        self._inner = _Sounds(inner)

    def sounding(self, sound: str) -> Ints:
        """Names that sound just so."""
        return self._whole.equal(sound)

    def begun(self, sound: str) -> Ints:
        """Names that begin so."""
        return self._whole.begun(sound)

    def within(self, sound: str) -> Ints:
        """Names in which some character, not the first, begins so."""
        return self._inner.begun(sound)

    def with_initials(self, sound: str) -> Ints:
        """Names whose characters, all of them, have these initials."""
        return self._initials.equal(sound)

    def begun_with_initials(self, sound: str) -> Ints:
        """Names whose first characters have these initials."""
        return self._initials.begun(sound)


class _Sounds:
    """Sounds in their order, each with a number."""

    def __init__(self, sounds: Iterable[tuple[str, int]]) -> None:
        ordered = sorted(sounds)
        self._sounds = [sound for sound, _ in ordered]
        self._numbers = np.array([number for _, number in ordered], np.int32)

    def equal(self, sound: str) -> Ints:
        low = bisect_left(self._sounds, sound)
        return self._numbers[low : bisect_right(self._sounds, sound, lo=low)]

    def begun(self, sound: str) -> Ints:
        low = bisect_left(self._sounds, sound)
        return self._numbers[low : bisect_left(self._sounds, sound + _AFTER_ALL, low)]


def sound_of(folded: str) -> str:
    """What a folded phrase sounds like, as one word: "cha1 che", "叉che" → chache.

    Empty if it is no sound that a name of Chinese characters could have.
    """
    if len(folded) > LONGEST:
        return ""
    sound = _TONE.sub("", folded).replace(" ", "")
    if not sound.isascii():
        sound = "".join(syllables(sound))
    return sound if _SOUND.fullmatch(sound) else ""
