"""Who may act for an organisation, and who works for the installation itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import func, insert, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.profiles.accounts.addresses import Address, AddressKind
from services.profiles.accounts.creating import (
    SecondFactor,
    create_account,
    give_second_factor,
    make_member,
)
from services.profiles.accounts.errors import (
    AccountExists,
    InvitationSpent,
    LastOwner,
)
from services.profiles.accounts.models import invitation, membership, sign_in
from services.profiles.accounts.passwords import password_faults
from services.profiles.accounts.registrar import Registrar
from services.profiles.accounts.sealed import with_names
from services.profiles.accounts.secrets import (
    AccountSecrets,
    new_token,
    token_hash,
)
from services.profiles.delivery import messages
from services.profiles.delivery.outbox import queue
from services.profiles.members.queries import (
    find_invitation,
    locked_members,
    organisation_name,
)
from services.profiles.members.schemas import (
    Invitation,
    MemberKind,
    StaffInvitation,
    StaffKind,
)
from services.profiles.models import Row, audit
from services.profiles.sign_ins.queries import NEEDS_TOTP, find_by_login
from services.profiles.sign_ins.sessions import revoke_sign_ins
from shared.etags import check_version
from shared.identity import Caller
from shared.problems import Fault, InvalidRequest, NotFound
from shared.values import new_id, now

INVITATION_LASTS = timedelta(days=7)
INSTALLATION = "Rollcall"


@dataclass(frozen=True, slots=True)
class Accepted:
    """What became of an invitation."""

    account: UUID
    organisation: UUID | None
    kind: str
    totp: SecondFactor | None


async def invite_member(
    session: AsyncSession, keys: AccountSecrets, caller: Caller, asked: Invitation
) -> Row:
    """Send somebody a word with which they join. Raises InvalidRequest."""
    tenant = caller.tenant or asked.organisation
    if caller.tenant is not None and asked.organisation not in (None, caller.tenant):
        message = "must be your organisation's, or left out"
        raise InvalidRequest(faults=[Fault("/organisation", "own_id", message)])
    name = await organisation_name(session, tenant) if tenant is not None else None
    if tenant is None or name is None:
        message = "must be an organisation that is registered"
        raise InvalidRequest(faults=[Fault("/organisation", "organisation", message)])
    return await _invite(
        session, keys, caller, asked.address, name, tenant, asked.kind, asked.name
    )


async def invite_staff(
    session: AsyncSession, keys: AccountSecrets, caller: Caller, asked: StaffInvitation
) -> Row:
    return await _invite(
        session,
        keys,
        caller,
        asked.address,
        INSTALLATION,
        None,
        asked.kind,
        asked.name,
    )


async def withdraw_invitation(session: AsyncSession, caller: Caller, id: UUID) -> None:
    """Raises NotFound, also for one that was accepted."""
    withdrawn = await session.execute(
        update(invitation)
        .where(
            invitation.c.id == id,
            invitation.c.accepted_at.is_(None),
            invitation.c.revoked_at.is_(None),
        )
        .values(revoked_at=func.now(), sealed=None)
        .returning(invitation.c.id)
    )
    if withdrawn.one_or_none() is None:
        raise NotFound
    await audit(session, caller, "invitation.withdraw", ("invitation", id))


async def accept_invitation(
    registrar: Registrar, token: str, password: str | None
) -> Accepted:
    """Join with the word that was sent: it proves the address. Who has a member's
    account already joins with it.

    Raises InvitationSpent, InvalidRequest, AccountExists, Overloaded.
    """
    hash = token_hash(token)
    async with registrar.database.as_system() as session:
        found = await find_invitation(session, hash)
        said = None if found is None else _said(registrar.keys, found)
        if found is None or said is None:
            raise InvitationSpent
        known = await find_by_login(session, found["lookup"])
    if known is not None and (
        known.kind != "member" or found["organisation"] is None or not known.active
    ):
        raise AccountExists
    hashed = None
    if known is None:
        if said["address"] is None:
            raise InvitationSpent  # made before addresses were kept
        if password is None:
            missing = Fault("/password", "missing", "is needed for a new account")
            raise InvalidRequest(faults=[missing])
        if faults := password_faults(password, told=[said["name"]]):
            raise InvalidRequest(faults=faults)
        hashed = await registrar.passwords.hash(password)
    async with registrar.database.as_system() as session:
        await _use_up(session, found["id"])
        if known is not None:
            account = known.id
        else:
            kind = found["kind"] if found["organisation"] is None else "member"
            address = Address(AddressKind(found["login_kind"]), said["address"])
            account = await create_account(
                session, registrar.keys, kind, address, hashed
            )
        factor = None
        if found["organisation"] is not None:
            await make_member(
                session, account, found["organisation"], found["kind"], said["name"]
            )
        elif found["kind"] in NEEDS_TOTP:
            factor = await give_second_factor(
                session, registrar.keys, account, said["name"]
            )
        await audit(
            session,
            None,
            "invitation.accept",
            ("account", account),
            tenant=found["organisation"],
            detail={"invitation": str(found["id"]), "kind": found["kind"]},
        )
    return Accepted(account, found["organisation"], found["kind"], factor)


async def change_member(
    session: AsyncSession,
    registrar: Registrar,
    caller: Caller,
    member: UUID,
    kind: MemberKind,
    if_match: str | None,
) -> Row:
    """Raises NotFound, VersionMismatch, LastOwner."""
    keeps_owner = kind is MemberKind.OWNER
    row = await _member(session, caller.tenant, member, keeps_owner, if_match)
    await _end_sign_ins(registrar, caller, member)
    await session.execute(_change(caller.tenant, member, kind=kind.value))
    detail = {"kind": kind.value}
    await audit(session, caller, "member.change", ("account", member), detail=detail)
    [named] = await named_members(registrar, [row])
    return named | {"kind": kind.value, "version": row["version"] + 1}


async def end_membership(
    session: AsyncSession,
    registrar: Registrar,
    caller: Caller,
    member: UUID,
    if_match: str | None,
) -> None:
    """Another's, or one's own. Raises NotFound, VersionMismatch, LastOwner."""
    await _member(session, caller.tenant, member, False, if_match)
    await _end_sign_ins(registrar, caller, member)
    await session.execute(_change(caller.tenant, member, state="ended"))
    await audit(session, caller, "member.end", ("account", member))


async def leave(registrar: Registrar, caller: Caller, organisation: UUID) -> None:
    """End one's own membership, whatever it lets one do there, and every sign-in of
    it: above the walls, for the token may be of another organisation.

    Raises NotFound, LastOwner.
    """
    member = caller.subject
    async with registrar.database.as_system() as session:
        await _member(session, organisation, member, False, None)
        here = (sign_in.c.account == member) & (sign_in.c.organisation == organisation)
        await revoke_sign_ins(session, here, "membership")
        await session.execute(_change(organisation, member, state="ended"))
        subject = ("account", member)
        await audit(session, caller, "member.leave", subject, tenant=organisation)


async def named_members(registrar: Registrar, rows: Sequence[Row]) -> list[Row]:
    """Members that the caller sees, with their names: above the walls, which let nobody
    open what is sealed for a person who is no worker."""
    async with registrar.database.as_system() as session:
        return await with_names(session, rows)


def named_invitations(keys: AccountSecrets, rows: Sequence[Row]) -> list[Row]:
    """Open invitations with the names they were made out to."""
    return [row | {"name": _said(keys, row)["name"]} for row in rows]


async def _invite(
    session: AsyncSession,
    keys: AccountSecrets,
    caller: Caller,
    address: Address,
    inviter: str,
    tenant: UUID | None,
    kind: MemberKind | StaffKind,
    name: str,
) -> Row:
    token, id = new_token(), new_id()
    content = orjson.dumps({"name": name, "address": address.normal})
    expires_at = now() + INVITATION_LASTS
    made = await session.execute(
        insert(invitation)
        .values(
            id=id,
            organisation=tenant,
            kind=kind.value,
            sealed=keys.invitations.seal(content, id),
            login_kind=address.kind.value,
            lookup=keys.lookup(address),
            token_hash=token_hash(token),
            invited_by=caller.subject,
            expires_at=expires_at,
        )
        .returning(invitation)
    )
    row = dict(made.mappings().one())
    text = messages.invitation(inviter, token)
    await queue(session, keys, address, text, expires_at)
    detail: dict[str, Any] = {"kind": kind.value}
    subject = ("invitation", row["id"])
    await audit(session, caller, "member.invite", subject, tenant=tenant, detail=detail)
    return row | {"name": name}


def _said(keys: AccountSecrets, row: Row) -> Row:
    """Whom an invitation is made out to: `name` and `address`."""
    content = keys.invitations.open(row["sealed"], row["id"])
    said: Row = orjson.loads(content)
    return said


async def _use_up(session: AsyncSession, id: UUID) -> None:
    used = await session.execute(
        update(invitation)
        .where(invitation.c.id == id, invitation.c.accepted_at.is_(None))
        .values(accepted_at=func.now(), sealed=None)
        .returning(invitation.c.id)
    )
    if used.one_or_none() is None:
        raise InvitationSpent


async def _member(
    session: AsyncSession,
    tenant: UUID | None,
    member: UUID,
    keeps_owner: bool,
    if_match: str | None,
) -> Row:
    """The member's row, once it is sure that an owner stays."""
    assert tenant is not None
    members = await locked_members(session, tenant)
    row = next((each for each in members if each["account"] == member), None)
    if row is None:
        raise NotFound
    check_version(if_match, row["version"])
    owners = [each for each in members if each["kind"] == MemberKind.OWNER]
    if owners == [row] and not keeps_owner:
        raise LastOwner
    return row


def _change(tenant: UUID | None, member: UUID, **values: str) -> Any:
    return (
        update(membership)
        .where(membership.c.organisation == tenant, membership.c.account == member)
        .values(**values, version=membership.c.version + 1)
    )


async def _end_sign_ins(registrar: Registrar, caller: Caller, member: UUID) -> None:
    """Above the walls: another's sign-ins are not the caller's. Whoever changes one's
    own membership stays signed in; a refreshed token then says what is left."""
    if member == caller.subject:
        return
    async with registrar.database.as_system() as session:
        theirs = (sign_in.c.account == member) & (
            sign_in.c.organisation == caller.tenant
        )
        await revoke_sign_ins(session, theirs, "membership")
