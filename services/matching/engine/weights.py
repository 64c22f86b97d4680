"""How much each part of a score counts, by market or as a caller says."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

PARTS = (
    "skill_fit",
    "closeness",
    "availability_slack",
    "pay_fit",
    "reliability",
    "recency",
)

DEFAULTS: Mapping[str, tuple[float, ...]] = {
    "temporary": (0.35, 0.25, 0.15, 0.05, 0.15, 0.05),
    "labor": (0.40, 0.20, 0.15, 0.10, 0.10, 0.05),
    "talent": (0.55, 0.10, 0.05, 0.15, 0.10, 0.05),
}
FALLBACK = DEFAULTS["labor"]
SUM_TOLERANCE = 1e-6


class WeightFault(ValueError):
    """Weights that cannot be used; `field` is the part's name, or "weights"."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


def market_weights(market: str) -> tuple[float, ...]:
    """The default weights of a market; one we do not know ranks like labor."""
    return DEFAULTS.get(market, FALLBACK)


def caller_weights(weights: Mapping[str, float]) -> tuple[float, ...]:
    """Checked weights in the order of PARTS; a part left out weighs nothing."""
    for name, value in weights.items():
        if name not in PARTS:
            raise WeightFault(name, f"is not one of {', '.join(PARTS)}")
        if isinstance(value, bool) or not math.isfinite(value) or value < 0:
            raise WeightFault(name, "must be a number of 0 or more")
    total = math.fsum(weights.values())
    if abs(total - 1.0) > SUM_TOLERANCE:
        raise WeightFault("weights", f"must sum to 1, not {total:g}")
    return tuple(float(weights.get(name, 0.0)) for name in PARTS)


def applied_weights(
    weights: Sequence[float], present: Sequence[bool]
) -> tuple[float, ...]:
    """Renormalised over the parts that the posting has.

    All zero when it has none of the weighted parts: then nobody scores, and the order
    is that of the hash.
    """
    total = 0.0
    for weight, is_present in zip(weights, present, strict=True):
        if is_present:
            total += weight
    return tuple(
        weight / total if is_present and total > 0.0 else 0.0
        for weight, is_present in zip(weights, present, strict=True)
    )
