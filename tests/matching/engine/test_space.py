"""Runs of one array, given out and taken back: never two at a place, none lost."""

from __future__ import annotations

from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from services.matching.engine.space import (
    LENGTHS,
    Space,
    give_back,
    length_class,
    new_space,
    take,
)

PLACES = 400_000


class Runs:
    """Runs that are out, each filled with its own number: what overlaps is spoilt."""

    def __init__(self, width: int) -> None:
        self.space: Space = new_space()
        self.cells: NDArray[Any] = np.zeros(PLACES * width, np.int32)
        self.width = width
        self.out: dict[int, tuple[int, int]] = {}

    def take(self, number: int, length: int) -> int:
        kind = length_class(length)
        at = take(self.space, self.cells, self.width, kind)
        self.out[number] = (at, kind)
        self.run(number)[:] = number
        return at

    def give_back(self, number: int) -> None:
        assert (self.run(number) == number).all()
        at, kind = self.out.pop(number)
        give_back(self.space, self.cells, self.width, at, kind)

    def run(self, number: int) -> NDArray[Any]:
        at, kind = self.out[number]
        return self.cells[at * self.width : (at + int(LENGTHS[kind])) * self.width]

    @property
    def held(self) -> int:
        return sum(int(LENGTHS[kind]) for _, kind in self.out.values())

    @property
    def begun(self) -> int:
        return int(self.space.ends[0])

    @property
    def waiting(self) -> int:
        return int(self.space.ends[1])


def a_length(rng: Random) -> int:
    return rng.choice((rng.randint(1, 20), rng.randint(1, 400)))


@settings(deadline=None)
@given(st.integers(1, 1 << 30))
def test_the_class_of_a_length_is_the_smallest_that_holds_it(length: int) -> None:
    kind = length_class(length)
    assert LENGTHS[kind] >= length
    assert kind == 0 or LENGTHS[kind - 1] < length


def test_a_class_is_an_eighth_longer_than_the_one_before_at_most() -> None:
    longer = LENGTHS[1:] - LENGTHS[:-1]
    assert (longer > 0).all()
    assert (longer <= LENGTHS[:-1] // 8 + 1).all()


@pytest.mark.parametrize("width", [1, 4])
def test_runs_never_overlap_and_none_is_lost(width: int) -> None:
    rng = Random(width)
    runs = Runs(width)
    for number in range(1, 6000):
        if runs.out and rng.random() < 0.48:
            runs.give_back(rng.choice(list(runs.out)))
        else:
            runs.take(number, a_length(rng))
        assert runs.held + runs.waiting == runs.begun <= PLACES
    for number in list(runs.out):
        runs.give_back(number)
    assert runs.waiting == runs.begun > 0


def test_what_was_taken_back_is_used_again_before_anything_new() -> None:
    rng = Random(7)
    runs = Runs(1)
    lengths = [a_length(rng) for _ in range(500)]
    first = {runs.take(number, length) for number, length in enumerate(lengths)}
    begun = runs.begun
    for number in rng.sample(range(500), 500):
        runs.give_back(number)
    again = {runs.take(500 + number, length) for number, length in enumerate(lengths)}
    assert again == first
    assert (runs.begun, runs.waiting) == (begun, 0)


def test_a_longer_run_is_cut_before_anything_new_is_begun() -> None:
    rng = Random(8)
    runs = Runs(4)
    for number in range(1, 40):
        runs.take(number, 400)
    for number in range(1, 40):
        runs.give_back(number)
    begun = runs.begun
    # a link of a cut run must not be taken for a run of its own
    number = 100
    while runs.held < begun // 2:
        number += 1
        runs.take(number, rng.randint(1, 20))
        assert runs.begun == begun
        assert runs.held + runs.waiting == begun
    for number in list(runs.out):
        runs.give_back(number)
    assert runs.waiting == begun
