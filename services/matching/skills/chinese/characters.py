"""Chinese characters: traditional ones made simplified, and how they are read aloud.

Both come from files in `data/` that infra/training/make_chinese.py writes: OpenCC's
characters and pypinyin's readings, 65 kB together. Neither package is needed at run
time. OpenCC's wheel is a compiled 7 MB and converts by phrases, which may change how
long a text is; pypinyin is 4 MB and takes 140 ms to import; zhconv and
opencc-python-reimplemented are no longer kept up. What is asked here is less: one
character for one, so that offsets stay, with the same table for names and phrases,
so that they stay equal.

Of a character with several simplified ones the first counts (乾 is 干, as in 乾洗),
whatever the word. Names and phrases are folded alike, so 乾坤 still is 乾坤;
that no two names become one is checked with the taxonomy.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

DATA = Path(__file__).resolve().parent / "data"


@cache
def simplified() -> Mapping[int, int]:
    """Each traditional character → its simplified one, which is none of the first."""
    pairs = (DATA / "simplified.txt").read_text("utf-8").replace("\n", "")
    return dict(zip(map(ord, pairs[::2]), map(ord, pairs[1::2]), strict=True))


def syllables(folded: str) -> Iterator[str]:
    """How each character of a folded phrase is read, without tones and with v for ü;
    what is not Chinese, or not known, is itself."""
    own, words, longest = _readings()
    at = 0
    while at < len(folded):
        for end in range(min(len(folded), at + longest), at + 1, -1):
            if read := words.get(folded[at:end]):
                yield from read
                at = end
                break
        else:
            yield own.get(folded[at], folded[at])
            at += 1


@cache
def _readings() -> tuple[dict[str, str], dict[str, tuple[str, ...]], int]:
    """The syllable of each character, words that are read otherwise, and how long
    these are at most."""
    own: dict[str, str] = {}
    words: dict[str, tuple[str, ...]] = {}
    for line in (DATA / "pinyin.txt").read_text("utf-8").splitlines():
        first, *rest = line.split(" ")
        if first.isascii():
            own.update(dict.fromkeys(rest[0], first))
        else:
            words[first] = tuple(rest)
    return own, words, max(map(len, words))
