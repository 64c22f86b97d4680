"""Job titles: the work is understood without grade and place, or it is unknown."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.matching.skills.normalise import Method
from services.matching.skills.taxonomy import load_taxonomy
from services.matching.skills.titles import resolve_title


@pytest.mark.parametrize(
    ("title", "occupation", "method"),
    [
        # the whole title is a name
        ("Forklift driver", "forklift-driver", "name"),
        ("FORK-LIFT DRIVER", "forklift-driver", "name"),
        ("SUMMER COLLEGE INTERN", "college-intern", "name"),
        ("叉车司机", "forklift-driver", "name"),
        ("小工", "construction-labourer", "name"),
        # seniority, grade, form of employment
        ("Senior Scaffolder", "scaffolder", "title"),
        ("Sr. Welder", "welder", "title"),
        ("Lead Baker", "baker", "title"),
        ("Assistant Forklift Driver", "forklift-driver", "title"),
        ("Forklift Driver II", "forklift-driver", "title"),
        ("Forklift Driver 3", "forklift-driver", "title"),
        ("Electrician Level 2", "electrician", "title"),
        ("Project Mgr, M1", "project-manager", "title"),
        ("Part-time barista", "barista", "title"),
        ("Trainee bricklayer", "bricklayer", "title"),
        ("Cook wanted", "line-cook", "title"),
        ("高级叉车司机", "forklift-driver", "title"),
        ("急招叉车司机", "forklift-driver", "title"),
        ("叉车司机若干名", "forklift-driver", "title"),
        # plural
        ("Scaffolders", "scaffolder", "title"),
        ("Waitresses", "waiter", "title"),
        # the part that names the work
        ("Senior Scaffolder, Division of Planning", "scaffolder", "title"),
        ("Welder (night shift)", "welder", "title"),
        ("Night shift - Forklift driver", "forklift-driver", "title"),
        ("Warehouse operative – Nights", "warehouse-operative", "title"),
        ("Site 4: Scaffolders", "scaffolder", "title"),
        ("Project Manager for Bridges", "project-manager", "title"),
        ("叉车司机（夜班）", "forklift-driver", "title"),
        ("包吃住，叉车司机", "forklift-driver", "title"),
        # the end of a part, when it can mean one occupation only
        ("Heritage Bricklayer", "bricklayer", "head"),
        ("Marine scaffolder, Dock 4", "scaffolder", "head"),
        ("物流园叉车司机", "forklift-driver", "head"),
    ],
)
def test_a_title_names_its_occupation(
    title: str, occupation: str, method: Method
) -> None:
    found = resolve_title(title)
    assert found.concept is not None
    assert (found.concept.id, found.method) == (occupation, method)
    assert found.suggestions == ()


def test_confidence_falls_with_what_was_not_understood() -> None:
    whole, graded, head = (
        resolve_title(title).confidence
        for title in ("Bricklayer", "Senior bricklayer", "Heritage bricklayer")
    )
    assert 1.0 == whole > graded > head > 0.5


@pytest.mark.parametrize(
    "title",
    [
        "",
        "Manager",
        "Senior Officer II",
        "Wanted!",
        "Assistant to the Welder",
        "Director, Electricians",
        "Supervisor of Bricklayers",
        "Train-the-trainer driver",
        "Assistant Welder",
        "Bricklayer and plumber",
        "Cook / Welder",
        "某某工程师助手的朋友",
        "🚜🚜🚜",
    ],
)
def test_a_title_that_may_be_several_or_none_is_unknown(title: str) -> None:
    found = resolve_title(title)
    assert (found.concept, found.confidence, found.method) == (None, 0.0, "unknown")


def test_an_unknown_word_before_an_end_of_many_names_decides_nothing() -> None:
    ends = {
        concept.id
        for concept in load_taxonomy().occupations.values()
        for _, name in concept.names()
        if name.lower().endswith(" driver")
    }
    assert len(ends) > 1
    assert resolve_title("Quagga driver").concept is None


def test_parts_that_name_different_occupations_are_suggested() -> None:
    found = resolve_title("Welder / Bricklayer")
    best = [(guess.concept.id, guess.name) for guess in found.suggestions[:2]]
    assert sorted(best) == [("bricklayer", "bricklayer"), ("welder", "welder")]


def test_parts_that_name_the_same_occupation_agree() -> None:
    found = resolve_title("Senior Welder / Welders, Yard 3")
    assert found.concept is not None
    assert found.concept.id == "welder"


def test_every_occupation_is_found_behind_a_seniority_and_before_a_grade() -> None:
    for occupation in load_taxonomy().occupations.values():
        found = resolve_title(f"Senior {occupation.label_en} II, Building 4")
        assert found.concept is occupation, occupation.label_en


@settings(deadline=None)
@given(st.text(st.characters(), max_size=600))
def test_any_title_is_answered(title: str) -> None:
    found = resolve_title(title)
    assert (found.concept is None) == (found.method == "unknown")


@pytest.mark.parametrize(
    "title",
    [
        "senior " * 70,
        "a, " * 160,
        "of " * 160,
        "高级" * 250,
        "叉" * 500,
        "senior a ii - " * 35,
        "x" * 1_000_000,
    ],
)
def test_a_hostile_title_takes_no_longer_than_another(title: str) -> None:
    resolve_title("warm up")
    started = time.process_time()
    assert resolve_title(title).concept is None
    assert time.process_time() - started < 30  # not a speed: that it ends
