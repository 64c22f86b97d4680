"""O*NET's and CSCO's files as entries and links."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.matching.schemes.csco import Csco
from services.matching.schemes.entries import Entry, EntryLink, SourceUnusable
from services.matching.schemes.onet import Onet, technology_code
from tests.matching.schemes.builders import a_csco, an_onet, read_all, write_csv

CAD = technology_code("AutoCAD")


def test_an_occupation_has_its_titles_and_tasks(tmp_path: Path) -> None:
    entries, _, bad = read_all(Onet(an_onet(tmp_path)))
    assert bad == []
    occupations = [entry for entry in entries if entry.kind == "occupation"]
    assert occupations[0] == Entry(
        scheme="onet",
        kind="occupation",
        code="51-4121.00",
        language="en",
        preferred="Welders",
        aliases=("Weld Worker", "Gas Metal Arc Welder", "GMAW"),
        description='Use "hand" welding.',
        broader=(),
        extra={"tasks": ["Weld components."]},
    )
    assert occupations[1].broader == ("51-4121.00",)


def test_a_technology_is_one_skill_of_all_its_commodities(tmp_path: Path) -> None:
    entries, links, _ = read_all(Onet(an_onet(tmp_path)))
    [skill] = [entry for entry in entries if entry.kind == "skill"]
    assert (skill.code, skill.preferred, skill.extra) == (CAD, "AutoCAD", {"hot": True})
    assert skill.broader == ("43232604", "43232605")
    groups = [entry.preferred for entry in entries if entry.kind == "group"]
    assert groups == ["CAD software", "Design software"]
    assert links == [
        EntryLink("onet", "technology", "51-4121.00", CAD, "optional"),
        EntryLink("onet", "technology", "51-4121.06", CAD, "optional"),
        EntryLink(
            "onet", "related occupations", "51-4121.00", "51-4121.06", "related", 1
        ),
    ]


def test_look_alike_technologies_have_codes_of_their_own() -> None:
    codes = {technology_code(name) for name in ("C", "C++", "C#", "c")}
    assert len(codes) == 4


def test_onet_rows_at_fault_are_told(tmp_path: Path) -> None:
    an_onet(tmp_path)
    with (tmp_path / "Occupation Data.txt").open("a") as text:
        text.write("51-9999\tNobody\t\n51-4121.00\tWelders\t\n51-4199.00\t\t\n")
    with (tmp_path / "Related Occupations.txt").open("a") as text:
        text.write("51-4121.00\t99-9999.00\tPrimary\t2\n51-4121.00\n")
    entries, _, bad = read_all(Onet(tmp_path))
    assert len(entries) == 5
    assert [(row.line, row.reason, row.code) for row in bad] == [
        (4, "'51-9999' is no O*NET-SOC code", None),
        (5, "51-4121.00 is there already, in line 2", "51-4121.00"),
        (6, "has no title", "51-4199.00"),
        (3, "there is no entry '99-9999.00'", "51-4121.00"),
        (4, "has 1 columns instead of 4", None),
    ]


def test_onet_says_its_version_in_the_read_me(tmp_path: Path) -> None:
    an_onet(tmp_path / "db_28_1_text")
    source = Onet(tmp_path / "db_28_1_text")
    assert source.versions == {"onet": "28.1"}
    read_me = tmp_path / "db_28_1_text/Read Me.txt"
    read_me.write_text("O*NET 27.0 Database\nAugust 2022\n")
    assert Onet(read_me.parent).versions == {"onet": "27.0"}


def test_marks_are_no_part_of_a_chinese_name(tmp_path: Path) -> None:
    entries, links, bad = read_all(Csco(a_csco(tmp_path / "csco_2022")))
    assert (links, bad) == ([], [])
    assert [(entry.kind, entry.code, entry.broader) for entry in entries] == [
        ("group", "6-00-00-00", ()),
        ("group", "6-18-00-00", ("6-00-00-00",)),
        ("occupation", "6-18-02-04", ("6-18-00-00",)),
    ]
    welder = entries[2]
    assert (welder.preferred, welder.aliases) == ("焊工", ("电焊工",))
    assert welder.extra == {"green": True, "digital": True, "tasks": ("焊接", "检查")}
    assert Csco(tmp_path / "csco_2022").versions == {"csco": "2022"}


def test_chinese_headers_and_codes_alone_are_enough(tmp_path: Path) -> None:
    write_csv(
        tmp_path / "大典.csv",
        ("代码", "名称"),
        [
            ("6-18-00-00", "机械制造人员"),
            ("6-18-02-04", "焊工"),
            ("618", "x"),
            ("6-18-02-05", ""),
        ],
    )
    entries, _, bad = read_all(Csco(tmp_path))
    assert [entry.kind for entry in entries] == ["group", "occupation"]
    assert [(row.line, row.code) for row in bad] == [(4, None), (5, "6-18-02-05")]


@pytest.mark.parametrize("source", [Onet, Csco])
def test_what_is_not_there_is_refused(
    tmp_path: Path, source: type[Onet] | type[Csco]
) -> None:
    with pytest.raises(SourceUnusable, match="has no"):
        source(tmp_path)
    with pytest.raises(SourceUnusable, match="only, there is no 'fr'"):
        source(tmp_path, "fr")
