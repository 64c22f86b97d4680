"""Rows of files of others: whatever is wrong with one, the next is read."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.matching.schemes.entries import BadRow
from services.matching.schemes.tables import Row, count_rows, labels, read_rows

NAME = {"name": ("Name", "label")}


def read(file: Path, *, tabs: bool = False) -> list[tuple[int, str]]:
    """(line, the name or why there is none)."""
    return [
        (row.line, row.cells["name"] if isinstance(row, Row) else row.reason)
        for row in read_rows(file, NAME, {}, lambda name, rows: None, tabs=tabs)
    ]


def a_file(directory: Path, content: str | bytes) -> Path:
    file = directory / "names.csv"
    data = content.encode() if isinstance(content, str) else content
    file.write_bytes(data)
    return file


def test_a_column_has_several_spellings_and_case_does_not_matter(
    tmp_path: Path,
) -> None:
    assert read(a_file(tmp_path, "id,NAME\n1, cook \n")) == [(2, "cook")]
    assert read(a_file(tmp_path, "\ufefflabel\ncook\n")) == [(2, "cook")]


def test_a_file_without_a_column_is_one_bad_row(tmp_path: Path) -> None:
    bad = [(1, "the file has no column 'Name' or 'label'")]
    assert read(a_file(tmp_path, "id,title\n1,cook\n")) == bad
    assert read(a_file(tmp_path, "")) == bad


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"1,a,b", "has 3 columns instead of 2"),
        (b"1", "has 1 columns instead of 2"),
        (b"1,\xff", "is not UTF-8"),
        (b"1,a\x00b", "has a NUL character"),
        (b'1,"a"b', "cannot be read: ',' expected after '\"'"),
    ],
)
def test_a_row_at_fault_is_told_and_the_next_one_read(
    tmp_path: Path, line: bytes, reason: str
) -> None:
    file = a_file(tmp_path, b"id,name\n" + line + b"\n2,cook\n")
    assert read(file) == [(2, reason), (3, "cook")]


def test_a_quote_that_never_ends_does_not_end_the_import(tmp_path: Path) -> None:
    [(line, reason)] = read(a_file(tmp_path, 'id,name\n1,"cook\n2,baker\n'))
    assert (line, reason) == (2, "cannot be read: unexpected end of data")


def test_a_row_with_line_breaks_is_told_by_its_first_line(tmp_path: Path) -> None:
    file = a_file(tmp_path, 'id,name\n1,"cook\nchef"\n2\n')
    assert read(file) == [(2, "cook\nchef"), (4, "has 1 columns instead of 2")]
    assert count_rows(file) == 2


def test_quotes_mean_nothing_between_tabs(tmp_path: Path) -> None:
    file = a_file(tmp_path, 'id\tname\n1\t"cook\n2\tbaker\n')
    assert read(file, tabs=True) == [(2, '"cook'), (3, "baker")]


def test_labels_are_split_cleaned_and_told_once() -> None:
    assert labels("cook |  head   cook | cook", r" \| ") == ("cook", "head cook")
    assert labels("", r"\n") == ()


def test_reading_is_told_step_by_step(tmp_path: Path) -> None:
    file = a_file(tmp_path, "name\n" + "cook\n" * 450)
    told: list[tuple[str, int]] = []
    rows = list(read_rows(file, NAME, {}, lambda name, rows: told.append((name, rows))))
    assert not [row for row in rows if isinstance(row, BadRow)]
    assert told == [("names.csv", 200), ("names.csv", 200), ("names.csv", 50)]
