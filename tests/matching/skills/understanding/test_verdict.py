"""What decides: names, and differences that cannot make another word of one."""

from __future__ import annotations

import pytest

from services.matching.skills.understanding.variants import american, variants
from services.matching.skills.understanding.verdict import Verdict, Verdicts

LABELS = [
    ("Organise workshops", 0),
    ("Forklift driver", 1),
    ("Java", 2),
    ("JavaScript", 3),
    ("Polish", 4),
    ("Staff management", 5),
    ("Welder", 6),
]
ALIASES = [("fork truck", 1), ("shared", 2), ("shared", 3), ("java", 3)]
VERDICTS = Verdicts(LABELS, ALIASES)


@pytest.mark.parametrize(
    ("phrase", "verdict"),
    [
        ("FORKLIFT driver", Verdict(1, "name")),
        ("fork lift driver", Verdict(1, "respaced")),
        ("organize workshops", Verdict(0, "spelling")),
        ("forklift drivers", Verdict(1, "variant")),
        ("fork trucks", Verdict(1, "variant")),
        ("management of staff", Verdict(5, "variant")),
        ("Polish", Verdict(4, "name")),
    ],
)
def test_a_difference_that_means_nothing_decides(phrase: str, verdict: Verdict) -> None:
    assert VERDICTS.of(phrase) == verdict


@pytest.mark.parametrize(
    "phrase", ["weldor", "welders", "javas", "forklift", "shared", "polish", "", "…"]
)
def test_another_letter_another_word_or_two_owners_decide_nothing(phrase: str) -> None:
    assert VERDICTS.of(phrase) is None


def test_a_label_beats_the_alias_of_another() -> None:
    assert VERDICTS.of("java") == Verdict(2, "name")


def test_a_single_word_has_no_variants() -> None:
    assert [*variants("patents")] == []
    assert [*variants("patent clerks")] == ["patent clerk"]
    assert [*variants("computer games")] == []


def test_words_that_only_look_british_are_left() -> None:
    assert american("supervise colour labelling") == "supervise color labelling"
    assert american("advertise enterprise programmes") == (
        "advertise enterprise programs"
    )
