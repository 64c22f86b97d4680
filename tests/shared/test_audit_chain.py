from __future__ import annotations

from datetime import timedelta, timezone
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.audit.chain import beginning, running
from tests.shared.audited import an_entry

ROWS = [an_entry(number) for number in range(1, 60)]


@given(st.lists(st.integers(0, len(ROWS)), max_size=12))
def test_how_rows_are_cut_into_batches_does_not_show_in_the_hashes(
    cuts: list[int],
) -> None:
    whole = list(running(beginning("notes"), ROWS))
    hashes: list[bytes] = []
    edges = [0, *sorted(cuts), len(ROWS)]
    for start, end in pairwise(edges):
        previous = hashes[-1] if hashes else beginning("notes")
        hashes += running(previous, ROWS[start:end])
    assert hashes == whole


@pytest.mark.parametrize("column", sorted(ROWS[0]))
def test_every_column_of_a_row_counts(column: str) -> None:
    row = ROWS[3]
    other = {
        "at": row["at"] + timedelta(microseconds=1),
        "detail": {"version": 9_999},
    }.get(column, "other")
    [before] = running(b"", [row])
    [after] = running(b"", [row | {column: other}])
    assert before != after


def test_a_row_reads_the_same_in_another_zone_and_key_order() -> None:
    row = an_entry(4) | {"detail": {"a": 1, "b": 2}}
    elsewhere = row | {
        "at": row["at"].astimezone(timezone(timedelta(hours=8))),
        "detail": {"b": 2, "a": 1},
    }
    assert list(running(b"", [row])) == list(running(b"", [elsewhere]))


def test_logs_of_two_services_begin_differently() -> None:
    assert beginning("profiles") != beginning("postings")
