"""Sentences and the skills they speak of, each with the window that speaks of it."""

from __future__ import annotations

import pytest

from services.matching.skills.understanding.learned import sentence_rule
from services.matching.skills.understanding.places import placed_parts
from services.matching.skills.understanding.sentence_skills import (
    SentenceSkills,
    SkillEntry,
)

SKILLS = [
    SkillEntry("Kitchen cleaning", ["clean kitchens"], 2),
    SkillEntry("Forklift driving", ["fork lift", "开叉车"], 3),
    SkillEntry("C++ (programming language)", [], 1),
    SkillEntry("Customer service", ["serve customers"], 5),
]
WEIGHTS, RULE = sentence_rule()
RANKING = SentenceSkills(SKILLS, WEIGHTS, RULE)


@pytest.mark.parametrize(
    ("text", "skill", "window"),
    [
        ("You will be cleaning kitchens daily", 0, "cleaning kitchens"),
        ("Loads lorries by fork lift.", 1, "fork lift"),
        ("会开叉车优先。包吃住", 1, "开叉车"),
        ("knows C++; likes tea", 2, "C++"),
        ("Duties:\nserving our customers\nlunch", 3, "serving our customers"),
    ],
)
def test_the_skill_spoken_of_comes_first_with_its_window(
    text: str, skill: int, window: str
) -> None:
    best = RANKING.rank(text, 3)[0]
    assert best.skill == skill
    assert text[best.start : best.end] == window
    assert best.cosine == pytest.approx(1.0, abs=0.01)


def test_no_window_runs_from_one_part_into_the_next() -> None:
    found = RANKING.rank("we serve tea, customers wait", 1)[0]
    assert found.cosine < 0.99


@pytest.mark.parametrize("text", ["", "the of and", "…", "\ud800", "🚜 🚜", "zebra"])
def test_a_text_of_other_words_speaks_of_nothing(text: str) -> None:
    assert RANKING.rank(text, 5) == []


def test_what_folding_joins_stands_in_its_whole_part() -> None:
    [part] = placed_parts("uses C + + daily")
    text = "uses C + + daily"
    assert {text[word.start : word.end] for word in part} == {text}


def test_the_same_is_said_each_time() -> None:
    text = "Clean kitchens and serve customers. Drive a fork lift, write C++."
    assert RANKING.rank(text, 9) == RANKING.rank(text, 9)
