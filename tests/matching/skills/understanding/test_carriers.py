"""What only says that somebody has a skill is taken away, and no more than that."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.matching.skills.normalise import normalise
from services.matching.skills.understanding.carriers import without_carrier


@pytest.mark.parametrize(
    ("phrase", "skill"),
    [
        ("can do tiling", "tiling"),
        ("I can do tiling", "tiling"),
        ("good at welding", "welding"),
        ("experience with Python", "python"),
        ("plastering experience", "plastering"),
        ("会开叉车", "forklift-driving"),
        ("精通Python", "python"),
    ],
)
def test_a_carried_skill_is_understood(phrase: str, skill: str) -> None:
    found = normalise(phrase, "skill")
    assert found.concept is not None
    assert (found.concept.id, found.method) == (skill, "carried")


@pytest.mark.parametrize(
    "phrase", ["会议", "能源", "canning", "can", "experience", "candle", "熟练"]
)
def test_a_word_that_begins_like_a_carrier_is_none(phrase: str) -> None:
    assert without_carrier(phrase) == phrase


def test_what_is_carried_must_be_a_name_as_a_whole() -> None:
    assert normalise("can do anything about tiling", "skill").concept is None


@given(st.text(max_size=40))
def test_any_phrase_keeps_something(phrase: str) -> None:
    assert bool(without_carrier(phrase)) == bool(phrase)
