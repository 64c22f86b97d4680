"""What a search over postings may ask for; query parameters arrive as text."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.postings.postings.lifecycle import Status
from shared.fields import Country, Currency, Instant, ShortText, Slug
from shared.problems import Fault, InvalidRequest
from shared.values import Kind, Market, PayUnit


class PostingFilters(BaseModel):
    """All that are given must hold."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    status: Annotated[list[Status], Field(max_length=7)] = []
    market: Market | None = None
    kind: Kind | None = None
    occupation: Slug | None = None
    skill: Annotated[
        Slug | None, Field(description="Required or preferred by the posting.")
    ] = None
    country: Country | None = None
    remote: bool | None = None
    text: Annotated[ShortText | None, Field(description="A part of the title.")] = None
    pay_at_least: Annotated[
        int | None,
        Field(
            ge=1,
            le=10**12,
            description="Minor units the top of the range must reach;"
            " asks for currency and unit.",
        ),
    ] = None
    currency: Currency | None = None
    unit: PayUnit | None = None
    lat: Annotated[
        float | None, Field(ge=-90, le=90, description="Goes with lon and km.")
    ] = None
    lon: Annotated[float | None, Field(ge=-180, le=180)] = None
    km: Annotated[float | None, Field(gt=0, le=500)] = None
    starts_after: Annotated[
        Instant | None, Field(description="The work begins then or later.")
    ] = None
    starts_before: Annotated[
        Instant | None, Field(description="The work begins earlier.")
    ] = None
    organisation: UUID | None = None
    limit: Annotated[int, Field(ge=1, le=200, description="Items per page.")] = 50
    cursor: Annotated[
        str | None, Field(max_length=500, description="`next` of the page before.")
    ] = None


TOGETHER = (("lat", "lon", "km"), ("pay_at_least", "currency", "unit"))
"""Filters that mean something only with one another."""


def check_together(filters: PostingFilters) -> None:
    """Raises InvalidRequest naming every filter that another one asks for."""
    faults = [
        Fault(name, "together", f"goes with {' and '.join(_but(group, name))}", "query")
        for group in TOGETHER
        if any(getattr(filters, name) is not None for name in group)
        for name in group
        if getattr(filters, name) is None
    ]
    if faults:
        raise InvalidRequest(faults=faults)


def _but(group: tuple[str, ...], name: str) -> list[str]:
    return [other for other in group if other != name]
