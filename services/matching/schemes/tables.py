"""Rows of delimited files by what their columns mean, however those are spelt."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from services.matching.schemes.entries import Advance, BadRow

ROWS_A_STEP = 200

Spellings = Mapping[str, tuple[str, ...]]
"""A column's meaning → the headers it is known by, compared without case."""


@dataclass(frozen=True, slots=True)
class Row:
    """`cells` by meaning, stripped; an optional column that is not there is not in it.

    `line` is where the row begins: a cell may hold line breaks.
    """

    file: str
    line: int
    cells: Mapping[str, str]

    def bad(self, reason: str, code: str | None = None) -> BadRow:
        return BadRow(self.file, self.line, reason, code)


def read_rows(
    file: Path,
    required: Spellings,
    optional: Spellings,
    advance: Advance,
    *,
    tabs: bool = False,
) -> Iterator[Row | BadRow]:
    """Every row of a UTF-8 file, comma-separated with quotes or split by bare tabs.

    A row that cannot be read is a BadRow, and reading goes on behind it. A file without
    a required column is one BadRow.
    """
    pending = 0
    for row in _rows(file, required, optional, tabs):
        yield row
        pending += 1
        if pending == ROWS_A_STEP:
            advance(file.name, pending)
            pending = 0
    advance(file.name, pending)


def count_rows(file: Path, *, tabs: bool = False) -> int:
    """How many rows `read_rows` will give, within a few where the file is malformed."""
    with file.open(encoding="utf-8-sig", errors="replace", newline="") as text:
        return max(0, sum(1 for _ in _records(text, tabs)) - 1)


def has_columns(file: Path, required: Spellings) -> bool:
    with file.open(encoding="utf-8-sig", errors="replace", newline="") as text:
        for _, header in _records(text, tabs=False):
            return isinstance(header, list) and not _missing(_heads(header), required)
    return False


def label(cell: str) -> str:
    """A label on one line, words one space apart."""
    return " ".join(cell.split())


def labels(cell: str, separator: str) -> tuple[str, ...]:
    """The labels of a cell split at a regular expression, each once."""
    found = dict.fromkeys(map(label, re.split(separator, cell)))
    found.pop("", None)
    return tuple(found)


def others(preferred: str, names: Iterable[str]) -> tuple[str, ...]:
    """The names that are not the preferred one, each once."""
    return tuple(name for name in dict.fromkeys(names) if name != preferred)


def _rows(
    file: Path, required: Spellings, optional: Spellings, tabs: bool
) -> Iterator[Row | BadRow]:
    with file.open(encoding="utf-8-sig", errors="replace", newline="") as text:
        records = _records(text, tabs)
        line, header = next(records, (1, []))
        heads = _heads(header) if isinstance(header, list) else {}
        if missing := _missing(heads, required):
            spellings = " or ".join(repr(head) for head in required[missing])
            yield BadRow(file.name, line, f"the file has no column {spellings}")
            return
        columns = {
            meaning: heads[head.casefold()]
            for meaning, spelt in (*required.items(), *optional.items())
            for head in reversed(spelt)
            if head.casefold() in heads
        }
        for line, record in records:
            if isinstance(record, str):
                yield BadRow(file.name, line, record)
            elif len(record) != len(header):
                reason = f"has {len(record)} columns instead of {len(header)}"
                yield BadRow(file.name, line, reason)
            elif fault := _fault(record):
                yield BadRow(file.name, line, fault)
            else:
                cells = {name: record[at].strip() for name, at in columns.items()}
                yield Row(file.name, line, cells)


def _records(text: Iterable[str], tabs: bool) -> Iterator[tuple[int, list[str] | str]]:
    """The cells of each record that is not empty, or why it has none."""
    reader = (
        csv.reader(text, delimiter="\t", quoting=csv.QUOTE_NONE)
        if tabs
        else csv.reader(text, strict=True)
    )
    while True:
        line = reader.line_num + 1
        try:
            record = next(reader)
        except StopIteration:
            return
        except csv.Error as fault:
            yield line, f"cannot be read: {fault}"
        else:
            if record:
                yield line, record


def _heads(header: list[str]) -> dict[str, int]:
    return {head.strip().casefold(): at for at, head in enumerate(header)}


def _missing(heads: Mapping[str, int], required: Spellings) -> str | None:
    for meaning, spelt in required.items():
        if not any(head.casefold() in heads for head in spelt):
            return meaning
    return None


def _fault(record: list[str]) -> str | None:
    for cell in record:
        if "\0" in cell:
            return "has a NUL character"
        if "\ufffd" in cell:
            return "is not UTF-8"
    return None
