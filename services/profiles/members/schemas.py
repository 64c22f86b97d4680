"""What members and invitations look like over HTTP."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from pydantic import ConfigDict

from services.profiles.accounts.schemas import (
    PASSWORD,
    ChosenPassword,
    Reachable,
    example,
)
from services.profiles.sign_ins.schemas import ID
from shared.fields import Body, ShortText, View


class MemberKind(StrEnum):
    OWNER = "owner"
    RECRUITER = "recruiter"
    VIEWER = "viewer"


class StaffKind(StrEnum):
    CLERK = "clerk"
    OPERATOR = "operator"
    AUDITOR = "auditor"


MEMBER = {
    "account": ID,
    "version": 1,
    "kind": "recruiter",
    "name": "Sam Hill",
    "since": "2026-11-20T08:00:00Z",
}


class MemberView(View):
    """Somebody who may act for the organisation."""

    model_config = example(MEMBER)

    account: UUID
    version: int
    kind: MemberKind
    name: str | None
    since: datetime


class MemberList(View):
    """Everybody who may act for the organisation, the longest first."""

    model_config = example({"items": [MEMBER]})

    items: list[MemberView]


class MemberPatch(Body):
    """What the member may do from now on."""

    model_config = example({"kind": "viewer"})

    kind: MemberKind


class Invitation(Reachable):
    """`organisation` is for operators; a member invites to their own."""

    model_config = example(
        {"kind": "recruiter", "name": "Sam Hill", "email": "sam@northgate.example"}
    )

    kind: MemberKind
    name: ShortText
    organisation: UUID | None = None


class StaffInvitation(Reachable):
    """Somebody of the installation's own: a clerk, an operator, an auditor."""

    model_config = example(
        {"kind": "clerk", "name": "Ada Moss", "email": "ada@bureau.example"}
    )

    kind: StaffKind
    name: ShortText


INVITATION = {
    "id": ID,
    "organisation": "0192f0c1-0000-7000-8000-000000000001",
    "kind": "recruiter",
    "name": "Sam Hill",
    "invited_at": "2026-11-24T08:00:00Z",
    "expires_at": "2026-12-01T08:00:00Z",
}


class InvitationView(View):
    """An invitation that nobody has accepted yet."""

    model_config = example(INVITATION)

    id: UUID
    organisation: UUID | None
    kind: MemberKind | StaffKind
    name: str
    invited_at: datetime
    expires_at: datetime


class InvitationList(View):
    """Invitations that are open, the newest first."""

    model_config = example({"items": [INVITATION]})

    items: list[InvitationView]


class Acceptance(Body):
    """The word of the invitation, and a password for who has no account yet."""

    model_config = example(
        {"token": "p3rZ0q6l1bXn2Jm8c4Vt9wYs7uKd5fGh", "password": PASSWORD}
    )

    token: ShortText
    password: ChosenPassword | None = None


class SecondFactorView(View):
    """For an authenticator; shown now and never again."""

    secret: str
    uri: str
    recovery_codes: list[str]


class Accepted(View):
    """What became of it. Operators and auditors sign in with a second factor only,
    which is here."""

    model_config = ConfigDict(
        from_attributes=True,
        json_schema_extra={
            "examples": [
                {
                    "account": ID,
                    "organisation": "0192f0c1-0000-7000-8000-000000000001",
                    "kind": "recruiter",
                    "totp": None,
                }
            ]
        },
    )

    account: UUID
    organisation: UUID | None
    kind: MemberKind | StaffKind
    totp: SecondFactorView | None
