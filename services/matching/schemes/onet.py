"""O*NET's tab-separated text files: occupations, and the technology they use.

O*NET gives technologies no code of their own: theirs here is made from the name, so
that it is the same in each release. They belong to UNSPSC commodities, the groups.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from services.matching.schemes.entries import (
    Advance,
    BadRow,
    Covered,
    Entry,
    EntryLink,
    Item,
    Known,
    Part,
    SchemeId,
    SourceUnusable,
)
from services.matching.schemes.tables import Row, Spellings, label, others, read_rows

OCCUPATIONS = "Occupation Data.txt"
TITLES = "Alternate Titles.txt"
TASKS = "Task Statements.txt"
ZONES = "Job Zones.txt"
TECHNOLOGY = "Technology Skills.txt"
RELATED = "Related Occupations.txt"
READ_ME = "Read Me.txt"
FILES = (TITLES, TASKS, ZONES, OCCUPATIONS, TECHNOLOGY, RELATED)

CODE = {"code": ("O*NET-SOC Code",)}
SOC = re.compile(r"\d\d-\d{4}\.\d\d")
VERSION = re.compile(r"(\d+[._]\d+)")
NONE = "n/a"


class Onet:
    """A directory of O*NET files. Raises SourceUnusable without occupations."""

    scheme: SchemeId = "onet"

    def __init__(self, directory: Path, language: str | None = None) -> None:
        if language not in (None, "en"):
            raise SourceUnusable(f"O*NET is in English only, there is no {language!r}")
        there = {file.name.lower(): file for file in directory.iterdir()}
        self._found = {
            name: there[name.lower()] for name in FILES if name.lower() in there
        }
        if OCCUPATIONS not in self._found:
            raise SourceUnusable(f"{directory} has no file {OCCUPATIONS!r}")
        self.versions: Mapping[SchemeId, str | None] = {
            "onet": _version(directory, there.get(READ_ME.lower()))
        }
        self._titles: dict[str, list[str]] = {}
        self._tasks: dict[str, list[str]] = {}
        self._zones: dict[str, int] = {}

    @property
    def files(self) -> Sequence[Path]:
        """In the order in which they are read."""
        return list(self._found.values())

    def parts(self, known: Known, advance: Advance) -> Iterator[Part]:
        self._titles, self._tasks, self._zones = {}, {}, {}
        occupations = Covered("entry", "onet", "occupation")
        for name, read in (
            (TITLES, self._read_titles),
            (TASKS, self._read_tasks),
            (ZONES, self._read_zones),
        ):
            if name in self._found:
                yield Part(frozenset(), read(advance))
        yield Part(frozenset({occupations}), self._read_occupations(known, advance))
        if TECHNOLOGY in self._found:
            covers = {
                Covered("entry", "onet", "skill"),
                Covered("entry", "onet", "group"),
                Covered("link", "onet", "technology"),
            }
            yield Part(frozenset(covers), self._read_technology(known, advance))
        if RELATED in self._found:
            related = Covered("link", "onet", "related occupations")
            yield Part(frozenset({related}), self._read_related(known, advance))

    def _rows(
        self, name: str, required: Spellings, optional: Spellings, advance: Advance
    ) -> Iterator[Row | BadRow]:
        columns = {**CODE, **required}
        file = self._found[name]
        for row in read_rows(file, columns, optional, advance, tabs=True):
            if isinstance(row, Row) and not SOC.fullmatch(row.cells["code"]):
                yield row.bad(f"{row.cells['code']!r} is no O*NET-SOC code")
            else:
                yield row

    def _read_titles(self, advance: Advance) -> Iterator[Item]:
        required = {"title": ("Alternate Title",)}
        optional = {"short": ("Short Title",)}
        for row in self._rows(TITLES, required, optional, advance):
            if isinstance(row, BadRow):
                yield row
                continue
            found = self._titles.setdefault(row.cells["code"], [])
            for name in (row.cells["title"], row.cells.get("short", "")):
                if name and name.lower() != NONE:
                    found.append(label(name))

    def _read_tasks(self, advance: Advance) -> Iterator[Item]:
        for row in self._rows(TASKS, {"task": ("Task",)}, {}, advance):
            if isinstance(row, BadRow):
                yield row
            else:
                tasks = self._tasks.setdefault(row.cells["code"], [])
                tasks.append(label(row.cells["task"]))

    def _read_zones(self, advance: Advance) -> Iterator[Item]:
        for row in self._rows(ZONES, {"zone": ("Job Zone",)}, {}, advance):
            if isinstance(row, BadRow):
                yield row
            elif not row.cells["zone"].isdecimal():
                yield row.bad(f"{row.cells['zone']!r} is no job zone")
            else:
                self._zones[row.cells["code"]] = int(row.cells["zone"])

    def _read_occupations(self, known: Known, advance: Advance) -> Iterator[Item]:
        required = {"title": ("Title",)}
        optional = {"description": ("Description",)}
        told: dict[str, int] = {}
        for row in self._rows(OCCUPATIONS, required, optional, advance):
            if isinstance(row, BadRow):
                yield row
                continue
            code = row.cells["code"]
            if not row.cells["title"]:
                yield row.bad("has no title", code)
            elif code in told:
                yield row.bad(f"{code} is there already, in line {told[code]}", code)
            else:
                told[code] = row.line
                known.codes.add(("onet", code))
                yield self._occupation(code, row)

    def _occupation(self, code: str, row: Row) -> Entry:
        preferred = label(row.cells["title"])
        extra: dict[str, Any] = {}
        if code in self._zones:
            extra["job_zone"] = self._zones[code]
        if TASKS in self._found:
            extra["tasks"] = self._tasks.get(code, [])
        # 11-1011.03 is a part of 11-1011.00
        whole = f"{code[:-2]}00"
        return Entry(
            scheme="onet",
            kind="occupation",
            code=code,
            language="en",
            preferred=preferred,
            aliases=others(preferred, self._titles.get(code, ())),
            description=row.cells.get("description") or None,
            broader=(whole,) if code != whole else (),
            extra=extra or None,
        )

    def _read_technology(self, known: Known, advance: Advance) -> Iterator[Item]:
        """Each technology has one entry, whatever occupations and commodities it is
        listed with; they are told once all is read."""
        required = {
            "name": ("Example",),
            "commodity": ("Commodity Code",),
            "title": ("Commodity Title",),
        }
        optional = {"hot": ("Hot Technology",)}
        groups: dict[str, str] = {}
        commodities: dict[str, set[str]] = {}
        hot: set[str] = set()
        links: dict[tuple[str, str], None] = {}
        for row in self._rows(TECHNOLOGY, required, optional, advance):
            if isinstance(row, BadRow):
                yield row
                continue
            name, commodity = label(row.cells["name"]), row.cells["commodity"]
            if not name or not commodity:
                yield row.bad("names no technology or no commodity")
            elif ("onet", row.cells["code"]) not in known.codes:
                reason = f"there is no entry {row.cells['code']!r}"
                yield row.bad(reason, technology_code(name))
            else:
                groups[commodity] = label(row.cells["title"]) or commodity
                commodities.setdefault(name, set()).add(commodity)
                links[row.cells["code"], name] = None
                if row.cells.get("hot", "").upper() == "Y":
                    hot.add(name)
        for code, title in groups.items():
            yield Entry("onet", "group", code, "en", title, broader=())
        for name, codes in commodities.items():
            yield Entry(
                scheme="onet",
                kind="skill",
                code=technology_code(name),
                language="en",
                preferred=name,
                broader=tuple(sorted(codes)),
                extra={"hot": True} if name in hot else {},
            )
        for occupation, name in links:
            code = technology_code(name)
            yield EntryLink("onet", "technology", occupation, code, "optional")

    def _read_related(self, known: Known, advance: Advance) -> Iterator[Item]:
        required = {"other": ("Related O*NET-SOC Code",)}
        optional = {"rank": ("Index", "Related Index")}
        for row in self._rows(RELATED, required, optional, advance):
            if isinstance(row, BadRow):
                yield row
                continue
            ends = (row.cells["code"], row.cells["other"])
            unknown = [end for end in ends if ("onet", end) not in known.codes]
            rank = row.cells.get("rank", "")
            if unknown:
                yield row.bad(f"there is no entry {unknown[0]!r}", ends[0])
            else:
                yield EntryLink(
                    "onet",
                    "related occupations",
                    *ends,
                    "related",
                    int(rank) if rank.isdecimal() else None,
                )


def technology_code(name: str) -> str:
    return f"T-{hashlib.sha256(name.encode()).hexdigest()[:12]}"


def _version(directory: Path, read_me: Path | None) -> str | None:
    said = directory.name
    if read_me is not None:
        with read_me.open(encoding="utf-8", errors="replace") as text:
            said = text.readline(200)
    found = VERSION.search(said)
    return found[1].replace("_", ".") if found else None
