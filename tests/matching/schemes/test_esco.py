"""ESCO's files as entries and links, in both layouts and several languages."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.matching.schemes.entries import Entry, EntryLink, Known, SourceUnusable
from services.matching.schemes.esco import Esco
from tests.matching.schemes.builders import (
    OCCUPATION,
    SHORT,
    SKILL,
    an_official_esco,
    german_occupations,
    read_all,
    write_csv,
)


def test_the_official_layout_is_read_whole(tmp_path: Path) -> None:
    entries, links, bad = read_all(Esco(an_official_esco(tmp_path / "esco_v1.2.0")))
    assert bad == []
    by_code = {entry.code: entry for entry in entries}
    assert by_code["7212.3"] == Entry(
        scheme="esco",
        kind="occupation",
        code="7212.3",
        language="en",
        preferred="welder",
        aliases=("weld worker", "welding operative", "weldor"),
        description="Welders join metal.",
        uri=f"{OCCUPATION}o-1",
        broader=(),
        extra={"isco08": "7212"},
    )
    assert by_code["7212.3.1"].broader == ("7212.3",)
    assert (by_code["S8"].kind, by_code["S8"].scheme) == ("group", "esco")
    assert by_code["s-1"].broader == ("S8",)
    assert by_code["s-1"].extra == {
        "skill_type": "skill/competence",
        "reuse_level": "cross-sector",
    }
    assert (by_code["7212"].scheme, by_code["7212"].broader) == ("isco08", ("721",))
    assert by_code["7"].broader == ()
    assert links == [
        EntryLink("esco", "occupationskillrelations", "7212.3", "s-1", "essential"),
        EntryLink("esco", "occupationskillrelations", "7212.3", "s-2", "optional"),
        EntryLink("esco", "skillskillrelations", "s-1", "s-2", "optional"),
    ]


def test_the_version_is_in_the_name_of_the_directory(tmp_path: Path) -> None:
    named = an_official_esco(tmp_path / "ESCO dataset - v1.2.0 - classification - csv")
    assert Esco(named).versions == {"esco": "1.2.0", "isco08": "2008"}
    assert Esco(an_official_esco(tmp_path / "esco")).versions["esco"] is None


def test_a_shortened_layout_is_read_too(tmp_path: Path) -> None:
    write_csv(
        tmp_path / "occupations_en.csv",
        ("uri", "code", "isco08", "preferred_label", "alt_labels", "description"),
        [
            (f"{OCCUPATION}o-1", "7212.3", "7212", "welder", "a | b", "Joins."),
        ],
    )
    write_csv(
        tmp_path / "skills_en.csv",
        ("uri", "skill_type", "reuse_level", *SHORT[1:]),
        [(f"{SKILL}s-1", "knowledge", "", "metallurgy", "")],
    )
    write_csv(
        tmp_path / "skillsHierarchy_en.csv",
        (
            *("Level 0 URI", "Level 0 preferred term", "Level 1 URI"),
            *("Level 1 preferred term", "Level 0 code", "Level 1 code"),
        ),
        [
            (f"{SKILL}k-1", "knowledge", "", "", "K", ""),
            (f"{SKILL}k-1", "knowledge", "http://x/isced-f/07", "craft", "K", "07"),
        ],
    )
    write_csv(
        tmp_path / "broaderRelationsSkillPillar_en.csv",
        ("uri", "broader"),
        [("s-1", "07"), ("07", "k-1")],
    )
    entries, _, bad = read_all(Esco(tmp_path))
    assert bad == []
    told = {entry.code: (entry.kind, entry.broader) for entry in entries}
    assert told == {
        "K": ("group", ()),
        "07": ("group", ("K",)),
        "7212.3": ("occupation", None),
        "s-1": ("skill", ("07",)),
    }
    [welder] = [entry for entry in entries if entry.code == "7212.3"]
    assert welder.aliases == ("a", "b")


def test_a_second_language_finds_the_codes_in_the_first(tmp_path: Path) -> None:
    german_occupations(an_official_esco(tmp_path), "Schweißer", "Punktschweißer")
    entries, links, bad = read_all(Esco(tmp_path, "de"))
    assert bad == []
    assert [(entry.code, entry.language, entry.preferred) for entry in entries] == [
        ("7212.3", "de", "Schweißer"),
        ("7212.3.1", "de", "Punktschweißer"),
    ]
    assert entries[0].aliases == ("Schweißfachkraft", "Schweisser")
    assert (entries[0].description, entries[0].extra) == (None, None)
    assert links == []  # the relations are those of the first language


def test_a_second_language_alone_needs_the_codes_that_were_imported(
    tmp_path: Path,
) -> None:
    german_occupations(tmp_path, "Schweißer")
    _, _, [bad] = read_all(Esco(tmp_path))
    assert bad.reason == "no file says the code of this concept"
    known = Known(by_uri={("esco", f"{OCCUPATION}o-1"): "7212.3"})
    [entry], _, _ = read_all(Esco(tmp_path), known)
    assert entry.code == "7212.3"


def test_rows_at_fault_are_told_and_the_others_read(tmp_path: Path) -> None:
    an_official_esco(tmp_path)
    with (tmp_path / "occupations_en.csv").open("a", encoding="utf-8") as text:
        cells = ",,,,,,,,,"
        text.write(f"Occupation,{OCCUPATION}o-3,7212,,{cells}7212.4\n")
        text.write(f"Occupation,{OCCUPATION}o-1,7212,again,{cells}7212.3\n")
        text.write("Occupation,nothing\n")
    with (tmp_path / "skillSkillRelations_en.csv").open("a") as text:
        text.write(f"{SKILL}s-1,optional,{SKILL}s-9\n{SKILL}s-1,loves,{SKILL}s-2\n")
    entries, links, bad = read_all(Esco(tmp_path))
    assert (len(entries), len(links)) == (9, 3)
    assert [(row.file, row.line, row.reason, row.code) for row in bad] == [
        ("occupations_en.csv", 6, "has no preferred label", "7212.4"),
        ("occupations_en.csv", 7, "7212.3 is there already, in line 2", "7212.3"),
        ("occupations_en.csv", 8, "has 2 columns instead of 14", None),
        ("skillSkillRelations_en.csv", 3, "there is no entry 's-9'", "s-1"),
        ("skillSkillRelations_en.csv", 4, "'loves' is no relation", "s-1"),
    ]


def test_a_directory_without_such_files_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceUnusable, match="has no ESCO files"):
        Esco(tmp_path)
    with pytest.raises(SourceUnusable, match="occupations_fr"):
        Esco(an_official_esco(tmp_path), "fr")
