"""What must hold between the fields of a search, as a list of named rules."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import TypeAdapter

from services.matching.engine.weights import PARTS, SUM_TOLERANCE
from services.matching.matches.search import Weight
from shared.documents import Document, Rule, broken_rules, readable
from shared.problems import Fault, escape
from shared.term_rules import (
    certificates_are_named_once,
    commitment_can_be_met,
    languages_are_named_once,
    pay_is_a_range,
    schedule_is_dated_or_weekly,
    shifts_end_after_they_start,
    skills_are_named_once,
    weekly_hours_are_apart,
    weekly_hours_are_not_empty,
    zone_goes_with_the_schedule,
)

WEIGHTS: TypeAdapter[dict[str, float]] = TypeAdapter(dict[str, Weight])


def says_where_the_work_is(document: Document) -> Iterator[Fault]:
    somewhere = document.given("place") or document.fields.get("remote") is True
    if not somewhere:
        message = "work that is not remote needs a place"
        yield Fault("/place", "place_required", message)


def weights_name_parts(document: Document) -> Iterator[Fault]:
    for name in document.part("weights"):
        if name not in PARTS:
            message = f"is no part of a score; those are {', '.join(PARTS)}"
            yield Fault(f"/weights/{escape(name)}", "unknown_part", message)


def weights_sum_to_one(document: Document) -> Iterator[Fault]:
    weights = readable(WEIGHTS, document.fields.get("weights"))
    if weights is not None:
        total = math.fsum(weights.values())
        if abs(total - 1.0) > SUM_TOLERANCE:
            yield Fault("/weights", "weights", f"must sum to 1, not {total:g}")


RULES: tuple[Rule[Document], ...] = (
    says_where_the_work_is,
    pay_is_a_range,
    schedule_is_dated_or_weekly,
    zone_goes_with_the_schedule,
    shifts_end_after_they_start,
    weekly_hours_are_not_empty,
    weekly_hours_are_apart,
    commitment_can_be_met,
    skills_are_named_once,
    certificates_are_named_once,
    languages_are_named_once,
    weights_name_parts,
    weights_sum_to_one,
)


def search_faults(body: Any) -> list[Fault]:
    """Every broken rule of a body of any shape."""
    return broken_rules(Document(body), RULES) if isinstance(body, Mapping) else []
