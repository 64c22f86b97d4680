"""A shift keeps its id while an edit names it or leaves its times alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from services.postings.postings.schemas import Shift
from shared.problems import Fault
from shared.values import new_id

ShiftDocument = Mapping[str, Any]


def unknown_shifts(
    wanted: Sequence[Shift], held: Iterable[ShiftDocument]
) -> list[Fault]:
    """A fault for every id that names no shift of this posting."""
    known = {shift["id"] for shift in held}
    return [
        Fault(f"/shifts/{number}/id", "unknown_shift", "is no shift of this posting")
        for number, shift in enumerate(wanted)
        if shift.id is not None and str(shift.id) not in known
    ]


def keep_shift_ids(
    content: Mapping[str, Any], held: Iterable[ShiftDocument]
) -> dict[str, Any]:
    """`content` with an id for every shift: the named one, else that of the held
    shift with the same times, else a new one."""
    named = {shift["id"] for shift in content["shifts"]}
    same_times = {
        (shift["start"], shift["end"]): shift["id"]
        for shift in held
        if shift["id"] not in named
    }
    shifts = [
        shift
        | {
            "id": shift["id"]
            or same_times.get((shift["start"], shift["end"]))
            or str(new_id())
        }
        for shift in content["shifts"]
    ]
    return {**content, "shifts": shifts}
