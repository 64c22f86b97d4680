"""The Chinese classification of occupations (CSCO), a CSV file with a row an entry.

Large, middle and small groups (levels 1 to 3) are groups, level 4 is an occupation. A
code says where it stands: 6-18-01-00 is below 6-18-00-00 and 6-00-00-00. An S or L
behind a name marks digital and green (绿色) occupations and is no part of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from services.matching.schemes.entries import (
    Advance,
    BadRow,
    Covered,
    Entry,
    EntryKind,
    Item,
    Known,
    Part,
    SchemeId,
    SourceUnusable,
)
from services.matching.schemes.tables import (
    Row,
    has_columns,
    label,
    labels,
    others,
    read_rows,
)

REQUIRED = {
    "code": ("code", "代码", "职业编码", "编码"),
    "name": ("name", "名称", "职业名称"),
}
OPTIONAL = {
    "level": ("level", "级别", "层级"),
    "definition": ("definition", "定义"),
    "tasks": ("tasks", "主要工作任务"),
    "aliases": ("alias", "aliases", "别名"),
}
CODE = re.compile(r"\d(?:-\d\d){3}")
LEVELS = ("1", "2", "3", "4")
MARKED = re.compile(r"(?<=[^A-Za-z\s])\s*(S|L|L/S|S/L)$")
MARKS = {"S": "digital", "L": "green"}
VERSION = re.compile(r"(?<!\d)((?:19|20)\d\d)(?!\d)")
ALIASES = r"[,，、;；|\n]"
TASKS = r"\n|(?:^|\s)\d{1,2}[.．、]\s*"


class Csco:
    """A directory of CSV files with codes and names. Raises SourceUnusable."""

    scheme: SchemeId = "csco"

    def __init__(self, directory: Path, language: str | None = None) -> None:
        if language not in (None, "zh"):
            raise SourceUnusable(f"CSCO is in Chinese only, there is no {language!r}")
        self.files: Sequence[Path] = [
            file
            for file in sorted(directory.glob("*.csv"))
            if has_columns(file, REQUIRED)
        ]
        if not self.files:
            raise SourceUnusable(f"{directory} has no CSV file with code and name")
        version = VERSION.search(directory.name)
        self.versions: Mapping[SchemeId, str | None] = {
            "csco": version[1] if version else None
        }

    def parts(self, known: Known, advance: Advance) -> Iterator[Part]:
        covers = {
            Covered("entry", "csco", "group"),
            Covered("entry", "csco", "occupation"),
        }
        yield Part(frozenset(covers), self._read(known, advance))

    def _read(self, known: Known, advance: Advance) -> Iterator[Item]:
        groups = self._groups()
        told: dict[str, int] = {}
        for file in self.files:
            for row in read_rows(file, REQUIRED, OPTIONAL, advance):
                if isinstance(row, BadRow):
                    yield row
                    continue
                code = row.cells["code"]
                if not CODE.fullmatch(code):
                    yield row.bad(f"{code!r} is no code such as 6-18-01-02")
                elif not row.cells["name"]:
                    yield row.bad("has no name", code)
                elif (row.cells.get("level") or "4") not in LEVELS:
                    yield row.bad(f"{row.cells['level']!r} is no level", code)
                elif code in told:
                    reason = f"{code} is there already, in line {told[code]}"
                    yield row.bad(reason, code)
                else:
                    told[code] = row.line
                    known.codes.add(("csco", code))
                    yield _entry(code, row, groups)

    def _groups(self) -> frozenset[str]:
        """Codes of everything that others may be below of."""
        return frozenset(
            row.cells["code"]
            for file in self.files
            for row in read_rows(file, REQUIRED, OPTIONAL, lambda name, rows: None)
            if isinstance(row, Row) and row.cells["code"].endswith("-00")
        )


def _entry(code: str, row: Row, groups: frozenset[str]) -> Entry:
    name, marks = _marked(label(row.cells["name"]))
    aliases = labels(row.cells.get("aliases", ""), ALIASES)
    extra: dict[str, Any] = {MARKS[mark]: True for mark in marks}
    if "tasks" in row.cells:
        extra["tasks"] = labels(row.cells["tasks"], TASKS)
    return Entry(
        scheme="csco",
        kind=_kind(code, row),
        code=code,
        language="zh",
        preferred=name,
        aliases=others(name, (_marked(alias)[0] for alias in aliases)),
        description=row.cells.get("definition") or None,
        broader=_broader(code, groups),
        extra=extra,
    )


def _marked(name: str) -> tuple[str, list[str]]:
    """A name without its marks, and the marks."""
    found = MARKED.search(name)
    if found is None:
        return name, []
    return name[: found.start()], [mark for mark in found[1] if mark in MARKS]


def _kind(code: str, row: Row) -> EntryKind:
    if level := row.cells.get("level"):
        return "occupation" if level == "4" else "group"
    return "group" if code.endswith("-00") else "occupation"


def _broader(code: str, groups: frozenset[str]) -> tuple[str, ...]:
    """The nearest group above that there is."""
    parts = code.split("-")
    for place in (3, 2, 1):
        above = "-".join((*parts[:place], *["00"] * (4 - place)))
        if above != code and above in groups:
            return (above,)
    return ()
