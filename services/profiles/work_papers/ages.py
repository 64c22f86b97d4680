"""From what age somebody may be employed, by country: data beside this file."""

from __future__ import annotations

import csv
from datetime import date
from functools import cache
from importlib.resources import files

ADULT = 18
"""Whoever is younger is a minor, everywhere (UN Convention on the Rights of the Child,
art. 1; ILO C182, art. 2)."""

AGES = "minimum_ages.csv"
"""The general age, not that of light work, apprentices or performers; where the law
says several, the highest."""


def minimum_age(country: str) -> int:
    """The general minimum age of employment; where none is known, adults alone."""
    return _ages().get(country, ADULT)


def birthday(born: date, age: int) -> date:
    """The day on which somebody reaches an age.

    Born on a leap day, in other years on the 1st of March: some laws say the day
    before, none a later one, and nobody is to be taken for older than they are.
    """
    try:
        return born.replace(year=born.year + age)
    except ValueError:
        return date(born.year + age, 3, 1)


@cache
def _ages() -> dict[str, int]:
    text = files(__package__).joinpath("data", AGES).read_text("utf-8")
    rows = csv.DictReader(text.splitlines())
    return {row["country"]: int(row["minimum_age"]) for row in rows}
