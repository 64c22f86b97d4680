"""The best pairs found so far, the worst of them on top; one place per pair kept."""

# mypy: disable-error-code="no-any-return"

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.matching.engine.native import compiled, inlined


class Best(NamedTuple):
    points: NDArray[Any]
    ties: NDArray[Any]
    rows: NDArray[Any]


def best(places: int) -> Best:
    return Best(
        np.zeros(places, np.int64),
        np.zeros(places, np.uint64),
        np.zeros(places, np.int64),
    )


@inlined
def worse(heap: Best, a: int, b: int) -> bool:
    if heap.points[a] != heap.points[b]:
        return heap.points[a] < heap.points[b]
    return heap.ties[a] > heap.ties[b]


@inlined
def swap(heap: Best, a: int, b: int) -> None:
    heap.points[a], heap.points[b] = heap.points[b], heap.points[a]
    heap.ties[a], heap.ties[b] = heap.ties[b], heap.ties[a]
    heap.rows[a], heap.rows[b] = heap.rows[b], heap.rows[a]


@compiled
def keep(
    heap: Best, places: int, size: int, points: int, tie: np.uint64, row: int
) -> int:
    """Offer a pair to a heap of `places` that holds `size`; gives its size now."""
    if places == 0:
        return 0
    if size == places:
        if points < heap.points[0] or (points == heap.points[0] and tie > heap.ties[0]):
            return size
        heap.points[0], heap.ties[0], heap.rows[0] = points, tie, row
        sink(heap, size)
        return size
    heap.points[size], heap.ties[size], heap.rows[size] = points, tie, row
    place = size
    while place > 0 and worse(heap, place, (place - 1) // 2):
        swap(heap, place, (place - 1) // 2)
        place = (place - 1) // 2
    return size + 1


@compiled
def sink(heap: Best, size: int) -> None:
    place = 0
    while True:
        worst = place
        for child in (2 * place + 1, 2 * place + 2):
            if child < size and worse(heap, child, worst):
                worst = child
        if worst == place:
            return
        swap(heap, place, worst)
        place = worst


@compiled
def put_in_order(heap: Best, size: int) -> None:
    """Best first; it is no heap any more."""
    while size > 1:
        size -= 1
        swap(heap, 0, size)
        sink(heap, size)
