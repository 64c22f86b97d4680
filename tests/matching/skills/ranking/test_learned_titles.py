"""What titles taught speaks for occupations, or against them, beside their names."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from services.matching.skills.ranking.classification import Coded, rank_csco
from services.matching.skills.ranking.learned_titles import (
    FILE,
    LearnedTitles,
    TitleEvidence,
    csco_titles,
    parts_of,
    read_learned,
    write_learned,
)
from tests.matching.skills.ranking.builders import ids

SELLER = Coded("4-01-02-01", {"zh": ("营销员",)}, "销售商品")
COOK = Coded("4-03-02-01", {"zh": ("中式烹调师",)}, "烹调菜肴")
TEACHER = Coded("2-08-03-00", {"zh": ("教师",)}, "教学")
OCCUPATIONS = (SELLER, COOK, TEACHER)


def taught(*said: tuple[str, str, float], usual: float = 0.0) -> LearnedTitles:
    """What is said: a part, a code, and how much the part speaks for it. The cook is
    `usual`."""
    parts = sorted({part for part, _, _ in said})
    codes = tuple(occupation.code for occupation in OCCUPATIONS)
    ordered = sorted(said)
    counts = [sum(one[0] == part for one in said) for part in parts]
    return LearnedTitles(
        codes=codes,
        usual=np.array([0, usual, 0], np.float32),
        parts=tuple(parts),
        idf=np.ones(len(parts), np.float32),
        starts=np.cumsum([0, *counts]),
        holders=np.array([codes.index(code) for _, code, _ in ordered], np.int32),
        weights=np.array([weight for _, _, weight in ordered], np.float32),
        names=0.1,
        together=0.8,
        about=0.5,
    )


def test_parts_are_characters_pairs_and_both_ends() -> None:
    assert parts_of("java 讲师") == [
        *("java", "讲", "师"),
        *("java讲", "讲师"),
        *("^java", "^java讲", "师$", "讲师$"),
    ]
    assert parts_of("") == []


def test_a_part_speaks_for_an_occupation_whose_names_say_nothing_of_it() -> None:
    assert rank_csco(OCCUPATIONS).rank("甲乙") == []
    ranker = rank_csco(OCCUPATIONS, taught(("甲乙", SELLER.code, 2.0)))
    assert ids(ranker.rank("甲乙")) == [SELLER.code]


def test_a_part_speaks_against_an_occupation() -> None:
    assert ids(rank_csco(OCCUPATIONS).rank("教学烹调师"))[0] == COOK.code
    learned = taught(("教学", COOK.code, -9.0), ("教学", TEACHER.code, 0.1))
    ranked = ids(rank_csco(OCCUPATIONS, learned).rank("教学烹调师"))
    assert ranked[0] == TEACHER.code
    assert COOK.code not in ranked


def test_the_usual_occupation_gains_only_where_something_speaks_of_it() -> None:
    said = (("甲", SELLER.code, 0.1), ("甲", COOK.code, 0.1))
    ranker = rank_csco(OCCUPATIONS, taught(*said, usual=1.0))
    assert ids(ranker.rank("甲乙")) == [COOK.code, SELLER.code]
    assert ranker.rank("叉车") == []


def test_a_whole_name_is_not_outvoted() -> None:
    learned = taught(("教", COOK.code, 1.0), ("师", COOK.code, 1.0), usual=0.6)
    assert ids(rank_csco(OCCUPATIONS, learned).rank("教师"))[0] == TEACHER.code


def test_occupations_that_training_did_not_know_are_not_spoken_of() -> None:
    learned = taught(("甲", SELLER.code, 1.0), ("甲", COOK.code, 2.0))
    assert TitleEvidence(learned, ["new", COOK.code]).scores("甲").tolist() == [0, 2]


def test_what_was_learned_comes_back_from_its_file(tmp_path: Path) -> None:
    learned = taught(("教", COOK.code, -1.27), ("师", SELLER.code, 0.5), usual=0.5)
    write_learned(tmp_path / "one.npz", learned)
    write_learned(tmp_path / "two.npz", learned)
    one, two = (tmp_path / name for name in ("one.npz", "two.npz"))
    assert one.read_bytes() == two.read_bytes()
    back = read_learned(one)
    assert (back.codes, back.parts) == (learned.codes, learned.parts)
    assert back.how_usual() == learned.how_usual()
    assert back.weights == pytest.approx(learned.weights, abs=0.01)
    assert (back.starts == learned.starts).all()
    assert (back.names, back.together) == pytest.approx((0.1, 0.8))


def test_the_shipped_file_is_small_and_holds_no_title() -> None:
    assert FILE.stat().st_size < 1_000_000
    marks = {"^", "$"}
    for part in csco_titles().parts:
        assert len([one for one in part if one not in marks and one > "z"]) <= 2


def test_the_shipped_file_knows_what_adverts_call_a_live_seller() -> None:
    occupations = [Coded("4-01-06-02", {"zh": ("互联网营销师",)}), *OCCUPATIONS]
    ranked = rank_csco(occupations, csco_titles()).rank("带货主播")
    assert ids(ranked)[0] == "4-01-06-02"


@pytest.mark.parametrize("phrase", ["", "  ", "🚜", "\ud800", "\u202e", "!?", "سائق"])
def test_nothing_in_common_is_answered_with_nothing(phrase: str) -> None:
    assert rank_csco(OCCUPATIONS, csco_titles()).rank(phrase) == []
