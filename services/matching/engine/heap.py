"""The best pairs found so far, the worst of them on top; one place per pair kept."""

# mypy: disable-error-code="no-any-return"

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.matching.engine.native import compiled, inlined

Best = NDArray[Any]
"""Records of BEST."""

BEST = np.dtype([("points", np.int64), ("ties", np.uint64), ("rows", np.int64)])


def best(places: int) -> Best:
    return np.zeros(places, BEST)


@inlined
def worse(heap: Best, a: int, b: int) -> bool:
    if heap[a].points != heap[b].points:
        return heap[a].points < heap[b].points
    return heap[a].ties > heap[b].ties


@inlined
def swap(heap: Best, a: int, b: int) -> None:
    heap[a].points, heap[b].points = heap[b].points, heap[a].points
    heap[a].ties, heap[b].ties = heap[b].ties, heap[a].ties
    heap[a].rows, heap[b].rows = heap[b].rows, heap[a].rows


@compiled
def keep(
    heap: Best, places: int, size: int, points: int, tie: np.uint64, row: int
) -> int:
    """Offer a pair to a heap of `places` that holds `size`; gives its size now."""
    if places == 0:
        return 0
    if size == places:
        if points < heap[0].points or (points == heap[0].points and tie > heap[0].ties):
            return size
        heap[0].points, heap[0].ties, heap[0].rows = points, tie, row
        sink(heap, size)
        return size
    heap[size].points, heap[size].ties, heap[size].rows = points, tie, row
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
