"""Every way of writing a phrase folds to one; signs that carry meaning survive."""

from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.matching.skills.folding import LONGEST, fold, joined

ANYTHING = st.text(st.characters(), max_size=700)
SIGNS = st.text(st.sampled_from("abcnet +#.-/&C♯＋．1"), max_size=40)


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("Forklift", "forklift"),
        ("FORK-LIFT  Driver", "fork lift driver"),
        ("ｆｏｒｋｌｉｆｔ", "forklift"),
        ("fork\u200blift", "forklift"),
        ("\u202efork lift\u202c\u200f", "fork lift"),
        ("fork\u00adlift", "forklift"),
        ("fork_lift\tdriver\r\n", "fork lift driver"),
        ("barista\x00", "barista"),
        ("Café crème", "cafe creme"),
        ("Straßenbau", "strassenbau"),
        ("Łódź", "lodz"),
        ("İstanbul", "istanbul"),
        ("driver’s licence", "drivers licence"),
        ("Food & Beverage", "food and beverage"),
        ("Excel™", "excel"),
        ("C.N.A.", "cna"),
        ("U.S", "us"),
        ("Sr. Engineer", "sr engineer"),
        ("🚜 tractor 🚜", "tractor"),
        ("Word/Excel+Outlook", "word excel outlook"),
        ("叉车（司机）", "叉车 司机"),
        ("叉车，司机。", "叉车 司机"),
        ("會計", "会计"),
        ("叉車（司機）", "叉车 司机"),
        ("ｶﾞｲﾄﾞ", "ガイド"),
        ("...", ""),
        ("\ud800", ""),
        ("", ""),
    ],
)
def test_case_width_accents_punctuation_and_invisibles_do_not_matter(
    written: str, folded: str
) -> None:
    assert fold(written) == folded


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("C", "c"),
        ("C++", "c++"),
        ("Ｃ＋＋", "c++"),
        ("C ++", "c++"),
        ("C + +", "c++"),
        ("C--", "c minus minus"),
        ("C#", "c#"),
        ("C #", "c#"),
        ("C♯", "c#"),
        ("F#", "f#"),
        (".NET", ".net"),
        (".NET.", ".net"),
        (".Net6", ".net6"),
        ("ASP.NET", "asp.net"),
        ("Node.js", "node.js"),
        ("Node.js.", "node.js"),
        ("C++/C#, Java", "c++ c# java"),
        ("C#/.NET", "c# .net"),
        ("A+", "a+"),
        ("3.5 t", "3.5 t"),
        ("2+ years", "2+ years"),
        ("#cook", "cook"),
        ("+86", "86"),
        (".network", "network"),
    ],
)
def test_signs_stay_where_they_carry_meaning(written: str, folded: str) -> None:
    assert fold(written) == folded


def test_marks_that_make_another_letter_stay() -> None:
    assert fold("ガ") != fold("カ")
    assert fold("й") != fold("и")
    assert fold("कि") != fold("क")


@pytest.mark.parametrize(
    ("folded", "key"),
    [
        ("fork lift", "forklift"),
        ("node.js", "nodejs"),
        ("asp .net", "aspnet"),
        (".net", ".net"),
        ("3.5 t", "3.5t"),
        ("叉车 司机", "叉车司机"),
    ],
)
def test_joined_words_have_no_split(folded: str, key: str) -> None:
    assert joined(folded) == key


@settings(deadline=None)
@given(ANYTHING | SIGNS)
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@settings(deadline=None)
@given(ANYTHING | SIGNS)
def test_a_folded_phrase_is_short_clean_and_spaced_once(text: str) -> None:
    folded = fold(text)
    assert len(folded) <= LONGEST
    assert folded == " ".join(folded.split())
    assert not any(
        unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp")
        for character in folded
    )


@settings(deadline=None)
@given(st.text(st.sampled_from("abcdefgh +#."), max_size=30))
def test_case_never_matters(text: str) -> None:
    assert fold(text.upper()) == fold(text)


@pytest.mark.parametrize(
    "filler", ["a", "é", "́", "ﷺ", "\u200b", "+", ". ", "\ud800", "🚜", "c ++ "]
)
def test_a_megabyte_takes_no_longer_than_a_line(filler: str) -> None:
    started = time.process_time()
    folded = fold(filler * (1_000_000 // len(filler)))
    assert time.process_time() - started < 30  # not a speed: that it ends
    assert len(folded) <= LONGEST
