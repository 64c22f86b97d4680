"""Whatever is typed is answered, the same way each time, and soon."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.matching.skills.normalise import normalise
from services.matching.skills.suggest import suggest
from services.matching.skills.text_skills import skills_spoken_of
from services.matching.skills.titles import resolve_title

WAYS: dict[str, Callable[[str], object]] = {
    "normalise": lambda text: normalise(text, "skill"),
    "titles": resolve_title,
    "suggest": lambda text: suggest(text, "skill"),
    "sentences": lambda text: skills_spoken_of(text, 20),
}
ODD = [
    "x" * 1_000_000,
    "cook " * 200_000,
    "叉" * 100_000,
    "\ud800" * 2_000,
    "\u202e\u200f" * 2_000,
    "🚜👩‍🍳" * 1_000,
    "a,b;" * 500,
    "'; DROP TABLE matching.concept; --",
    "\x00\x07\x1b[31m",
    "the skills of management and the management of skills " * 40,
]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("text", ODD, ids=range(len(ODD)))
def test_odd_text_is_answered_within_a_second(way: str, text: str) -> None:
    WAYS[way]("warm up")
    started = time.process_time()
    WAYS[way](text)
    assert time.process_time() - started < 30  # not a speed: that it ends


@settings(deadline=None)
@given(st.text(st.characters(), max_size=300), st.sampled_from([*WAYS]))
def test_any_text_is_answered_the_same_way_each_time(text: str, way: str) -> None:
    assert WAYS[way](text) == WAYS[way](text)


@settings(deadline=None)
@given(st.text(st.sampled_from("clean kitchen叉车 ,.;C+#\ud800\u202e🚜"), max_size=99))
def test_every_window_stands_in_the_text(text: str) -> None:
    for found in skills_spoken_of(text, 20):
        assert 0 <= found.start < found.end <= len(text)
        assert 0.4 <= found.confidence <= 1
