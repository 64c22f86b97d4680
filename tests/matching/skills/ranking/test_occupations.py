"""The own occupations are ranked in every language that names them."""

from __future__ import annotations

import pytest

from services.matching.skills.concepts import Language
from services.matching.skills.ranking.occupations import own_occupations
from services.matching.skills.taxonomy import load_taxonomy
from services.matching.skills.titles import resolve_title
from tests.matching.skills.ranking.builders import ids


@pytest.mark.parametrize(
    ("title", "language", "occupation"),
    [
        ("fork lift truck operator", None, "forklift-driver"),
        ("lorry driver", "en", "truck-driver"),
        ("急招包吃住仓库打包员 日结", None, "packer"),
        ("cariste de nuit", "fr", "forklift-driver"),
        ("soudeuse", "fr", "welder"),
        ("急招叉車司機", None, "forklift-driver"),
        ("chauffeur heftruck", "nl", "forklift-driver"),
        ("schoonmaaksters", "nl", "cleaner"),
        ("verpleegkundigen ziekenhuis", None, "registered-nurse"),
    ],
)
def test_a_title_ranks_its_occupation_first(
    title: str, language: Language | None, occupation: str
) -> None:
    assert ids(own_occupations().rank(title, language))[0] == occupation


def test_every_occupation_is_among_the_first_for_its_own_labels() -> None:
    missed = [
        label
        for occupation in load_taxonomy().occupations.values()
        for label in (occupation.label_en, occupation.label_zh)
        if occupation.id not in ids(own_occupations().rank(label, limit=3))
    ]
    assert missed == []


@pytest.mark.parametrize("title", ["", "🚜", "\ud800", "qwrtzx", "водитель"])
def test_a_title_without_anything_in_common_ranks_nothing(title: str) -> None:
    assert own_occupations().rank(title) == []


@pytest.mark.parametrize(
    ("title", "suggested"),
    [
        ("weldor", "welder"),
        ("carpetner", "carpenter"),
        ("chachesiji", "forklift-driver"),
        ("dian gong", "electrician"),
        ("Trainee for driving forklift trucks and stackers", "forklift-driver"),
    ],
)
def test_an_unknown_title_is_given_the_best_ranked_as_suggestions(
    title: str, suggested: str
) -> None:
    found = resolve_title(title)
    assert found.concept is None
    assert suggested in [guess.concept.id for guess in found.suggestions]
    assert all(0 <= guess.likeness <= 1 for guess in found.suggestions)


@pytest.mark.parametrize("title", ["hello world", "Lorem ipsum dolor", "asdfgh jkl"])
def test_some_letters_in_common_are_no_suggestion(title: str) -> None:
    assert resolve_title(title).suggestions == ()
