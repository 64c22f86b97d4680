"""Small directories of classifications, in the official layouts and shortened ones."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

from services.matching.schemes.entries import (
    BadRow,
    Entry,
    EntryLink,
    Item,
    Known,
    Source,
)

OCCUPATION = "http://data.europa.eu/esco/occupation/"
SKILL = "http://data.europa.eu/esco/skill/"
ISCO = "http://data.europa.eu/esco/isco/C"

OFFICIAL_OCCUPATIONS = (
    *("conceptType", "conceptUri", "iscoGroup", "preferredLabel", "altLabels"),
    *("hiddenLabels", "status", "modifiedDate", "regulatedProfessionNote", "scopeNote"),
    *("definition", "inScheme", "description", "code"),
)
OFFICIAL_SKILLS = (
    *("conceptType", "conceptUri", "skillType", "reuseLevel", "preferredLabel"),
    *("altLabels", "hiddenLabels", "status", "modifiedDate", "scopeNote"),
    *("definition", "inScheme", "description"),
)
SHORT = ("uri", "preferred_label", "alt_labels")
BROADER = ("conceptType", "conceptUri", "broaderType", "broaderUri")


def write_csv(
    file: Path, header: Sequence[str], rows: Iterable[Sequence[str] | dict[str, str]]
) -> Path:
    """Rows given as cells, or as some of them by column."""
    with file.open("w", encoding="utf-8", newline="") as text:
        writer = csv.writer(text)
        writer.writerow(header)
        for row in rows:
            if isinstance(row, dict):
                row = [row.get(column, "") for column in header]
            writer.writerow(row)
    return file


def write_tabs(
    file: Path, header: Sequence[str], rows: Iterable[Sequence[str]]
) -> None:
    lines = ["\t".join(cells) for cells in (header, *rows)]
    file.write_text("\n".join([*lines, ""]), encoding="utf-8")


def an_official_esco(directory: Path) -> Path:
    """Two occupations below welders (7212), two skills, all links, in English."""
    directory.mkdir(exist_ok=True)
    write_csv(
        directory / "ISCOGroups_en.csv",
        ("conceptType", "conceptUri", "code", "preferredLabel", "altLabels"),
        [
            ("ISCOGroup", f"{ISCO}7", "7", "Craft workers", ""),
            ("ISCOGroup", f"{ISCO}72", "72", "Metal workers", ""),
            ("ISCOGroup", f"{ISCO}721", "721", "Sheet-metal workers", ""),
            ("ISCOGroup", f"{ISCO}7212", "7212", "Welders and flame cutters", ""),
        ],
    )
    write_csv(
        directory / "skillGroups_en.csv",
        ("conceptType", "conceptUri", "preferredLabel", "code"),
        [("SkillGroup", f"{SKILL}g-1", "working with machines", "S8")],
    )
    write_csv(
        directory / "occupations_en.csv",
        OFFICIAL_OCCUPATIONS,
        [
            {
                "conceptUri": f"{OCCUPATION}o-1",
                "iscoGroup": "7212",
                "preferredLabel": "welder",
                "altLabels": "weld worker\nwelding  operative\nwelder",
                "hiddenLabels": "weldor",
                "description": "Welders join metal.",
                "code": "7212.3",
            },
            {
                "conceptUri": f"{OCCUPATION}o-2",
                "iscoGroup": "7212",
                "preferredLabel": "spot welder",
                "code": "7212.3.1",
            },
        ],
    )
    write_csv(
        directory / "skills_en.csv",
        OFFICIAL_SKILLS,
        [
            {
                "conceptUri": f"{SKILL}s-1",
                "skillType": "skill/competence",
                "reuseLevel": "cross-sector",
                "preferredLabel": "weld metal",
                "altLabels": "metal welding",
            },
            {
                "conceptUri": f"{SKILL}s-2",
                "skillType": "knowledge",
                "preferredLabel": "metallurgy",
            },
        ],
    )
    write_csv(
        directory / "broaderRelationsOccPillar_en.csv",
        BROADER,
        [
            ("Occupation", f"{OCCUPATION}o-1", "ISCOGroup", f"{ISCO}7212"),
            ("Occupation", f"{OCCUPATION}o-2", "Occupation", f"{OCCUPATION}o-1"),
        ],
    )
    write_csv(
        directory / "broaderRelationsSkillPillar_en.csv",
        BROADER,
        [("Skill", f"{SKILL}s-1", "SkillGroup", f"{SKILL}g-1")],
    )
    write_csv(
        directory / "occupationSkillRelations_en.csv",
        ("occupationUri", "relationType", "skillType", "skillUri"),
        [
            (f"{OCCUPATION}o-1", "essential", "skill/competence", f"{SKILL}s-1"),
            (f"{OCCUPATION}o-1", "optional", "knowledge", f"{SKILL}s-2"),
        ],
    )
    write_csv(
        directory / "skillSkillRelations_en.csv",
        ("originalSkillUri", "relationType", "relatedSkillUri"),
        [(f"{SKILL}s-1", "optional", f"{SKILL}s-2")],
    )
    return directory


def german_occupations(directory: Path, *labels: str) -> Path:
    """The same occupations in German, in the shortened layout, which has no codes."""
    return write_csv(
        directory / "occupations_de.csv",
        SHORT,
        [
            (f"{OCCUPATION}o-{number}", label, "Schweißfachkraft | Schweisser")
            for number, label in enumerate(labels, start=1)
        ],
    )


def an_onet(directory: Path) -> Path:
    """Two occupations with their titles and technology, and a link between them."""
    directory.mkdir(exist_ok=True)
    write_tabs(
        directory / "Occupation Data.txt",
        ("O*NET-SOC Code", "Title", "Description"),
        [
            ("51-4121.00", "Welders", 'Use "hand" welding.'),
            ("51-4121.06", "Cutters, Flame", "Cut metal."),
        ],
    )
    write_tabs(
        directory / "Alternate Titles.txt",
        ("O*NET-SOC Code", "Alternate Title", "Short Title", "Source(s)"),
        [
            ("51-4121.00", "Weld Worker", "n/a", "08"),
            ("51-4121.00", "Gas Metal Arc Welder", "GMAW", "08"),
        ],
    )
    write_tabs(
        directory / "Task Statements.txt",
        ("O*NET-SOC Code", "Task ID", "Task", "Task Type"),
        [("51-4121.00", "1", "Weld components.", "Core")],
    )
    write_tabs(
        directory / "Technology Skills.txt",
        (
            *("O*NET-SOC Code", "Example", "Commodity Code", "Commodity Title"),
            "Hot Technology",
        ),
        [
            ("51-4121.00", "AutoCAD", "43232604", "CAD software", "Y"),
            ("51-4121.00", "AutoCAD", "43232605", "Design software", "Y"),
            ("51-4121.06", "AutoCAD", "43232604", "CAD software", "Y"),
        ],
    )
    write_tabs(
        directory / "Related Occupations.txt",
        ("O*NET-SOC Code", "Related O*NET-SOC Code", "Relatedness Tier", "Index"),
        [("51-4121.00", "51-4121.06", "Primary-Short", "1")],
    )
    return directory


def a_csco(directory: Path) -> Path:
    directory.mkdir(exist_ok=True)
    write_csv(
        directory / "csco.csv",
        ("level", "code", "name", "definition", "tasks", "alias"),
        [
            ("1", "6-00-00-00", "生产制造人员", "", "", ""),
            ("2", "6-18-00-00", "机械制造人员", "", "", ""),
            (
                "4",
                "6-18-02-04",
                "焊工L/S",
                "焊接的人员。",
                "1.焊接 2.检查",
                "焊工,电焊工",
            ),
        ],
    )
    return directory


def read_all(
    source: Source, known: Known | None = None
) -> tuple[list[Entry], list[EntryLink], list[BadRow]]:
    items: list[Item] = [
        item
        for part in source.parts(known or Known(), lambda file, rows: None)
        for item in part.items
    ]
    return (
        [item for item in items if isinstance(item, Entry)],
        [item for item in items if isinstance(item, EntryLink)],
        [item for item in items if isinstance(item, BadRow)],
    )
