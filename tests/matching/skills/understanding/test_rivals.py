"""Rivals of a small inventory: abbreviations, initials, other forms of words."""

from __future__ import annotations

import pytest

from services.matching.skills.understanding.learned import rival_rule, tech_words
from services.matching.skills.understanding.rivals import Rivals

NAMES = [
    "javascript",
    "java",
    "kubernetes",
    "message queue",
    "object oriented programming",
    "regular expression",
    "c++",
    "c#",
    ".net",
    "software testing",
]
RIVALS = Rivals(NAMES, [1_000] * len(NAMES), rival_rule(), tech_words())


@pytest.mark.parametrize(
    ("phrase", "name"),
    [
        ("js", "javascript"),
        ("k8s", "kubernetes"),
        ("msg-queue", "message queue"),
        ("oop", "object oriented programming"),
        ("regexes", "regular expression"),
        ("cpp plus plus", "c++"),
        ("CSharp", "c#"),
        ("dotnet", ".net"),
        ("test software", "software testing"),
    ],
)
def test_shorthand_ranks_its_name_first(phrase: str, name: str) -> None:
    assert NAMES[RIVALS.rank(phrase, 3)[0][0]] == name


@pytest.mark.parametrize("phrase", ["", "…", "\ud800", "🚜", "\u202e\u200b"])
def test_what_has_no_letters_has_no_rivals(phrase: str) -> None:
    assert RIVALS.rank(phrase, 5) == []


def test_scores_fall_and_the_same_is_said_each_time() -> None:
    ranked = RIVALS.rank("java messaging", 10)
    assert ranked == RIVALS.rank("java messaging", 10)
    scores = [score for _, score in ranked]
    assert scores == sorted(scores, reverse=True)
