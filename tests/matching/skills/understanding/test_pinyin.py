"""Chinese names by their sound: in full, begun, by initials, with tones and spaces."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.matching.skills.folding import fold
from services.matching.skills.understanding.pinyin import Pinyin, sound_of

NAMES = ["叉车司机", "叉车工", "会计", "会议记录", "女装设计师", "welder", "电工"]
PINYIN = Pinyin(enumerate(NAMES))


def named(numbers: Iterable[int]) -> list[str]:
    return [NAMES[number] for number in numbers]


@pytest.mark.parametrize(
    "typed",
    [
        "chachesiji",
        "cha che si ji",
        "Cha Che Si Ji",
        "cha1 che1 si1 ji1",
        "cha1che1si1ji1",
        "chāchē sījī",
        "cha'che'si'ji",
        "叉车siji",
        "叉車司機",
    ],
)
def test_one_sound_is_typed_in_many_ways(typed: str) -> None:
    assert named(PINYIN.sounding(sound_of(fold(typed)))) == ["叉车司机"]


@pytest.mark.parametrize("typed", ["nvzhuang", "nuzhuang", "nǚzhuāng", "nü zhuang"])
def test_a_vowel_that_no_keyboard_has_is_typed_otherwise(typed: str) -> None:
    assert named(PINYIN.begun(sound_of(fold(typed)))) == ["女装设计师"]


def test_a_sound_may_be_begun_within_a_syllable() -> None:
    assert set(named(PINYIN.begun("chach"))) == {"叉车司机", "叉车工"}


def test_a_later_character_may_begin_it() -> None:
    assert named(PINYIN.within("siji")) == ["叉车司机"]
    assert named(PINYIN.within("chache")) == []


def test_initials_are_those_of_every_character_or_of_the_first_ones() -> None:
    assert named(PINYIN.with_initials("ccsj")) == ["叉车司机"]
    assert named(PINYIN.with_initials("ccs")) == []
    assert named(PINYIN.begun_with_initials("ccs")) == ["叉车司机"]


def test_what_is_not_chinese_has_no_sound() -> None:
    assert list(PINYIN.begun("weld")) == []
    assert list(PINYIN.with_initials("welder")) == []


@pytest.mark.parametrize("phrase", ["", "ガイド", "водитель", "c++", "a" * 61])
def test_what_no_name_could_sound_like_sounds_like_nothing(phrase: str) -> None:
    assert sound_of(phrase) == ""


@settings(deadline=None)
@given(st.text(st.characters(), max_size=80))
def test_any_folded_phrase_has_one_word_for_a_sound_or_none(text: str) -> None:
    sound = sound_of(fold(text))
    assert sound.isascii()
    assert " " not in sound
