"""Popularity is counted from titles with known occupations; no title is kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.training.train_popularity import main
from services.matching.skills.ranking.popularity import read_usualness

TITLES = "title,esco_uri\ncook,http://esco/cook\nchef,http://esco/cook\nbus,bus\n"


def trained(directory: Path, *more: str) -> Path:
    titles, out = directory / "titles.csv", directory / "out.json"
    titles.write_text(TITLES, "utf-8")
    main([str(titles), "esco_uri", str(out), *more])
    return out


def test_what_is_meant_often_enough_is_kept_by_the_end_of_its_uri(
    tmp_path: Path,
) -> None:
    assert read_usualness(trained(tmp_path, "--least", "2")).keys() == {"cook"}
    usual = read_usualness(trained(tmp_path, "--least", "1"))
    assert usual["cook"] > usual["bus"] > 0
    assert read_usualness(trained(tmp_path)) == {}


def test_no_title_is_in_the_file(tmp_path: Path) -> None:
    assert "chef" not in trained(tmp_path, "--least", "1").read_text()


def test_a_missing_column_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "titles.csv").write_text("title\ncook\n")
    with pytest.raises(SystemExit):
        main([str(tmp_path / "titles.csv"), "code", str(tmp_path / "out.json")])
    assert "has no column code" in capsys.readouterr().err
