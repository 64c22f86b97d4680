"""Runs of one array, given out and taken back: never two at a place, none lost."""

from __future__ import annotations

from itertools import pairwise
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from services.matching.engine.space import (
    CELLS,
    LENGTH,
    LENGTHS,
    NEXT,
    NONE,
    Space,
    give_back,
    length_class,
    new_space,
    take,
)

PLACES = 400_000


class Runs:
    """Runs that are out, each filled with its own number: what overlaps is spoilt."""

    def __init__(self) -> None:
        self.space: Space = new_space(PLACES)
        self.cells: NDArray[Any] = np.zeros(PLACES * CELLS, np.int32)
        self.out: dict[int, tuple[int, int]] = {}

    def take(self, number: int, length: int) -> int:
        kind = length_class(length)
        at = take(self.space, self.cells, kind)
        self.out[number] = (at, kind)
        self.run(number)[:] = number
        return at

    def give_back(self, number: int) -> None:
        assert (self.run(number) == number).all()
        at, kind = self.out.pop(number)
        give_back(self.space, self.cells, at, kind)

    def run(self, number: int) -> NDArray[Any]:
        at, kind = self.out[number]
        return self.cells[at * CELLS : (at + int(LENGTHS[kind])) * CELLS]

    def gaps(self) -> list[int]:
        """How long what is free is, between what is out and after all that is."""
        ends = [(0, 0), *sorted((at, int(LENGTHS[k])) for at, k in self.out.values())]
        ends.append((self.begun, 0))
        lengths = (after - at - length for (at, length), (after, _) in pairwise(ends))
        return sorted(filter(None, lengths))

    def free(self) -> list[int]:
        """How long each free run is, by the lists that they are in."""
        found = []
        for kind, head in enumerate(self.space.heads.tolist()):
            while head != NONE:
                run = self.cells[head * CELLS :]
                found.append(int(run[LENGTH]))
                assert LENGTHS[kind] <= found[-1] < LENGTHS[kind + 1]
                head = int(run[NEXT])
        return sorted(found)

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


@pytest.mark.parametrize("seed", [1, 2])
def test_runs_never_overlap_and_what_is_free_is_in_as_few_runs_as_can_be(
    seed: int,
) -> None:
    rng = Random(seed)
    runs = Runs()
    for number in range(1, 6000):
        if runs.out and rng.random() < 0.48:
            runs.give_back(rng.choice(list(runs.out)))
        else:
            runs.take(number, a_length(rng))
        assert runs.held + runs.waiting == runs.begun <= PLACES
        if number % 50 == 0:
            assert runs.free() == runs.gaps()
    for number in rng.sample(sorted(runs.out), len(runs.out)):
        runs.give_back(number)
    assert (runs.waiting, runs.begun, runs.free()) == (0, 0, [])
    assert not runs.space.marks.any()


def test_what_was_taken_back_is_used_again_before_anything_new() -> None:
    rng = Random(7)
    runs = Runs()
    for number in range(500):
        runs.take(number, a_length(rng))
    for number in rng.sample(range(499), 250):
        at, kind = runs.out[number]
        runs.give_back(number)
        assert runs.take(number, int(LENGTHS[kind])) == at


def test_a_longer_run_is_cut_before_anything_new_is_begun() -> None:
    rng = Random(8)
    runs = Runs()
    for number in range(1, 40):
        runs.take(number, 400)
    last = runs.take(40, 1)
    for number in range(1, 40):
        runs.give_back(number)
    # a link of a cut run must not be taken for a run of its own
    number = 100
    while runs.held < last // 2:
        number += 1
        runs.take(number, rng.randint(1, 20))
        assert runs.begun == last + 1
        assert runs.held + runs.waiting == runs.begun


def test_changing_at_random_for_long_takes_little_more_than_what_is_held() -> None:
    rng = Random(9)
    runs = Runs()
    for number in range(1, 2_000):
        runs.take(number, rng.randint(1, 40))
    for number in range(2_000, 40_000):
        runs.give_back(rng.choice(list(runs.out)))
        runs.take(number, rng.randint(1, 40))
    assert runs.begun < 1.15 * runs.held
