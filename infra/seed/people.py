"""Names that people of a country might have."""

from __future__ import annotations

import csv
from functools import cache
from random import Random

from infra.seed.cities import DATA

FAMILY_FIRST = {"CN", "JP"}


def full_name(country: str, random: Random) -> str:
    given, family = _names()[country]
    first, last = random.choice(given), random.choice(family)
    return f"{last}{first}" if country in FAMILY_FIRST else f"{first} {last}"


@cache
def _names() -> dict[str, tuple[list[str], list[str]]]:
    with (DATA / "names.csv").open(encoding="utf-8", newline="") as lines:
        return {
            row["country"]: (row["given"].split("|"), row["family"].split("|"))
            for row in csv.DictReader(lines)
        }
