"""How long each engine takes for each query: hot, or taking turns."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.benchmarks.engine.peers.peer import Peer

REPEATED = 5

Seconds = NDArray[Any]
"""One for each query."""


def hot(engine: Peer, queries: int) -> Seconds:
    """The best of some calls in a row, after one more: what the way itself costs."""
    best = np.empty(queries)
    with undisturbed():
        for number in _shuffled(queries, 1):
            engine.rank(number)
            best[number] = min(_seconds(engine, number) for _ in range(REPEATED))
    return best


def taking_turns(engines: Sequence[Peer], queries: int) -> Mapping[str, Seconds]:
    """One call of each engine for each query, so that nobody's memory stays warm."""
    taken = {engine.name: np.empty(queries) for engine in engines}
    with undisturbed():
        for turn, number in enumerate(_shuffled(queries, 2)):
            first = turn % len(engines)
            for engine in (*engines[first:], *engines[:first]):
                taken[engine.name][number] = _seconds(engine, number)
    return taken


@contextmanager
def undisturbed() -> Iterator[None]:
    """Without the collector: millions of facts would be walked within some call."""
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.unfreeze()


def _seconds(engine: Peer, number: int) -> float:
    started = time.perf_counter()
    engine.rank(number)
    return time.perf_counter() - started


def _shuffled(count: int, seed: int) -> list[int]:
    numbers = list(range(count))
    Random(seed).shuffle(numbers)
    return numbers
