"""What a changed worker's entries need, by what has changed of the worker."""

# mypy: disable-error-code="no-any-return"

from __future__ import annotations

from typing import Any

from services.matching.engine.entries import is_far, worker_bits
from services.matching.engine.layout import f8_at, whole
from services.matching.engine.native import compiled, inlined
from services.matching.engine.worker_rows import PLACE_WORDS, skills_at

NOTHING, REWRITE, ADD = whole(0), whole(1), whole(2)


@compiled
def worker_change(new: Any, new_i4: Any, old: Any, old_i4: Any) -> int:
    """What a changed worker's entries need; ADD: all of them anew."""
    if (
        new.live != old.live
        or new.remote != old.remote
        or new.lodging != old.lodging
        or new.places_n != old.places_n
        or new.skills_n != old.skills_n
        or new.places_n > 1
    ):
        return ADD
    if new.places_n == 1 and (
        is_far(new, f8_at(new_i4, new.at + 6)) != is_far(old, f8_at(old_i4, old.at + 6))
    ):
        return ADD
    ours, theirs = skills_at(new), skills_at(old)
    for number in range(new.skills_n):
        if new_i4[ours + number] != old_i4[theirs + number]:
            return ADD
    for cell in range(PLACE_WORDS * new.places_n):
        # where it is, and whether it holds always; a radius is in the bits
        if cell not in (6, 7) and new_i4[new.at + cell] != old_i4[old.at + cell]:
            return ADD
    # bits that belong to no place are in those of every place, too
    number = whole(new.places_n) - 1
    bits = worker_bits(new, new_i4, number)
    before = worker_bits(old, old_i4, number)
    if new.rough_hours != old.rough_hours or bits != before:
        return REWRITE
    return NOTHING


@inlined
def posting_change(new: Any, new_i4: Any, old: Any, old_i4: Any) -> int:
    """A posting changes seldom: its entries are always made anew."""
    return ADD
