"""Traditional characters become simplified ones, one for one; words have a sound."""

from __future__ import annotations

import pytest

from services.matching.skills.chinese.characters import simplified, syllables
from services.matching.skills.folding import fold, is_chinese
from services.matching.skills.taxonomy import load_taxonomy


def test_what_is_simplified_is_simplified_for_good() -> None:
    table = simplified()
    assert len(table) > 3_000
    assert table.keys().isdisjoint(table.values())


def test_one_character_stands_for_one_and_both_are_chinese() -> None:
    for written, plain in simplified().items():
        assert is_chinese(chr(written))
        assert fold(chr(written)) == chr(plain) == fold(chr(plain))


@pytest.mark.parametrize(
    ("traditional", "plain"),
    [
        ("叉車司機", "叉车司机"),
        ("會計", "会计"),
        ("會議", "会议"),
        ("乾洗", "干洗"),
        ("理髮", "理发"),
        ("裡", "里"),
        ("裏", "里"),
        ("着", "着"),
        ("叉车", "叉车"),
    ],
)
def test_traditional_characters_fold_to_simplified_ones(
    traditional: str, plain: str
) -> None:
    assert fold(traditional) == plain


@pytest.mark.parametrize(
    ("word", "read"),
    [
        ("叉车司机", "cha che si ji"),
        ("会计", "kuai ji"),
        ("会议", "hui yi"),
        ("银行", "yin hang"),
        ("女装", "nv zhuang"),
        ("c语言", "c yu yan"),
    ],
)
def test_a_character_is_read_as_its_word_is(word: str, read: str) -> None:
    assert " ".join(syllables(word)) == read


def test_every_chinese_label_can_be_read() -> None:
    unread = {
        syllable
        for concept in load_taxonomy().concepts()
        for syllable in syllables(fold(concept.label_zh))
        if not syllable.isascii()
    }
    assert unread == set()
