"""What parts of titles mean is learned from titles with known codes; none is kept."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest

pytest.importorskip("scipy", reason='training needs the extra "bench"')

from infra.training.labelled import csco_occupations
from infra.training.train_titles import main
from services.matching.skills.ranking.classification import rank_csco
from services.matching.skills.ranking.learned_titles import read_learned

OCCUPATIONS = (
    ("2-08-03-00", "教师", ""),
    ("4-01-02-01", "营销员", "地推,直播带货"),
    ("4-03-02-01", "中式烹调师", ""),
    ("4-03-02-07", "餐厅服务员", ""),
)
TITLES = (
    *(("带货主播", "4-01-02-01"), ("游戏主播", "4-01-02-01"), ("主播", "4-01-02-01")),
    *(("直播带货", "4-01-02-01"), ("地推", "4-01-02-01")),
    *(("颠勺师傅", "4-03-02-01"), ("颠勺", "4-03-02-01"), ("跑堂", "4-03-02-07")),
    *(("夜班跑堂", "4-03-02-07"), ("独一无二", "2-08-03-00"), ("奇", "9-99-99-99")),
)


def write(path: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as text:
        csv.writer(text).writerows([header, *rows])


@pytest.fixture
def data(tmp_path: Path) -> Path:
    write(
        tmp_path / "taxonomy/csco_2022/csco22.csv",
        ("code", "name", "definition", "tasks", "alias"),
        [(code, name, "从事工作", "", alias) for code, name, alias in OCCUPATIONS],
    )
    write(
        tmp_path / "bench_dev/csco_titles_dev.csv",
        ("job_name", "expected_code"),
        TITLES,
    )
    return tmp_path


def test_a_part_that_titles_share_leads_to_their_occupation(data: Path) -> None:
    main([str(data), str(data / "out.npz")])
    occupations = csco_occupations(data, set())
    ranker = rank_csco(occupations, read_learned(data / "out.npz"))
    for title, code in (("酒楼跑堂", "4-03-02-07"), ("颠勺", "4-03-02-01")):
        assert code not in [id for id, _ in rank_csco(occupations).rank(title)]
        assert ranker.rank(title)[0][0] == code


def test_the_same_titles_give_the_same_file(data: Path) -> None:
    for name in ("one.npz", "two.npz"):
        main([str(data), str(data / name)])
    assert (data / "one.npz").read_bytes() == (data / "two.npz").read_bytes()


def test_parts_of_a_single_title_are_not_kept(data: Path) -> None:
    main([str(data), str(data / "out.npz")])
    parts = read_learned(data / "out.npz").parts
    assert "颠勺" in parts
    assert not {"独", "无二", "游戏"} & {*parts}


def test_a_title_is_no_name_of_the_occupation_it_teaches(data: Path) -> None:
    named = {one.code: one.names["zh"] for one in csco_occupations(data, {"地推"})}
    assert named["4-01-02-01"] == ("营销员", "直播带货")
