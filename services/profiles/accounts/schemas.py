"""What accounts look like over HTTP."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import ConfigDict, Field, StringConstraints, model_validator

from services.profiles.accounts.addresses import (
    Address,
    AddressKind,
    Email,
    Phone,
)
from services.profiles.accounts.passwords import LONGEST, SHORTEST
from services.profiles.organisations.schemas import REGISTRATION, OrganisationDetails
from services.profiles.sign_ins.schemas import ID, TokenAnswer
from shared.fields import Body, ShortText, Text, View, fault, shown

Password = Annotated[Text, Field(max_length=128)]
ChosenPassword = Annotated[Password, shown(minLength=SHORTEST, maxLength=LONGEST)]
"""One to be set; its length counts in its normal form (`passwords.py`)."""
Code = Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$", strict=True)]
SOMEBODY = {"email": "amara@example.org"}
PASSWORD = "correct horse battery staple"


def example(*documents: dict[str, Any]) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": list(documents)})


class Reachable(Body):
    """Somebody by their e-mail address or phone number, one of the two."""

    model_config = example(SOMEBODY)

    email: Email | None = None
    phone: Phone | None = None

    @model_validator(mode="after")
    def _one_address(self) -> Self:
        if (self.email is None) == (self.phone is None):
            raise fault("one_address", "must name either email or phone")
        return self

    @property
    def address(self) -> Address:
        if self.email is not None:
            return Address(AddressKind.EMAIL, self.email)
        assert self.phone is not None
        return Address(AddressKind.PHONE, self.phone)


WORKER_SIGN_UP = {"kind": "worker", "phone": "+442079460001"}


class WorkerSignUp(Reachable):
    """Without a password the worker signs in with codes."""

    model_config = example(WORKER_SIGN_UP)

    kind: Literal["worker"]
    password: ChosenPassword | None = None


class OwnerSignUp(Reachable):
    """Whoever registers an organisation is its first owner."""

    model_config = example(
        {
            "kind": "owner",
            "email": "jo@northgate.example",
            "password": PASSWORD,
            "name": "Jo Reed",
            "organisation": REGISTRATION,
        }
    )

    kind: Literal["owner"]
    password: ChosenPassword
    name: ShortText
    organisation: OrganisationDetails


SignUp = Annotated[
    WorkerSignUp | OwnerSignUp,
    Field(discriminator="kind", examples=[WORKER_SIGN_UP]),
]


class ChallengeView(View):
    """A code is on its way, if the address is what it should be; nobody learns here
    whether it was known."""

    model_config = example({"challenge": ID, "expires_at": "2026-11-24T08:10:00Z"})

    challenge: UUID
    expires_at: datetime


class CodeGiven(Body):
    """The six digits that were sent."""

    model_config = example({"code": "042917"})

    code: Code


class NewPassword(Body):
    """The six digits that were sent, and the password from now on."""

    model_config = example({"code": "042917", "password": PASSWORD})

    code: Code
    password: ChosenPassword


class PasswordChange(Body):
    """The password that counts now, and the one from now on."""

    model_config = example({"current": "battery staple, correct", "new": PASSWORD})

    current: Password
    new: ChosenPassword


PROOF = {"password": PASSWORD}


class Proof(Body):
    """What signing in takes, freshly: the password; where there is none, a code that
    was asked for to sign in, with its challenge; and a code of the authenticator, or a
    recovery code, where there is one."""

    model_config = example(PROOF)

    password: Password | None = None
    challenge: UUID | None = None
    code: Code | None = None
    totp: ShortText | None = None


class NewLogin(Reachable):
    """Another address to sign in with, and a proof of who asks."""

    model_config = example(SOMEBODY | {"proof": PROOF})

    proof: Proof


class LoginCode(Body):
    """The six digits that were sent to the new address."""

    model_config = example({"challenge": ID, "code": "042917"})

    challenge: UUID
    code: Code


class TotpEnrolment(Body):
    """The caller's password, where they have one, and a code of the authenticator that
    they have already: whoever found an open screen has neither."""

    model_config = example({"password": PASSWORD})

    password: Password | None = None
    totp: ShortText | None = None


class TotpSecret(View):
    """What the authenticator needs; it counts once a code of it was given."""

    model_config = example(
        {
            "secret": "JBSWY3DPEHPK3PXP",
            "uri": "otpauth://totp/Rollcall:me?secret=JBSWY3DPEHPK3PXP&issuer=Rollcall",
        }
    )

    secret: str
    uri: str


class RecoveryCodes(View):
    """Each stands in for the authenticator once; they are shown now and never again."""

    model_config = example({"recovery_codes": ["0f1e2d3c4b5a69788796a5b4c3d2"]})

    recovery_codes: list[str]


class SignedUp(TokenAnswer):
    """The new account and its first tokens."""

    model_config = example(
        {
            "account": ID,
            "organisation": None,
            "access_token": "eyJhbGciOiJFZERTQSIsInR5cCI6ImF0K2p3dCJ9.e30.c2ln",
            "token_type": "Bearer",
            "expires_in": 300,
            "scope": "account workers:read workers:write",
            "refresh_token": "q8mXo1nDUBtJJ0bVQkQ2QWmLfZ8b1c9wq1r0e5nB3kI",
        }
    )

    account: UUID
    organisation: UUID | None


class AccountState(StrEnum):
    ACTIVE = "active"
    LOCKED = "locked"
    CLOSED = "closed"


class StateChange(Body):
    """Locked can be undone; whoever is not active has no sign-in left."""

    model_config = example({"state": "locked"})

    state: AccountState


LOGIN: dict[str, Any] = {
    "id": ID,
    "kind": "phone",
    "verified_at": "2026-11-20T08:00:00Z",
}


class LoginView(View):
    """One way to sign in. The address itself is sealed, and shown to nobody."""

    model_config = ConfigDict(
        from_attributes=True, json_schema_extra={"examples": [LOGIN]}
    )

    id: UUID
    kind: AddressKind
    verified_at: datetime


class OwnMembership(View):
    organisation: UUID
    kind: str
    name: str | None


ACCOUNT = {
    "id": ID,
    "kind": "worker",
    "state": "active",
    "created_at": "2026-11-20T08:00:00Z",
    "logins": [LOGIN],
    "memberships": [],
}


class AccountView(View):
    """An account as its owner and operators see it."""

    model_config = example(ACCOUNT)

    id: UUID
    kind: str
    state: AccountState
    created_at: datetime
    logins: list[LoginView]
    memberships: list[OwnMembership]


class Me(View):
    """Who the access token says one is; `account` where it is kept here."""

    model_config = example(
        {
            "subject": ID,
            "role": "worker",
            "tenant": None,
            "scopes": ["account", "workers:read"],
            "account": ACCOUNT,
        }
    )

    subject: UUID
    role: str
    tenant: UUID | None
    scopes: list[str]
    account: AccountView | None
