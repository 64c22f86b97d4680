"""Which concept stands for one that the taxonomy no longer has.

`data/replacements.csv` may say so, a row each: kind,old,new. A replacement may have
been replaced in turn; what counts is the concept at the end.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path

from services.matching.skills.concepts import KINDS, Kind

FILE = "replacements.csv"
COLUMNS = ("kind", "old", "new")

Key = tuple[Kind, str]
Replacements = Mapping[tuple[str, str], str]
"""(kind, id of a concept that is no more) → id of the one that replaces it."""


class ReplacementsInvalid(ValueError):
    """`faults` says where and how, each as "file:line: what"."""

    def __init__(self, faults: list[str]) -> None:
        self.faults = faults
        super().__init__("\n".join(faults))


def read_replacements(directory: Path, living: frozenset[Key]) -> Replacements:
    """The replacements of a taxonomy directory among `living` concepts; none without a
    file. Raises ReplacementsInvalid."""
    file = directory / FILE
    if not file.exists():
        return {}
    faults: list[str] = []
    direct: dict[Key, str] = {}
    places: dict[Key, str] = {}
    for place, kind, old, new in _rows(file, faults):
        key = (kind, old)
        if key in living:
            faults.append(f"{place}: {kind} {old!r} is in the taxonomy")
        elif key in direct:
            faults.append(f"{place}: {kind} {old!r} is replaced in {places[key]} too")
        else:
            direct[key], places[key] = new, place
    settled = {key: _at_the_end(key, direct, living) for key in direct}
    faults += [
        f"{places[key]}: {key[1]!r} is not replaced by any {key[0]} of the taxonomy"
        for key, end in settled.items()
        if end is None
    ]
    if faults:
        raise ReplacementsInvalid(faults)
    return {key: end for key, end in settled.items() if end is not None}


def _rows(file: Path, faults: list[str]) -> Iterator[tuple[str, Kind, str, str]]:
    with file.open(encoding="utf-8-sig", newline="") as text:
        reader = csv.reader(text, strict=True)
        if tuple(next(reader, ())) != COLUMNS:
            faults.append(f"{file.name}:1: columns must be {','.join(COLUMNS)}")
            return
        for row in reader:
            place = f"{file.name}:{reader.line_num}"
            kinds = [kind for kind in KINDS if row[:1] == [kind]]
            if len(row) == len(COLUMNS) and kinds and all(row):
                yield place, kinds[0], row[1].strip(), row[2].strip()
            else:
                faults.append(f"{place}: must be a kind and two ids")


def _at_the_end(
    key: Key, direct: Mapping[Key, str], living: frozenset[Key]
) -> str | None:
    """None when the chain ends nowhere or in a circle."""
    kind, id = key
    for _ in range(len(direct)):
        id = direct[kind, id]
        if (kind, id) in living:
            return id
        if (kind, id) not in direct:
            return None
    return None
