"""What stands for a concept that is no more."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.matching.skills.taxonomy import TaxonomyInvalid, read_taxonomy
from tests.matching.skills.builders import a_taxonomy, write_taxonomy


def with_replacements(directory: Path, *rows: str) -> Path:
    write_taxonomy(directory)
    text = "\n".join(["kind,old,new", *rows, ""])
    (directory / "replacements.csv").write_text(text, encoding="utf-8")
    return directory


def test_a_taxonomy_needs_no_replacements(tmp_path: Path) -> None:
    assert a_taxonomy(tmp_path).replacements == {}


def test_a_replaced_concept_leads_to_the_one_at_the_end(tmp_path: Path) -> None:
    rows = ("skill,brazing,hard-soldering", "skill,hard-soldering,soldering")
    taxonomy = read_taxonomy(with_replacements(tmp_path, *rows))
    assert taxonomy.replacements == {
        ("skill", "brazing"): "soldering",
        ("skill", "hard-soldering"): "soldering",
    }
    assert taxonomy.current("skill", "brazing") is taxonomy.skills["soldering"]
    assert taxonomy.current("skill", "welding") is taxonomy.skills["welding"]
    assert taxonomy.current("occupation", "brazing") is None


def test_replacements_are_part_of_the_version(tmp_path: Path) -> None:
    without = a_taxonomy(tmp_path)
    with_one = read_taxonomy(with_replacements(tmp_path, "skill,brazing,soldering"))
    assert without.version != with_one.version


@pytest.mark.parametrize(
    ("rows", "fault"),
    [
        (["skill,welding,soldering"], "2: skill 'welding' is in the taxonomy"),
        (
            ["skill,brazing,welding", "skill,brazing,soldering"],
            "3: skill 'brazing' is replaced in replacements.csv:2 too",
        ),
        (
            ["skill,brazing,riveting"],
            "2: 'brazing' is not replaced by any skill of the taxonomy",
        ),
        (
            ["skill,a,b", "skill,b,a"],
            "2: 'a' is not replaced by any skill of the taxonomy",
        ),
        (
            ["occupation,brazing,welding"],
            "2: 'brazing' is not replaced by any occupation of the taxonomy",
        ),
        (["job,a,b"], "2: must be a kind and two ids"),
        (["skill,brazing,"], "2: must be a kind and two ids"),
        (["skill,brazing"], "2: must be a kind and two ids"),
    ],
)
def test_a_wrong_replacement_is_told_with_its_line(
    tmp_path: Path, rows: list[str], fault: str
) -> None:
    with pytest.raises(TaxonomyInvalid) as caught:
        read_taxonomy(with_replacements(tmp_path, *rows))
    assert f"replacements.csv:{fault}" in caught.value.faults


def test_other_columns_are_refused(tmp_path: Path) -> None:
    write_taxonomy(tmp_path)
    (tmp_path / "replacements.csv").write_text("old,new\n", encoding="utf-8")
    with pytest.raises(TaxonomyInvalid, match="columns must be kind,old,new"):
        read_taxonomy(tmp_path)
