"""The soft parts of a score, each 0 to 1 with the facts behind it.

They are asked only of an eligible pair. What the worker has not told takes a low,
declared value; what the posting lacks is dropped before (`Demand.present`). Adding a
part is adding a name here, its weights, its native twin in `kernel_scores.py` and a
test of the same name.
"""

from __future__ import annotations

import math
from typing import Any

from services.matching.engine.clock import DAY
from services.matching.engine.demand import Demand
from services.matching.engine.pay import GENEROUS_MARGIN
from services.matching.engine.rules import (
    ROOM_MINUTES,
    best_claim,
    covers,
    nearest_reach,
)
from services.matching.engine.supply import Supply

PRIOR_SHOWS = 4.0
PRIOR_ABSENCES = 1.0
RECENCY_DAYS = 30.0
DAY_US = DAY * 60 * 1_000_000.0
BANDS = (5, 10, 25, 50)

Scored = tuple[float, dict[str, Any]]


def skill_fit(worker: Supply, posting: Demand) -> Scored:
    """Weighted mean of credit x level / 5 over required and preferred skills."""
    earned = 0.0
    matched, related, missing = [], [], []
    for asked in posting.requirements:
        claim = best_claim(worker, asked)
        if claim is None:
            missing.append(asked.skill)
            continue
        earned += asked.weight * claim.value
        if claim.skill == asked.skill:
            matched.append(
                {
                    "skill": asked.skill,
                    "asked_level": asked.level,
                    "level": claim.level,
                }
            )
        else:
            related.append(
                {
                    "skill": asked.skill,
                    "held": claim.skill,
                    "level": claim.level,
                    "credit": claim.credit,
                }
            )
    evidence = {"matched": matched, "related": related, "missing": missing}
    return min(1.0, earned / posting.total_weight), evidence


def closeness(worker: Supply, posting: Demand) -> Scored:
    """exp(-km / tau): falls to 1/e at half the posting's radius."""
    reach = nearest_reach(worker, posting)
    if reach is None:
        return 0.0, {"km": None, "radius_km": posting.radius_km, "via": None}
    evidence = {
        "km": round(reach.km),
        "radius_km": posting.radius_km,
        "via": reach.via,
    }
    return math.exp(-reach.km / posting.tau_km), evidence


def availability_slack(worker: Supply, posting: Demand) -> Scored:
    """Half for each shift covered, half for an hour's room before and after it."""
    covered = covers(worker, posting, 0)
    roomy = covers(worker, posting, ROOM_MINUTES)
    of = len(posting.shifts)
    minutes = sum(
        end - start
        for fits, shift in zip(covered, posting.shifts, strict=True)
        if fits
        for start, end in shift
    )
    evidence = {
        "covered": sum(covered),
        "of": of,
        "unit": "weekly shifts" if posting.weekly else "shifts",
        "hours": round(minutes / 60.0, 2),
    }
    return (sum(covered) + sum(roomy)) / (2.0 * of), evidence


def pay_fit(worker: Supply, posting: Demand) -> Scored:
    """How far the offer is over the floor; full at a quarter of the offer.

    Against the strictest comparable floor, per hour (piece pay: per piece).
    """
    pay = posting.pay
    floors = [
        (floor.amount / posting.hours[floor.unit], floor.unit)
        for floor in worker.floors
        if pay is not None
        and floor.currency == pay.currency
        and (floor.unit == "piece") == (pay.unit == "piece")
    ]
    if pay is None or not floors:
        return 0.0, {"reason": "no data"}
    floor, floor_unit = max(floors)
    offered = pay.top / posting.hours[pay.unit]
    value = 0.0
    if offered > 0.0:
        value = min(1.0, max(0.0, (offered - floor) / (GENEROUS_MARGIN * offered)))
    units = {pay.unit, floor_unit}
    monthly = units & {"week", "month", "year"}
    evidence = {
        "currency": pay.currency,
        "per": "piece" if pay.unit == "piece" else "hour",
        "offered_per_hour": round(offered),
        "floor_per_hour": round(floor),
        "gap_per_hour": round(offered - floor),
        "converted": not units <= {"hour"} and pay.unit != "piece",
        "hours_per_month": posting.hours_per_month if monthly else None,
        "band": band(offered, floor),
    }
    return value, evidence


def band(offered: float, floor: float) -> str:
    """The gap as a band of the offer, which does not tell the floor."""
    share = 100.0 * (offered - floor) / offered if offered > 0.0 else 0.0
    low = 0
    for high in BANDS:
        if share < high:
            return f"{low}-{high} %"
        low = high
    return f"{low} % or more"


def reliability(worker: Supply, posting: Demand) -> Scored:
    """Shows over bookings, pulled towards 4 of 5 while there are few."""
    shows, bookings = worker.shows, worker.bookings
    rate = (PRIOR_SHOWS + shows) / (PRIOR_SHOWS + PRIOR_ABSENCES + bookings)
    evidence = {"shows": shows, "bookings": bookings, "prior": bookings == 0.0}
    return min(1.0, rate), evidence


def recency(worker: Supply, posting: Demand) -> Scored:
    """exp(-days / 30) since the worker was last active; nothing if unknown."""
    if worker.last_active_us is None:
        return 0.0, {"days": None, "reason": "no data"}
    days = max(0, posting.now_us - worker.last_active_us) / DAY_US
    return math.exp(-days / RECENCY_DAYS), {"days": math.floor(days)}


SCORES = (
    skill_fit,
    closeness,
    availability_slack,
    pay_fit,
    reliability,
    recency,
)
