"""What consents look like over HTTP."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Self
from uuid import UUID

from pydantic import model_validator

from services.profiles.accounts.addresses import Address, AddressKind, Email, Phone
from services.profiles.accounts.schemas import Code, example
from services.profiles.sign_ins.schemas import ID
from shared.fields import Body, Instant, ShortText, View, fault

LONGEST_DAYS = 90


class Given(StrEnum):
    """How a worker said yes: on paper, or by the code sent to them."""

    PAPER = "paper"
    CODE = "code"


class NewConsent(Body):
    """A worker's yes to a clerk acting for them.

    The worker is named by id, phone or e-mail; on paper also by none of them, for who
    has no account yet. `reference` says where the paper is.
    """

    model_config = example(
        {
            "given": "paper",
            "purpose": "Keep my profile and hours up to date",
            "reference": "binder 7, sheet 12",
            "until": "2026-12-24T00:00:00Z",
            "phone": "+442079460001",
        }
    )

    given: Given
    purpose: ShortText
    reference: ShortText | None = None
    until: Instant
    worker: UUID | None = None
    email: Email | None = None
    phone: Phone | None = None

    @model_validator(mode="after")
    def _named_once(self) -> Self:
        named = [self.worker, self.email, self.phone]
        if sum(each is not None for each in named) > 1:
            raise fault("one_worker", "must name the worker once")
        if self.given is Given.CODE and self.address is None:
            raise fault("code_address", "needs the phone or email to send the code to")
        if self.given is Given.PAPER and self.reference is None:
            raise fault("paper_reference", "needs a reference to the paper")
        return self

    @property
    def address(self) -> Address | None:
        if self.email is not None:
            return Address(AddressKind.EMAIL, self.email)
        if self.phone is not None:
            return Address(AddressKind.PHONE, self.phone)
        return None


class ConsentCode(Body):
    """The six digits that the worker was sent and tells the clerk."""

    model_config = example({"code": "042917"})

    code: Code


CONSENT = {
    "id": ID,
    "worker": "0192f0c1-0000-7000-8000-000000000002",
    "given": "paper",
    "purpose": "Keep my profile and hours up to date",
    "reference": "binder 7, sheet 12",
    "recorded_by": "0192f0c1-0000-7000-8000-000000000005",
    "recorded_at": "2026-11-24T08:00:00Z",
    "confirmed_at": "2026-11-24T08:00:00Z",
    "until": "2026-12-24T00:00:00Z",
    "withdrawn_at": None,
}


class ConsentView(View):
    """A consent; it counts from `confirmed_at` until `until` or `withdrawn_at`."""

    model_config = example(CONSENT)

    id: UUID
    worker: UUID
    given: Given
    purpose: str
    reference: str | None
    recorded_by: UUID
    recorded_at: datetime
    confirmed_at: datetime | None
    until: datetime
    withdrawn_at: datetime | None
