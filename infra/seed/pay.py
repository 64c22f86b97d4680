"""What work pays where: by the grade of the occupation and the country."""

from __future__ import annotations

from decimal import Decimal
from functools import cache

from infra.seed.cities import Country
from shared.money import minor_digits

HOURS = {"hour": 1.0, "day": 8.0, "month": 173.33, "year": 2080.0}
STEPS = {"hour": 1, "day": 10, "month": 100, "year": 1000}

# ISCO-08 code prefix → where between the lowest and the highest hourly pay; the
# longest prefix counts
GRADES = {
    "1": 0.8,
    "11": 0.95,
    "14": 0.55,
    "2": 0.7,
    "21": 0.75,
    "221": 1.0,
    "222": 0.55,
    "23": 0.55,
    "25": 0.8,
    "3": 0.45,
    "34": 0.35,
    "4": 0.22,
    "5": 0.12,
    "54": 0.25,
    "6": 0.1,
    "7": 0.38,
    "74": 0.42,
    "75": 0.22,
    "8": 0.22,
    "833": 0.32,
    "9": 0.03,
}
GRADE_OF_A_LEVEL = 0.06


def grade(isco: str) -> float:
    for length in (3, 2, 1):
        if isco[:length] in GRADES:
            return GRADES[isco[:length]]
    return 0.3


def local_pay(country: Country, isco: str, level: int, unit: str) -> float:
    """The usual pay in whole currency units for people of this skill level (1–5)."""
    low, high = float(country.hourly_low), float(country.hourly_high)
    place = grade(isco) + GRADE_OF_A_LEVEL * (level - 3)
    hourly: float = low * (high / low) ** max(0.0, place)
    return hourly * HOURS[unit]


def rounded(amount: float, country: Country, unit: str) -> int:
    """Minor units, down to a figure that people would name (at least one step)."""
    step = _step(country.code, country.step, country.currency, unit)
    scale = 10 ** minor_digits(country.currency)
    return max(int(amount * scale) // step, 1) * step


@cache
def _step(_code: str, step: Decimal, currency: str, unit: str) -> int:
    return int(step * STEPS[unit] * 10 ** minor_digits(currency))
