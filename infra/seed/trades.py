"""The taxonomy's occupations as the seed draws them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from services.matching.skills.taxonomy import load_taxonomy
from shared.values import Market


class Trade(NamedTuple):
    """`weight` is the share of people who do this work."""

    id: str
    label: str
    isco: str
    markets: tuple[Market, ...]
    essential: tuple[str, ...]
    optional: tuple[str, ...]
    certificates: tuple[str, ...]
    weight: float


# ISCO-08 major group → its share of the workforce, roughly the world's
MAJOR_GROUPS = {
    "1": 0.04,
    "2": 0.17,
    "3": 0.12,
    "4": 0.09,
    "5": 0.21,
    "6": 0.03,
    "7": 0.12,
    "8": 0.09,
    "9": 0.13,
}
# unit groups in which far more people work than in their neighbours
COMMON = {
    "2221": 4,  # nurses
    "2341": 3,  # primary teachers
    "2512": 3,  # software developers
    "4110": 3,  # office clerks
    "4321": 3,  # stock clerks
    "5120": 3,  # cooks
    "5131": 4,  # waiters
    "5223": 5,  # shop assistants
    "5230": 3,  # cashiers
    "5321": 3,  # health care assistants
    "5322": 4,  # home carers
    "5414": 3,  # guards
    "7112": 3,  # bricklayers
    "7231": 3,  # vehicle mechanics
    "7411": 3,  # electricians
    "8322": 4,  # van drivers
    "8332": 4,  # truck drivers
    "8344": 5,  # forklift drivers
    "9111": 3,  # home cleaners
    "9112": 6,  # cleaners
    "9313": 4,  # building labourers
    "9329": 4,  # factory labourers
    "9333": 6,  # warehouse hands
    "9334": 3,  # shelf fillers
    "9412": 3,  # kitchen helpers
}


@cache
def trades() -> tuple[Trade, ...]:
    """Every occupation of the taxonomy, as common as it is in the world of work."""
    occupations = load_taxonomy().occupations.values()
    in_group = Counter[str]()
    for occupation in occupations:
        in_group[occupation.isco08[0]] += _commonness(occupation.isco08)
    return tuple(
        Trade(
            id=occupation.id,
            label=occupation.label_en,
            isco=occupation.isco08,
            markets=occupation.markets,
            essential=occupation.essential,
            optional=occupation.optional,
            certificates=occupation.certificates,
            weight=_share(occupation.isco08, in_group),
        )
        for occupation in occupations
    )


def _commonness(isco: str) -> int:
    return COMMON.get(isco, 1)


def _share(isco: str, in_group: Mapping[str, int]) -> float:
    group = isco[0]
    return MAJOR_GROUPS.get(group, 0.01) * _commonness(isco) / in_group[group]
