"""Entries are ranked by their names and by what they are about; none is decided."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.matching.skills.ranking.classification import Coded, rank_esco
from services.matching.skills.ranking.popularity import usualness
from tests.matching.skills.ranking.builders import (
    COOK,
    DRIVER,
    OCCUPATIONS,
    a_ranker,
    ids,
    named,
)

SMALL = a_ranker()


@pytest.mark.parametrize(
    ("phrase", "best"),
    [
        ("lorry driver", "truck-driver"),
        ("Long-haul TRUCK drivers", "truck-driver"),
        ("pipefitter", "plumber"),
        ("cardiolgist", "cardiologist"),
        ("chef for our kitchen", "cook"),
    ],
)
def test_the_entry_whose_names_are_most_alike_comes_first(
    phrase: str, best: str
) -> None:
    assert ids(SMALL.rank(phrase))[0] == best


def test_scores_fall_and_no_more_are_given_than_asked_for() -> None:
    ranked = SMALL.rank("restaurant kitchen cook driver", limit=2)
    scores = [score for _, score in ranked]
    assert len(ranked) == 2
    assert scores == sorted(scores, reverse=True)
    assert all(score > 0 for score in scores)


def test_the_same_entries_give_the_same_scores_to_the_bit() -> None:
    phrases = ("lorry driver", "cook", "restaurant help", "cardio")
    again = a_ranker()
    for phrase in phrases:
        read = SMALL.reader.read(phrase, None)
        assert SMALL.scores(read).tobytes() == again.scores(read).tobytes()


def test_of_equals_the_earlier_comes_first() -> None:
    assert ids(named("red cook", "big cook", "old cook").rank("cook")) == [
        "red cook",
        "big cook",
        "old cook",
    ]


def test_what_an_entry_is_about_tells_equal_names_apart() -> None:
    helpers = [
        Coded("a", {"en": ("site helper",)}, "Carries bricks and mortar."),
        Coded("b", {"en": ("room helper",)}, "Changes beds and towels for guests."),
        *OCCUPATIONS,
    ]
    ranker = rank_esco(helpers, usual={})
    assert ids(ranker.rank("helper with mortar"))[0] == "a"
    assert ids(ranker.rank("helper with towels"))[0] == "b"


def test_the_usual_entry_comes_before_one_as_alike() -> None:
    drivers = [
        Coded("bus", {"en": ("red driver",)}),
        Coded("cab", {"en": ("big driver",)}),
    ]
    plain = rank_esco(drivers, usual={})
    usual = rank_esco(drivers, usual=usualness({"cab": 20}))
    assert ids(plain.rank("driver")) == ["bus", "cab"]
    assert ids(usual.rank("driver")) == ["cab", "bus"]


def test_what_is_usual_but_not_alike_gains_nothing() -> None:
    plain = dict(rank_esco((DRIVER, COOK), usual={}).rank("lorry"))
    usual = rank_esco((DRIVER, COOK), usual=usualness({"cook": 10_000}))
    assert dict(usual.rank("lorry")) == plain
    assert ids(usual.rank("lorry"))[0] == "truck-driver"


def test_popularity_knows_an_occupation_by_what_it_was_counted_as() -> None:
    drivers = [
        Coded("8322.1", {"en": ("red driver",)}),
        Coded("8322.2", {"en": ("big driver",)}, counted_as="uuid"),
    ]
    ranker = rank_esco(drivers, usual=usualness({"uuid": 20}))
    assert ids(ranker.rank("driver"))[0] == "8322.2"


@pytest.mark.parametrize(
    "phrase",
    ["", "   ", "🚜🚜🚜", "\ud800", "\u202e", "叉车司机", "водитель", "سائق", "!?#"],
)
def test_nothing_in_common_is_answered_with_nothing(phrase: str) -> None:
    assert SMALL.rank(phrase) == []


@pytest.mark.parametrize("language", [None, "en", "fr", "de"])
@pytest.mark.parametrize(
    "piece", ["x", "a ", "driver ", "叉", "(h/f) ", "l'", "\ud800"]
)
def test_a_megabyte_takes_no_longer_than_its_beginning(
    piece: str, language: str | None
) -> None:
    SMALL.rank("warm up")
    phrase = piece * (1_000_000 // len(piece))
    started = time.process_time()
    SMALL.rank(phrase, language)  # type: ignore[arg-type]
    assert time.process_time() - started < 30  # not a speed: that it ends


@settings(deadline=None, max_examples=50)
@given(st.text(st.characters(), max_size=600))
def test_any_phrase_is_answered(phrase: str) -> None:
    for id, score in SMALL.rank(phrase, limit=3):
        assert id in SMALL.ids
        assert 0 < score < 10


def test_a_ranker_of_nothing_ranks_nothing() -> None:
    assert a_ranker(()).rank("cook") == []
