"""A phrase that is a name is understood; anything else is unknown, with suggestions."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.matching.skills.concepts import KINDS, Kind
from services.matching.skills.folding import LONGEST
from services.matching.skills.likeness import SOUNDS_SO
from services.matching.skills.normalise import normalise
from services.matching.skills.suggestions import A_SLIP
from services.matching.skills.taxonomy import load_taxonomy


@pytest.mark.parametrize("kind", KINDS)
def test_every_label_and_alias_means_its_concept(kind: Kind) -> None:
    for concept in load_taxonomy().of_kind(kind).values():
        for _, name in concept.names():
            for written in (name, name.upper(), f"  {name}.", f"\u200f{name}\u200b"):
                found = normalise(written, kind)
                assert found.concept is concept, written
                assert (found.confidence, found.method) == (1.0, "name")
                assert found.suggestions == ()


@pytest.mark.parametrize(
    ("phrase", "skill"),
    [
        ("fork lift", "forklift-driving"),
        ("FORK-LIFT", "forklift-driving"),
        ("叉车", "forklift-driving"),
        ("开 叉 车", "forklift-driving"),
        ("JS", "javascript"),
        ("Java Script", "javascript"),
        ("C", "c-language"),
        ("Ｃ＋＋", "c-plus-plus"),
        ("C #", "c-sharp"),
        (".NET", "dotnet"),
        ("NodeJS", "node-js"),
        ("cook", "cooking"),
        ("会计", "accounting"),
        ("會計", "accounting"),
        ("叉車", "forklift-driving"),
        ("heftruck rijden", "forklift-driving"),
    ],
)
def test_what_people_type_is_understood(phrase: str, skill: str) -> None:
    found = normalise(phrase, "skill")
    assert found.concept is not None
    assert found.concept.id == skill


def test_words_split_or_joined_otherwise_are_less_certain() -> None:
    found = normalise("post greSQL", "skill")
    assert found.concept is not None
    assert found.concept.id == "postgresql"
    assert (found.method, found.confidence) == ("respaced", 0.95)


@pytest.mark.parametrize("phrase", ["re act", "ja va", "r uby", "c ss"])
def test_short_words_are_not_put_together(phrase: str) -> None:
    assert normalise(phrase, "skill").concept is None


@pytest.mark.parametrize(
    ("typo", "skill"),
    [
        ("forklift drivng", "forklift-driving"),
        ("costumer service", "customer-service"),
        ("javascrpit", "javascript"),
        ("exel", "spreadsheets"),
        ("叉车驶驾", "forklift-driving"),
    ],
)
def test_a_typo_is_unknown_and_what_was_meant_is_suggested_first(
    typo: str, skill: str
) -> None:
    found = normalise(typo, "skill")
    assert (found.concept, found.confidence, found.method) == (None, 0.0, "unknown")
    assert found.suggestions[0].concept.id == skill
    likeness = [suggestion.likeness for suggestion in found.suggestions]
    assert likeness == sorted(likeness, reverse=True)
    assert all(0 < value <= 1 for value in likeness)


@pytest.mark.parametrize("phrase", ["Jv", "cok", "SQK", "会", "C%%", "qwrtzx"])
def test_short_or_strange_phrases_suggest_nothing(phrase: str) -> None:
    assert normalise(phrase, "skill").suggestions == ()


@pytest.mark.parametrize(
    ("phrase", "skill"),
    [("hanjie", "welding"), ("kuai ji", "accounting"), ("kuàijì", "accounting")],
)
def test_pinyin_decides_nothing_and_suggests_what_sounds_so(
    phrase: str, skill: str
) -> None:
    found = normalise(phrase, "skill")
    assert (found.concept, found.method) == (None, "unknown")
    assert found.suggestions[0].concept.id == skill
    assert found.suggestions[0].likeness == SOUNDS_SO < A_SLIP


def test_initials_decide_nothing_and_are_suggested() -> None:
    found = normalise("ccsj", "occupation")
    assert found.concept is None
    assert found.suggestions[0].concept.id == "forklift-driver"


def test_of_equally_similar_names_the_asked_language_comes_first() -> None:
    english = normalise("pruning开", "skill", "en").suggestions
    chinese = normalise("pruning开", "skill", "zh").suggestions
    assert [s.name for s in english] == ["pruning", "printing", "spring开发"]
    assert [s.name for s in chinese] == ["pruning", "spring开发", "printing"]
    assert english[1].likeness == english[2].likeness


@settings(deadline=None)
@given(st.text(st.characters(), max_size=600), st.sampled_from(KINDS))
def test_any_text_is_answered_and_never_with_a_likeness(text: str, kind: Kind) -> None:
    found = normalise(text, kind)
    assert found == normalise(text, kind)
    assert (found.concept is None) == (found.method == "unknown")
    assert found.concept is None or not found.suggestions
    assert len(found.suggestions) <= 5


@pytest.mark.parametrize(
    "text",
    [
        "x" * 1_000_000,
        "cook" + " " * 1_000_000,
        "\ud800" * LONGEST,
        "\u202e" * LONGEST,
        "🚜" * LONGEST,
        "叉" * LONGEST,
        "a b " * 125,
        "'; DROP TABLE matching.concept; --",
    ],
)
def test_hostile_text_is_unknown_and_quickly_so(text: str) -> None:
    normalise("warm up", "skill")
    started = time.process_time()
    assert normalise(text, "skill").concept is None
    assert time.process_time() - started < 30  # not a speed: that it ends
