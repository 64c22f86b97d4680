"""/v1/accounts/members, invitations, staff: who may act for whom they work for."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter

from services.profiles.accounts.errors import (
    AccountExists,
    InvitationSpent,
    LastOwner,
)
from services.profiles.accounts.registrar import RegistrarDep
from services.profiles.members import commands, queries
from services.profiles.members.schemas import (
    Acceptance,
    Accepted,
    Invitation,
    InvitationList,
    InvitationView,
    MemberList,
    MemberPatch,
    MemberView,
    StaffInvitation,
)
from shared.access import EVERYONE, Own, Who, allow
from shared.database import SessionDep
from shared.idempotency import KeyedRoute, without_key
from shared.identity import ORGANISATIONS, Role, Scope
from shared.openapi import problems
from shared.problems import NotFound, Overloaded
from shared.rate_limits.declared import rated
from shared.rates import RateClass

router = APIRouter(prefix="/v1/accounts", tags=["members"], route_class=KeyedRoute)

READING = [allow(ORGANISATIONS, scope=Scope.ORGANISATIONS_READ, own=Own.TENANT)]
OWNERS = [allow(ORGANISATIONS, scope=Scope.MEMBERS_WRITE, own=Own.TENANT)]
INVITING = [
    allow(ORGANISATIONS, Role.OPERATOR, scope=Scope.MEMBERS_WRITE, own=Own.TENANT)
]
OPERATORS = [allow(Role.OPERATOR, scope=Scope.MEMBERS_WRITE, own=Own.SYSTEM)]


@router.get(
    "/members",
    summary="List the members of one's organisation",
    dependencies=READING,
    responses=problems(),
)
async def list_members(session: SessionDep, caller: Who) -> MemberList:
    """Everybody who may act for it, the longest first."""
    assert caller.tenant is not None
    rows = await queries.members_of(session, caller.tenant)
    return MemberList(items=[MemberView.model_validate(row) for row in rows])


@router.patch(
    "/members/{member_id}",
    summary="Change what a member may do",
    dependencies=OWNERS,
    responses=problems(NotFound, LastOwner),
)
async def change_member(
    member_id: UUID,
    body: MemberPatch,
    session: SessionDep,
    registrar: RegistrarDep,
    caller: Who,
) -> MemberView:
    """They sign in again; one owner stays, whatever happens."""
    row = await commands.change_member(session, registrar, caller, member_id, body.kind)
    return MemberView.model_validate(row)


@router.delete(
    "/members/{member_id}",
    status_code=204,
    summary="End a membership",
    dependencies=OWNERS,
    responses=problems(NotFound, LastOwner),
)
async def end_membership(
    member_id: UUID, session: SessionDep, registrar: RegistrarDep, caller: Who
) -> None:
    """The last owner cannot leave."""
    await commands.end_membership(session, registrar, caller, member_id)


@router.post(
    "/invitations",
    status_code=201,
    summary="Invite somebody to an organisation",
    dependencies=INVITING,
    responses=problems(),
)
async def invite_member(
    body: Invitation, session: SessionDep, registrar: RegistrarDep, caller: Who
) -> InvitationView:
    """A word is sent to them with which they join within 7 days."""
    row = await commands.invite_member(session, registrar.keys, caller, body)
    return InvitationView.model_validate(row)


@router.get(
    "/invitations",
    summary="List one's organisation's invitations",
    dependencies=OWNERS,
    responses=problems(),
)
async def list_invitations(session: SessionDep, caller: Who) -> InvitationList:
    """Those that are still open, the newest first."""
    rows = await queries.open_invitations(session, caller.tenant)
    return InvitationList(items=[InvitationView.model_validate(row) for row in rows])


@router.delete(
    "/invitations/{invitation_id}",
    status_code=204,
    summary="Withdraw an invitation",
    dependencies=INVITING,
    responses=problems(NotFound),
)
async def withdraw_invitation(
    invitation_id: UUID, session: SessionDep, caller: Who
) -> None:
    """Its word is worth nothing from now on."""
    await commands.withdraw_invitation(session, caller, invitation_id)


@router.post(
    "/invitations/acceptance",
    status_code=201,
    summary="Accept an invitation",
    dependencies=[
        allow(EVERYONE, own=Own.PUBLIC),
        without_key("the word counts once as it is"),
        rated(RateClass.SIGN_IN),
    ],
    responses=problems(InvitationSpent, AccountExists, Overloaded),
)
async def accept_invitation(body: Acceptance, registrar: RegistrarDep) -> Accepted:
    """Who has no account yet chooses a password; then sign in."""
    accepted = await commands.accept_invitation(registrar, body.token, body.password)
    return Accepted.model_validate(accepted)


@router.post(
    "/staff",
    status_code=201,
    summary="Invite a clerk, operator or auditor",
    dependencies=OPERATORS,
    responses=problems(),
)
async def invite_staff(
    body: StaffInvitation, session: SessionDep, registrar: RegistrarDep, caller: Who
) -> InvitationView:
    """A word is sent to them; operators and auditors get their second factor when they
    accept."""
    row = await commands.invite_staff(session, registrar.keys, caller, body)
    return InvitationView.model_validate(row)


@router.get(
    "/staff/invitations",
    summary="List invitations of staff",
    dependencies=OPERATORS,
    responses=problems(),
)
async def list_staff_invitations(session: SessionDep) -> InvitationList:
    """Those that are still open, the newest first."""
    rows = await queries.open_invitations(session, None)
    return InvitationList(items=[InvitationView.model_validate(row) for row in rows])
