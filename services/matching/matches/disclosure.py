"""What an organisation may see of a ranking.

Operators and workers themselves see every figure. An organisation sees whole
kilometres, pay as a band, and small counts as "<5": three exact distances find a home,
and a few exact gaps a pay floor. What is shown of a value or a score is computed from
what is shown of its evidence, or the figures would come out again by arithmetic. The
order of the list stays that of the exact scores, and no score shown is above the one
before it.

Every answer about workers goes through `disclose`, and every figure in it is declared
`Shown`: a test walks the routes that organisations may call. (What the index holds is
blurred before: see `intake.blurring`.)
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from services.matching.engine.count import Counted
from services.matching.engine.demand import tau_km
from services.matching.engine.scores import RECENCY_DAYS
from services.matching.engine.whatif import WhatIf
from shared.identity import Caller

FEW = 5
STEP = 5
Part = Mapping[str, Any]


class Blurred:
    """Marks a field of an answer whose figures `disclose` has cut for the caller."""


Count = Annotated[int | Literal["<5"], Blurred]
Gain = Annotated[int, Blurred]
Score = Annotated[float, Blurred]
Evidence = Annotated[dict[str, Any], Blurred]


@dataclass(frozen=True, slots=True)
class Disclosed:
    """What a caller may see of a ranking of workers; made by `disclose` alone."""

    matches: Sequence[Mapping[str, Any]]
    funnel: Sequence[Mapping[str, Any]]
    possible: Sequence[Mapping[str, Any]]
    possible_total: int | Literal["<5"]


def disclose(made: Mapping[str, Any], caller: Caller) -> Disclosed:
    """Operators see every figure of the index; organisations what is let through."""
    if caller.sees_all:
        return Disclosed(
            made["matches"], made["funnel"], made["possible"], made["possible_total"]
        )
    return Disclosed(
        matches(made["matches"]),
        funnel(made["funnel"]),
        made["possible"],
        count(made["possible_total"]),
    )


def disclose_counts(counted: Counted, caller: Caller) -> Disclosed:
    """A ranking that names nobody."""
    funnel = [{"rule": rule, "left": left} for rule, left in counted.funnel]
    total = counted.possible_total
    made = {"matches": [], "funnel": funnel, "possible": [], "possible_total": total}
    return disclose(made, caller)


@dataclass(frozen=True, slots=True)
class DisclosedWhatIf:
    """What a caller may see of a posting's relaxations; `effects` are `Effect`s."""

    eligible: int | Literal["<5"]
    effects: Sequence[Mapping[str, Any]]


def disclose_what_if(found: WhatIf, caller: Caller) -> DisclosedWhatIf:
    """Operators see every figure; organisations counts in steps of five.

    A gain is the difference of the counts that are shown, so it tells nothing that they
    do not. The figures follow from the exact ones alone: asking again tells no more.
    """
    exact = caller.sees_all
    return DisclosedWhatIf(
        found.eligible if exact else in_steps(found.eligible),
        [
            {
                "kind": effect.kind,
                "step": effect.step,
                "change": effect.change,
                "eligible": effect.eligible if exact else in_steps(effect.eligible),
                "gain": effect.gain
                if exact
                else _floored(effect.eligible) - _floored(found.eligible),
            }
            for effect in found.effects
        ],
    )


def in_steps(number: int) -> int | Literal["<5"]:
    return count(_floored(number))


def _floored(number: int) -> int:
    return number - number % STEP


# the middle of each band of the offer over the margin that counts as generous
BAND_VALUES = {"0-5 %": 0.1, "5-10 %": 0.3, "10-25 %": 0.7}
PAY_SHOWN = (
    "currency",
    "per",
    "offered_per_hour",
    "converted",
    "hours_per_month",
    "band",
    "reason",
)


def count(number: int) -> int | Literal["<5"]:
    return number if number >= FEW else "<5"


def funnel(steps: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [{"rule": step["rule"], "left": count(step["left"])} for step in steps]


def funnel_of_postings(
    steps: Sequence[tuple[str, int]], caller: Caller
) -> Sequence[tuple[str, int]]:
    """A worker sees the funnel as if the postings that only turn them away were not
    there: that somebody has blocked them is not theirs to know."""
    if caller.sees_all:
        return steps
    *others, (_, told), (_, left) = steps
    secret = told - left
    return [(rule, count - secret) for rule, count in [*others, steps[-2]]]


def matches(exact: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    shown = []
    highest = 1.0
    for match in exact:
        parts = [_part(part) for part in match["parts"]]
        score = round(math.fsum(part["weight"] * part["value"] for part in parts), 4)
        highest = min(highest, score)
        shown.append({**match, "score": highest, "parts": parts})
    return shown


def _part(part: Part) -> dict[str, Any]:
    evidence = part["evidence"]
    cut = CUTS.get(part["name"])
    value = part["value"] if cut is None else cut(part)
    if part["name"] == "pay_fit":
        evidence = {name: evidence[name] for name in PAY_SHOWN if name in evidence}
    return {**part, "value": round(value, 4), "evidence": evidence}


def _closeness(part: Part) -> float:
    km = part["evidence"]["km"]
    if km is None:
        return 0.0
    return math.exp(-km / tau_km(part["evidence"]["radius_km"]))


def _pay_fit(part: Part) -> float:
    band = part["evidence"].get("band")
    return 0.0 if band is None else BAND_VALUES.get(band, 1.0)


def _recency(part: Part) -> float:
    days = part["evidence"]["days"]
    return 0.0 if days is None else math.exp(-days / RECENCY_DAYS)


CUTS: Mapping[str, Callable[[Part], float]] = {
    "closeness": _closeness,
    "pay_fit": _pay_fit,
    "recency": _recency,
}
