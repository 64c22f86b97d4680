"""Completions: names that begin so, then words, then near misses; each concept once."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.matching.skills.concepts import KINDS, LANGUAGES, Kind, Language
from services.matching.skills.folding import fold
from services.matching.skills.suggest import suggest
from services.matching.skills.taxonomy import load_taxonomy


def ids(
    typed: str, kind: Kind = "skill", language: Language | None = None
) -> list[str]:
    return [found.concept.id for found in suggest(typed, kind, language)]


def test_the_whole_name_comes_before_what_it_begins() -> None:
    assert ids("c")[0] == "c-language"
    assert ids("java")[:2] == ["java", "javascript"]


def test_names_that_begin_so_come_before_words_that_do() -> None:
    found = suggest("weld", "skill")
    begins = [completion.name.startswith("weld") for completion in found]
    assert begins == sorted(begins, reverse=True)
    assert found[0].concept.id == "welding"


def test_a_word_inside_a_name_is_found() -> None:
    assert "forklift-driving" in ids("lift truck")
    assert "forklift-driver" in ids("truck driver", "occupation")


def test_in_chinese_any_character_begins_a_word() -> None:
    assert ids("叉车")[0] == "forklift-driving"
    assert "reach-truck-driving" in ids("叉车")


def test_typos_are_tolerated_when_nothing_begins_so() -> None:
    assert ids("forklfit")[0] == "forklift-driving"
    assert ids("exell")[0] == "spreadsheets"


@pytest.mark.parametrize(
    "typed",
    ["chachesiji", "cha che si ji", "chāchē sī", "chachesi", "ccsj", "叉車司機"],
)
@pytest.mark.parametrize("language", [None, "zh", "en"])
def test_chinese_is_found_by_pinyin_and_in_traditional_characters(
    typed: str, language: Language | None
) -> None:
    assert ids(typed, "occupation", language)[0] == "forklift-driver"


def test_pinyin_goes_before_other_languages_where_chinese_is_asked_for() -> None:
    assert ids("bao", "occupation", "zh")[0] != ids("bao", "occupation", "en")[0]
    assert suggest("dian", "skill", "zh")[0].name.startswith("电")


def test_dutch_names_complete_in_dutch_first() -> None:
    assert suggest("heftruck", "occupation", "nl")[0].concept.id == "forklift-driver"
    assert suggest("verpleegk", "occupation", "nl")[0].name == "verpleegkundige"


def test_labels_are_in_the_asked_language_and_else_in_that_of_the_query() -> None:
    driving = load_taxonomy().skills["forklift-driving"]
    assert suggest("forklift", "skill")[0].label == driving.label_en
    assert suggest("叉车", "skill")[0].label == driving.label_zh
    assert suggest("forklift", "skill", "zh")[0].label == driving.label_zh
    assert suggest("叉车", "skill", "en")[0].label == driving.label_en


def test_there_are_never_more_than_asked_for() -> None:
    assert len(suggest("s", "skill", limit=3)) == 3
    assert len(suggest("s", "skill", limit=50)) == 50


@pytest.mark.parametrize("typed", ["", "   ", "...", "\u200b", "\ud800"])
def test_nothing_typed_completes_to_nothing(typed: str) -> None:
    assert suggest(typed, "skill") == []


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_label_completes_to_its_concept_first(
    kind: Kind, language: Language
) -> None:
    for concept in load_taxonomy().of_kind(kind).values():
        found = suggest(concept.label(language), kind, limit=1)
        assert found[0].concept is concept
        assert found[0].name == fold(concept.label(language))


@settings(deadline=None)
@given(st.text(st.characters(), max_size=300))
def test_any_text_is_answered_the_same_way_each_time(typed: str) -> None:
    found = suggest(typed, "skill", limit=5)
    assert found == suggest(typed, "skill", limit=5)
    assert len({completion.concept.id for completion in found}) == len(found) <= 5
