"""What of a worker the index holds more coarsely than the worker said it.

Everything an organisation can be told is computed from the index, so what is not in it
comes out by no number of searches: not by radius or pay in small steps, not by moving
the place, not by the order of a list or a count that changes by one. Two workers who
differ only inside a cell and a band give the same answers to every question.

- A place is the centre of its 0.01° cell; profiles publishes no more.
- A pay floor is the upper edge of its band. Up, because who is ranked must never be
  asked to work for less than they said; the edges are round figures, so that most
  floors (15.00 an hour, 2,800 a month) are edges themselves and lose nothing.

A worker's own list of postings is made from the floor as it was said.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def band_edge(amount: int) -> int:
    """The upper edge of the band that an amount (minor units, not negative) lies in.

    Bands are 2.5 to 5 % wide: of a decade steps of 0.5 up to 20, of 1 up to 50 and of
    2.5 up to 100 (so 15.00, 15.50, 16.00 …, 20.00, 21.00 …, 50.00, 52.50 …), but never
    less than one minor unit. An edge belongs to the band below it.
    """
    decade = 1
    while amount >= 100 * decade:
        decade *= 10
    if amount < 20 * decade:
        step = decade // 2
    elif amount < 50 * decade:
        step = decade
    else:
        step = decade * 5 // 2
    step = max(step, 1)
    return -(-amount // step) * step


def blurred(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """A worker's document as the index may hold it."""
    said = document.get("pay_floors", ())
    floors = [{**floor, "amount": band_edge(floor["amount"])} for floor in said]
    # most floors are edges: those documents are held as they are
    return document if floors == said else {**document, "pay_floors": floors}
