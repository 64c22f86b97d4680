"""Pay of different units made comparable by declared hours.

Hours of a unit: hour 1, day 8, month as declared (the posting's, else its country's),
year 12 months, week 12/52 of a month, shift the posting's mean shift. Piece pay has no
hours and compares with piece pay alone; currencies never convert.
"""

from __future__ import annotations

UNITS = ("hour", "shift", "day", "week", "month", "year", "piece")
PIECE = UNITS.index("piece")

HOURS_PER_MONTH = {"CN": 174.0}
DEFAULT_HOURS_PER_MONTH = 173.33
DEFAULT_SHIFT_HOURS = 8.0
GENEROUS_MARGIN = 0.25
ROUNDING = 1e-9


def hours_per_month(country: str | None) -> float:
    return HOURS_PER_MONTH.get(country or "", DEFAULT_HOURS_PER_MONTH)


def unit_hours(month: float, shift: float) -> tuple[float, ...]:
    """Hours of each unit, in the order of UNITS; 1 for a piece, compared as it is."""
    return (1.0, shift, 8.0, month * 12.0 / 52.0, month, month * 12.0, 1.0)
