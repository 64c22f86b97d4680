"""Reads the taxonomy's CSV files; what is wrong with one is told with file and line.

`data/skills/*.csv`, `data/occupations/*.csv` and `data/certificates.csv`; `|` separates
the entries of a list. A link in `related` is `id=0.6` (both ways) or `id>0.9`: who has
this row's skill has that much of the other, not the other way round. Where two skills
have both kinds, the one-way link decides its direction; where both have a link both
ways, the lower credit counts. `broader` holds the ids of the next broader skills.

`data/german.csv` and its like give concepts names in a further language, `|` between
them; a directory need not have them.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypedDict, TypeVar

from services.matching.skills.concepts import (
    Certificate,
    Concept,
    Language,
    Link,
    Occupation,
    Skill,
)
from shared.values import Market

NAMES = ("id", "label_en", "label_zh", "aliases_en", "aliases_zh")
SKILL_COLUMNS = (*NAMES, "related", "broader")
CERTIFICATE_COLUMNS = NAMES
OCCUPATION_COLUMNS = (
    "id",
    "isco08",
    *NAMES[1:],
    "markets",
    "essential",
    "optional",
    "certificates",
)
FURTHER_COLUMNS = ("kind", "id", "names")
FURTHER_FILES: Mapping[str, Language] = {
    "german.csv": "de",
    "spanish.csv": "es",
    "french.csv": "fr",
    "dutch.csv": "nl",
}
LINK = re.compile(r"([^=>]+)([=>])(0?\.\d+|0|1(?:\.0*)?)")

Row = Mapping[str, str]
Read = TypeVar("Read", bound=Concept)
FurtherNames = Mapping[tuple[str, str], tuple[tuple[Language, str], ...]]
"""By kind and id: names in languages without labels."""


class RowFault(ValueError):
    """A row of the taxonomy's files cannot be read."""


def read_skills(directory: Path) -> list[tuple[str, Skill]]:
    """Each skill with where it stands ("general.csv:3"); raises RowFault."""
    files = sorted((directory / "skills").glob("*.csv"))
    return _read(files, SKILL_COLUMNS, _skill)


def read_occupations(directory: Path) -> list[tuple[str, Occupation]]:
    files = sorted((directory / "occupations").glob("*.csv"))
    return _read(files, OCCUPATION_COLUMNS, _occupation)


def read_certificates(directory: Path) -> list[tuple[str, Certificate]]:
    return _read([directory / "certificates.csv"], CERTIFICATE_COLUMNS, _certificate)


def read_further_names(directory: Path) -> FurtherNames:
    """Names in the further languages; raises RowFault."""
    names: dict[tuple[str, str], tuple[tuple[Language, str], ...]] = {}
    for file_name, language in FURTHER_FILES.items():
        file = directory / file_name
        if not file.exists():
            continue
        seen = set()
        for line, row in _rows(file, FURTHER_COLUMNS):
            key = (row["kind"].strip(), row["id"].strip())
            if key in seen:
                raise RowFault(f"{file_name}:{line}: {key[0]} {key[1]!r} stands twice")
            seen.add(key)
            spoken = tuple((language, name) for name in _list(row["names"]))
            names[key] = (*names.get(key, ()), *spoken)
    return names


def with_further_names(
    placed: Sequence[tuple[str, Read]], names: FurtherNames
) -> list[tuple[str, Read]]:
    """The concepts with their names in the further languages."""
    return [
        (
            place,
            replace(concept, further_names=names.get((concept.kind, concept.id), ())),
        )
        for place, concept in placed
    ]


def _read(
    files: list[Path], columns: tuple[str, ...], make: Callable[[Row], Read]
) -> list[tuple[str, Read]]:
    read = []
    for file in files:
        for line, row in _rows(file, columns):
            try:
                read.append((f"{file.name}:{line}", make(row)))
            except ValueError as error:
                raise RowFault(f"{file.name}:{line}: {error}") from None
    return read


def _rows(file: Path, columns: tuple[str, ...]) -> Iterator[tuple[int, Row]]:
    with file.open(encoding="utf-8-sig", newline="") as text:
        reader = csv.DictReader(text, strict=True)
        if tuple(reader.fieldnames or ()) != columns:
            raise RowFault(f"{file.name}:1: columns must be {','.join(columns)}")
        for row in reader:
            if None in row or None in row.values():
                message = f"must have {len(columns)} columns"
                raise RowFault(f"{file.name}:{reader.line_num}: {message}")
            yield reader.line_num, row


def _skill(row: Row) -> Skill:
    links = tuple(_link(entry) for entry in _list(row["related"]))
    return Skill(**_names(row), links=links, broader=_list(row["broader"]))


def _occupation(row: Row) -> Occupation:
    return Occupation(
        **_names(row),
        isco08=row["isco08"].strip(),
        markets=tuple(Market(market) for market in _list(row["markets"])),
        essential=_list(row["essential"]),
        optional=_list(row["optional"]),
        certificates=_list(row["certificates"]),
    )


def _certificate(row: Row) -> Certificate:
    return Certificate(**_names(row))


class _Names(TypedDict):
    id: str
    label_en: str
    label_zh: str
    aliases_en: tuple[str, ...]
    aliases_zh: tuple[str, ...]


def _names(row: Row) -> _Names:
    return {
        "id": row["id"].strip(),
        "label_en": row["label_en"].strip(),
        "label_zh": row["label_zh"].strip(),
        "aliases_en": _list(row["aliases_en"]),
        "aliases_zh": _list(row["aliases_zh"]),
    }


def _list(cell: str) -> tuple[str, ...]:
    return tuple(entry.strip() for entry in cell.split("|") if entry.strip())


def _link(entry: str) -> Link:
    parts = LINK.fullmatch(entry)
    if parts is None:
        raise ValueError(f"{entry!r} is no link: write id=0.6 or id>0.6")
    return Link(parts[1].strip(), float(parts[3]), both_ways=parts[2] == "=")
