"""What must hold between the fields of a search, as a list of named rules.

Each rule looks at the raw body and judges what can be read of it, so that its faults
are told together with those of the schema.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from services.matching.engine.weights import PARTS, SUM_TOLERANCE
from services.matching.matches.search import (
    CommitmentKind,
    WallClock,
    Weight,
)
from shared.fields import Instant, MinorUnits, Slug
from shared.problems import Fault, escape

T = TypeVar("T")
Body = Mapping[str, Any]
Rule = Callable[[Body], Iterator[Fault]]

INSTANT: TypeAdapter[Any] = TypeAdapter(Instant)
AMOUNT: TypeAdapter[int] = TypeAdapter(MinorUnits)
CLOCK: TypeAdapter[Any] = TypeAdapter(WallClock)
SLUG: TypeAdapter[str] = TypeAdapter(Slug)
COMMITMENT = TypeAdapter(CommitmentKind)
WEIGHTS: TypeAdapter[dict[str, float]] = TypeAdapter(dict[str, Weight])


def search_faults(body: Any) -> list[Fault]:
    """All faults between the fields of a body of any shape."""
    if not isinstance(body, Mapping):
        return []
    return [fault for rule in RULES for fault in rule(body)]


def says_where_the_work_is(body: Body) -> Iterator[Fault]:
    if body.get("place") is None and body.get("remote") is not True:
        message = "work that is not remote needs a place"
        yield Fault("/place", "place_required", message)


def pay_is_a_range(body: Body) -> Iterator[Fault]:
    pay = body.get("pay")
    if isinstance(pay, Mapping):
        minimum = _readable(AMOUNT, pay.get("minimum"))
        maximum = _readable(AMOUNT, pay.get("maximum"))
        if minimum is not None and maximum is not None and maximum < minimum:
            yield Fault("/pay/maximum", "pay_range", "must not be below the minimum")


def schedule_is_dated_or_weekly(body: Body) -> Iterator[Fault]:
    if body.get("shifts") and body.get("weekly"):
        message = "a search has dated shifts or a weekly pattern, not both"
        yield Fault("/weekly", "one_schedule", message)


def zone_goes_with_the_schedule(body: Body) -> Iterator[Fault]:
    scheduled = any(body.get(name) for name in ("shifts", "weekly", "starts_on"))
    if body.get("zone") is None and scheduled:
        yield Fault("/zone", "zone_required", "a schedule needs its time zone")


def shifts_end_after_they_start(body: Body) -> Iterator[Fault]:
    for pointer, shift in _items(body, "shifts"):
        start = _readable(INSTANT, shift.get("start"))
        end = _readable(INSTANT, shift.get("end"))
        if start is not None and end is not None and end <= start:
            yield Fault(f"{pointer}/end", "shift_order", "must be after the start")


def weekly_hours_are_not_empty(body: Body) -> Iterator[Fault]:
    for pointer, interval in _items(body, "weekly"):
        start = _readable(CLOCK, interval.get("start"))
        if start is not None and start == _readable(CLOCK, interval.get("end")):
            message = "must differ from the start"
            yield Fault(f"{pointer}/end", "empty_interval", message)


def commitment_can_be_met(body: Body) -> Iterator[Fault]:
    commitment = body.get("commitment")
    if not isinstance(commitment, Mapping):
        return
    kind = _readable(COMMITMENT, commitment.get("kind", "all"))
    count = commitment.get("count")
    pointer = "/commitment/count"
    if kind is CommitmentKind.AT_LEAST:
        slots = sum(len(list(_items(body, name))) for name in ("shifts", "weekly"))
        if count is None or (type(count) is int and count > slots):
            message = f"must lie between 1 and the number of shifts ({slots})"
            yield Fault(pointer, "commitment", message)
    elif kind is not None and count is not None:
        yield Fault(pointer, "commitment", f"goes with at_least, not with {kind}")


def skills_are_named_once(body: Body) -> Iterator[Fault]:
    seen: dict[str, str] = {}
    for name in ("required_skills", "preferred_skills"):
        for pointer, item in _items(body, name):
            skill = _readable(SLUG, item.get("skill"))
            if skill in seen:
                message = f"is named in {seen[skill]} already"
                yield Fault(f"{pointer}/skill", "duplicate", message)
            elif skill is not None:
                seen[skill] = pointer


def weights_name_parts(body: Body) -> Iterator[Fault]:
    weights = body.get("weights")
    for name in weights if isinstance(weights, Mapping) else ():
        if name not in PARTS:
            message = f"is no part of a score; those are {', '.join(PARTS)}"
            yield Fault(f"/weights/{escape(name)}", "unknown_part", message)


def weights_sum_to_one(body: Body) -> Iterator[Fault]:
    weights = _readable(WEIGHTS, body.get("weights"))
    if weights is not None:
        total = math.fsum(weights.values())
        if abs(total - 1.0) > SUM_TOLERANCE:
            yield Fault("/weights", "weights", f"must sum to 1, not {total:g}")


RULES: tuple[Rule, ...] = (
    says_where_the_work_is,
    pay_is_a_range,
    schedule_is_dated_or_weekly,
    zone_goes_with_the_schedule,
    shifts_end_after_they_start,
    weekly_hours_are_not_empty,
    commitment_can_be_met,
    skills_are_named_once,
    weights_name_parts,
    weights_sum_to_one,
)


def _items(body: Body, name: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    value = body.get(name)
    for number, item in enumerate(value if isinstance(value, list) else ()):
        if isinstance(item, Mapping):
            yield f"/{name}/{number}", item


def _readable(adapter: TypeAdapter[T], value: Any) -> T | None:
    """`value` as the schema reads it, or None where the schema itself complains."""
    try:
        return adapter.validate_python(value)
    except ValidationError:
        return None
