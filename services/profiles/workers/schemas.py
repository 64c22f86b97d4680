"""What a worker's profile looks like over HTTP.

The sections are stored in this shape. Rules over more than one field are in `rules`:
there they see a body of any shape, so that all faults are told at once.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import ConfigDict, Field, PlainSerializer, SkipValidation

from services.profiles.workers.examples import (
    AVAILABILITY,
    BATCH,
    BATCH_RESULT,
    PATCH,
    REGISTRATION,
    WORKER,
)
from shared.currencies import KnownCurrency
from shared.fields import (
    PLAIN_EMAIL,
    Body,
    Day,
    Flag,
    Instant,
    LanguageCode,
    LanguageLevel,
    LocalMoment,
    Number,
    ShortText,
    SkillLevel,
    Slug,
    View,
    Zone,
    shown,
)
from shared.terms import Amount, Point, RadiusKm, WeeklyInterval
from shared.values import Kind, Market, PayUnit

MOST_BATCH_ROWS = 500


def _minutes(moment: datetime) -> str:
    return moment.isoformat(timespec="minutes")


LocalMinute = Annotated[LocalMoment, PlainSerializer(_minutes)]
_EMAIL = r"^[^@\s]+@[^@\s]+$"
_PHONE = r"^\+?[0-9][0-9 ()./-]{3,29}$"
Email = Annotated[ShortText, Field(pattern=_EMAIL), shown(pattern=PLAIN_EMAIL)]
Phone = Annotated[ShortText, Field(pattern=_PHONE), shown(pattern=_PHONE)]


class SkillClaim(Body):
    """A taxonomy skill the worker claims."""

    skill: Slug
    level: SkillLevel
    years: Annotated[Number, Field(ge=0, le=80)] | None = None


class Place(Point):
    """Where the worker starts from; exact, and never published so.

    The days are half-open: there from the first, no longer on the second.
    """

    radius_km: RadiusKm
    available_from: Day | None = None
    available_until: Day | None = None
    label: ShortText | None = None


class AvailabilityException(Body):
    """Free or busy once, against the pattern; half-open wall time, no offset."""

    start: LocalMinute
    end: LocalMinute
    free: Flag


class PayFloor(Body):
    """The least this worker works for, in minor units of the currency."""

    unit: PayUnit
    amount: Amount
    currency: KnownCurrency


class CertificateHeld(Body):
    """`expires_on` is the last day on which it is valid."""

    certificate: Slug
    expires_on: Day | None = None


class LanguageSpoken(Body):
    """ISO 639-1 code, level 1 to 6 (A1 to C2)."""

    language: LanguageCode
    level: LanguageLevel


class SourceKey(Body):
    """How the system that a profile came from calls it."""

    system: Slug
    id: ShortText


Markets = Annotated[list[Market], Field(min_length=1, max_length=len(Market))]
Kinds = Annotated[list[Kind], Field(min_length=1, max_length=len(Kind))]
Skills = Annotated[list[SkillClaim], Field(max_length=100)]
Places = Annotated[list[Place], Field(max_length=5)]
Weekly = Annotated[list[WeeklyInterval], Field(max_length=42)]
Exceptions = Annotated[list[AvailabilityException], Field(max_length=200)]
PayFloors = Annotated[list[PayFloor], Field(max_length=20)]
Certificates = Annotated[list[CertificateHeld], Field(max_length=50)]
Languages = Annotated[list[LanguageSpoken], Field(max_length=30)]
Blocked = Annotated[list[UUID], Field(max_length=500)]


class WorkerProfile(Body):
    """Everything a worker says about themself."""

    display_name: ShortText
    email: Email | None = None
    phone: Phone | None = None
    active: Flag = True
    markets: Markets
    kinds: Kinds
    skills: Skills = Field(default_factory=list)
    places: Places = Field(default_factory=list)
    accepts_lodging: Flag = False
    accepts_remote: Flag = False
    zone: Zone
    weekly: Weekly = Field(default_factory=list)
    exceptions: Exceptions = Field(default_factory=list)
    pay_floors: PayFloors = Field(default_factory=list)
    certificates: Certificates = Field(default_factory=list)
    languages: Languages = Field(default_factory=list)
    blocked_organisations: Blocked = Field(default_factory=list)


class WorkerRegistration(WorkerProfile):
    """`id` is for operators and systems; a worker's own is known."""

    model_config = ConfigDict(json_schema_extra={"examples": [REGISTRATION]})

    id: UUID | None = None


class WorkerRow(WorkerProfile):
    """A profile as another system knows it; its `source` makes a repeat harmless.

    An import by itself confirms nothing: without `confirmed_at` the hours count as
    never confirmed.
    """

    source: SourceKey | None = None
    confirmed_at: Instant | None = None
    last_active_at: Instant | None = None


class WorkerBatch(Body):
    """Rows are checked one by one: a bad one is reported, the rest land."""

    model_config = ConfigDict(json_schema_extra={"examples": [BATCH]})

    workers: Annotated[
        list[Annotated[WorkerRow, SkipValidation]],
        Field(min_length=1, max_length=MOST_BATCH_ROWS),
    ]


def _as_patch(schema: dict[str, Any]) -> None:
    for field in schema["properties"].values():
        field.pop("default", None)
    schema["examples"] = [PATCH]


UNCHANGED: Any = None
"""Stands for a field that the client did not send; only `model_fields_set` counts."""


class WorkerPatch(Body):
    """A merge patch (RFC 7396): a given section replaces the stored one whole, an
    absent one stays. Hours have their own resource."""

    model_config = ConfigDict(json_schema_extra=_as_patch)

    display_name: ShortText = UNCHANGED
    email: Email | None = UNCHANGED
    phone: Phone | None = UNCHANGED
    active: Flag = UNCHANGED
    markets: Markets = UNCHANGED
    kinds: Kinds = UNCHANGED
    skills: Skills = UNCHANGED
    places: Places = UNCHANGED
    accepts_lodging: Flag = UNCHANGED
    accepts_remote: Flag = UNCHANGED
    zone: Zone = UNCHANGED
    pay_floors: PayFloors = UNCHANGED
    certificates: Certificates = UNCHANGED
    languages: Languages = UNCHANGED
    blocked_organisations: Blocked = UNCHANGED


class Availability(Body):
    """The whole of a worker's hours."""

    model_config = ConfigDict(json_schema_extra={"examples": [AVAILABILITY]})

    weekly: Weekly
    exceptions: Exceptions = Field(default_factory=list)


class PayFloorView(View):
    """A stored floor; its currency may have been withdrawn since."""

    unit: PayUnit
    amount: int
    currency: str


class WorkerView(View):
    """A profile as its worker and operators see it."""

    model_config = ConfigDict(json_schema_extra={"examples": [WORKER]})

    id: UUID
    version: int
    active: bool
    display_name: str
    email: str | None
    phone: str | None
    markets: list[Market]
    kinds: list[Kind]
    skills: list[SkillClaim]
    places: list[Place]
    accepts_lodging: bool
    accepts_remote: bool
    zone: str
    weekly: list[WeeklyInterval]
    exceptions: list[AvailabilityException]
    confirmed_at: datetime | None
    pay_floors: list[PayFloorView]
    certificates: list[CertificateHeld]
    languages: list[LanguageSpoken]
    blocked_organisations: list[UUID]
    last_active_at: datetime | None
    source: SourceKey | None
    registered_at: datetime
    updated_at: datetime


class RowFault(View):
    """One broken rule of one row; `pointer` is into the whole batch."""

    pointer: str
    rule: str
    message: str


class RowResult(View):
    """What became of one row."""

    index: int
    result: Literal["created", "updated", "unchanged", "rejected"]
    id: UUID | None = None
    version: int | None = None
    errors: list[RowFault] = Field(default_factory=list)


class BatchResult(View):
    """One result a row, in the order of the rows."""

    model_config = ConfigDict(json_schema_extra={"examples": [BATCH_RESULT]})

    results: list[RowResult]
