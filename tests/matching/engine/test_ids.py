"""The table of ids gives what a dict gives, however ids crowd."""

from __future__ import annotations

from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from services.matching.engine.ids import (
    EMPTY,
    FEWEST,
    add_all_rows,
    add_row,
    drop_row,
    find_row,
    home,
    new_slots,
)
from services.matching.engine.worker_rows import WORKER

Id = tuple[int, int]
MOST = FEWEST // 2


def spread(rng: Random) -> list[Id]:
    return [(rng.getrandbits(64), rng.getrandbits(64)) for _ in range(MOST)]


def alike(rng: Random) -> list[Id]:
    """Half of the bits are the same; as one half grows, so ids of one machine do."""
    return [(number, 7) if number % 2 else (7, number) for number in range(MOST)]


def crowded(rng: Random) -> list[Id]:
    """All at home in the last few slots: their runs go round the end of the table."""
    slots, found = new_slots(MOST), list[Id]()
    while len(found) < MOST:
        id = (rng.getrandbits(64), rng.getrandbits(64))
        if home(slots, np.uint64(id[0]), np.uint64(id[1])) >= FEWEST - 5:
            found.append(id)
    return found


KINDS = {make.__name__: make(Random(1)) for make in (spread, alike, crowded)}


class Table:
    """Row n has the nth of the ids, and is in the table or not."""

    def __init__(self, ids: list[Id]) -> None:
        self.ids = ids
        self.slots: NDArray[Any] = new_slots(MOST)
        self.rows: NDArray[Any] = np.zeros(len(ids), WORKER)
        self.rows["id_high"] = [high for high, _ in ids]
        self.rows["id_low"] = [low for _, low in ids]
        self.held: dict[Id, int] = {}

    def turn(self, row: int) -> None:
        """Add a row that is out, drop one that is in."""
        if self.ids[row] in self.held:
            del self.held[self.ids[row]]
            drop_row(self.slots, self.rows, row)
            self.rows[row]["held"] = False
        else:
            self.held[self.ids[row]] = row
            add_row(self.slots, self.rows, row)
            self.rows[row]["held"] = True

    def found(self) -> dict[Id, int]:
        return {
            id: row
            for id in self.ids
            if (row := find_row(self.slots, self.rows, *map(np.uint64, id))) != EMPTY
        }


@pytest.mark.parametrize("kind", KINDS)
def test_every_id_is_found_by_itself_alone_through_thousands_of_drops(
    kind: str,
) -> None:
    rng = Random(2)
    table = Table(KINDS[kind])
    for step in range(6000):
        table.turn(rng.randrange(MOST))
        if step % 50 == 0:
            assert table.found() == table.held
    assert table.found() == table.held
    assert 20 < len(table.held) < MOST


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(sorted(KINDS)),
    st.lists(st.integers(0, 23), max_size=120),
)
def test_it_is_a_dict_after_any_changes(kind: str, turns: list[int]) -> None:
    table = Table(KINDS[kind][:24])
    for row in turns:
        table.turn(row)
    assert table.found() == table.held


def test_what_was_dropped_leaves_no_trace() -> None:
    table = Table(KINDS["crowded"])
    for row in range(MOST):
        table.turn(row)
    for row in Random(3).sample(range(MOST), MOST):
        table.turn(row)
    assert (table.slots == EMPTY).all()


def test_a_wider_table_has_the_rows_that_are_held() -> None:
    table = Table(KINDS["spread"])
    for row in range(0, MOST, 3):
        table.turn(row)
    table.slots = new_slots(4 * MOST)
    add_all_rows(table.slots, table.rows, MOST)
    assert table.found() == table.held


@pytest.mark.parametrize("count", [0, 1, 128, 129, 5000])
def test_no_more_than_half_of_the_slots_are_taken(count: int) -> None:
    size = len(new_slots(count))
    assert size >= 2 * count
    assert size & (size - 1) == 0
