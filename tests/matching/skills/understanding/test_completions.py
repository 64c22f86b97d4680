"""Completions of a small inventory: whole, begun, any order, slips; the usual first."""

from __future__ import annotations

import pytest

from services.matching.skills.understanding.completions import Completions
from services.matching.skills.understanding.pinyin import Pinyin

NAMES = [
    ("forklift driving", 0, 3.0),
    ("fork truck", 0, 1.0),
    ("forestry", 1, 5.0),
    ("truck driving", 2, 4.0),
    ("driving instruction", 3, 2.0),
    ("叉车驾驶", 0, 1.0),
    ("C", 4, 0.0),
    *((f"c name {number}", 10 + number, 9.0) for number in range(200)),
]
COMPLETIONS = Completions(
    [name for name, _, _ in NAMES],
    [owner for _, owner, _ in NAMES],
    [usual for _, _, usual in NAMES],
)


BY_SOUND = Completions(
    ["叉车驾驶", "chain store", "叉车", "chat"],
    [0, 1, 2, 3],
    [1.0, 5.0, 2.0, 4.0],
    Pinyin([(0, "叉车驾驶"), (2, "叉车")]),
)


def owners(typed: str, limit: int = 10) -> list[int]:
    return [NAMES[number][1] for number in COMPLETIONS.suggest(typed, limit)]


def test_of_names_that_begin_so_the_usual_come_first_and_each_concept_once() -> None:
    assert owners("for")[:2] == [1, 0]
    assert owners("fork", 1) == [0]


def test_a_whole_name_comes_before_more_usual_ones_that_it_begins() -> None:
    assert owners("c", 2)[0] == 4


def test_words_count_in_any_order_the_last_of_them_begun() -> None:
    assert owners("driving tr")[0] == 2
    assert owners("driving")[0] == 3
    assert set(owners("driving")) == {0, 2, 3}


@pytest.mark.parametrize("typed", ["frok", "forklfit dri", "fokrlift", "叉车驶"])
def test_a_slip_of_the_pen_is_forgiven(typed: str) -> None:
    assert owners(typed)[0] == 0


def test_chinese_begins_at_any_character() -> None:
    assert owners("驾驶") == [0]


def test_chinese_names_that_sound_so_come_behind_names_that_begin_so() -> None:
    assert BY_SOUND.suggest("cha") == (1, 3, 2, 0)
    assert BY_SOUND.suggest("chache") == (2, 0)


def test_where_pinyin_is_what_is_typed_it_comes_first() -> None:
    pinyin_first = Completions(
        ["叉车", "chain store"],
        [0, 1],
        [1, 5],
        Pinyin([(0, "叉车")]),
        pinyin_first=True,
    )
    assert pinyin_first.suggest("cha") == (0, 1)


def test_initials_complete_too() -> None:
    assert BY_SOUND.suggest("ccjs") == (0,)
    assert BY_SOUND.suggest("ccj") == (0,)


def test_what_sounds_so_is_whole_before_begun_before_initials() -> None:
    assert BY_SOUND.sounding("chache", 5) == [2, 0]
    assert BY_SOUND.sounding("ccjs", 5) == [0]
    assert BY_SOUND.sounding("jiashi", 5) == []


def test_without_pinyin_nothing_is_found_by_its_sound() -> None:
    assert owners("jiashi") == []
    assert COMPLETIONS.sounding("chache", 5) == []


@pytest.mark.parametrize("typed", ["", " ", "…", "\ud800", "\u202e", "zzzzzz", "🚜"])
def test_nothing_like_it_completes_to_nothing(typed: str) -> None:
    assert owners(typed) == []
