"""A job as some source tells it, before any of it is understood.

Both readers (schema.org and tables) fill this in; `posting.py` makes a posting of it.
Texts are as the source wrote them; "" and None both mean "not said".
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from infra.imports.draft import RowFault

Raw = str | int | float | bool | None


class RawPlace(NamedTuple):
    locality: Raw = None
    region: Raw = None
    country: Raw = None
    lat: Raw = None
    lon: Raw = None
    street: Raw = None


class RawPay(NamedTuple):
    minimum: Raw = None
    maximum: Raw = None
    unit: Raw = None
    currency: Raw = None
    settlement: Raw = None


@dataclass(slots=True)
class Advert:
    """`names` says what the source calls a field, where it differs from ours."""

    row: str
    id: Raw = None
    title: Raw = None
    description: str = ""
    employer: Raw = None
    market: Raw = None
    kinds: list[str] = field(default_factory=list)
    occupations: list[str] = field(default_factory=list)
    skills: list[str] = field(default_factory=list)
    certificates: list[str] = field(default_factory=list)
    places: list[RawPlace] = field(default_factory=list)
    remote: Raw = None
    applicants_from: list[str] = field(default_factory=list)
    pay: RawPay | None = None
    hours: Raw = None
    starts_on: Raw = None
    expires_at: Raw = None
    headcount: Raw = None
    radius_km: Raw = None
    faults: list[RowFault] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
