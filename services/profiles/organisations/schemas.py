"""What an organisation looks like over HTTP."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, ConfigDict, Field

from services.profiles.organisations.isic import PATTERN, isic_code
from shared.fields import (
    PLAIN_EMAIL,
    Body,
    Country,
    Flag,
    ShortText,
    View,
    Zone,
    fault,
    shown,
)


class OrganisationKind(StrEnum):
    EMPLOYER = "employer"
    AGENCY = "agency"


def _isic(code: str) -> str:
    if not isic_code(code):
        raise fault(
            "isic",
            "must be an ISIC Rev.4 section letter, or a division, group or class"
            " of 2 to 4 digits such as 5210",
        )
    return code


Isic = Annotated[ShortText, AfterValidator(_isic), shown(pattern=PATTERN)]
_EMAIL = r"^[^@\s]+@[^@\s]+$"
_PHONE = r"^\+?[0-9][0-9 ()./-]{3,29}$"
Email = Annotated[ShortText, Field(pattern=_EMAIL), shown(pattern=PLAIN_EMAIL)]
Phone = Annotated[ShortText, Field(pattern=_PHONE), shown(pattern=_PHONE)]


class Contact(Body):
    """Whom to reach; kept here and published nowhere."""

    name: ShortText | None = None
    email: Email | None = None
    phone: Phone | None = None


REGISTRATION: dict[str, Any] = {
    "kind": "employer",
    "name": "Northgate Warehousing",
    "isic": "5210",
    "country": "GB",
    "zone": "Europe/London",
    "contact": {
        "name": "Jo Reed",
        "email": "desk@northgate.example",
        "phone": "+44 20 7946 0001",
    },
}


class OrganisationDetails(Body):
    """What an organisation says of itself."""

    model_config = ConfigDict(json_schema_extra={"examples": [REGISTRATION]})

    kind: OrganisationKind
    name: ShortText
    isic: Isic | None = None
    country: Country
    zone: Zone
    contact: Contact | None = None


class OrganisationRegistration(OrganisationDetails):
    """`id` is for operators; a member registers the organisation of their token."""

    id: UUID | None = None


def _as_patch(schema: dict[str, Any]) -> None:
    for field in schema["properties"].values():
        field.pop("default", None)
    schema["examples"] = [{"name": "Northgate Logistics", "isic": "H"}]


UNCHANGED: Any = None
"""Stands for a field that the client did not send; only `model_fields_set` counts."""


class OrganisationPatch(Body):
    """A merge patch (RFC 7396), `contact` as a whole; `active` is the operator's."""

    model_config = ConfigDict(json_schema_extra=_as_patch)

    name: ShortText = UNCHANGED
    isic: Isic | None = UNCHANGED
    country: Country = UNCHANGED
    zone: Zone = UNCHANGED
    contact: Contact | None = UNCHANGED
    active: Flag = UNCHANGED


class OrganisationView(View):
    """An organisation as its members and operators see it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                REGISTRATION
                | {
                    "id": "0192f0c1-0000-7000-8000-000000000001",
                    "version": 1,
                    "active": True,
                    "registered_at": "2026-11-20T08:00:00Z",
                    "updated_at": "2026-11-20T08:00:00Z",
                }
            ]
        }
    )

    id: UUID
    version: int
    active: bool
    kind: OrganisationKind
    name: str
    isic: str | None
    country: str
    zone: str
    contact: Contact | None
    registered_at: datetime
    updated_at: datetime
