"""API keys: made, shown once, revoked."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.profiles.accounts.errors import OrganisationUnknown
from services.profiles.accounts.models import api_key
from services.profiles.accounts.secrets import new_token, token_hash
from services.profiles.api_keys.queries import is_registered
from services.profiles.api_keys.schemas import LONGEST_DAYS, NewApiKey
from services.profiles.models import Row, audit
from services.profiles.sign_ins.sessions import revoke_keys
from shared.identity import Caller, Scope
from shared.problems import Fault, InvalidRequest, NotFound
from shared.values import new_id, now

SHOWN = 6

NOT_FOR_KEYS = frozenset({Scope.ACCOUNT, Scope.ACTING, Scope.MEMBERS_WRITE})
"""What only a person does: a key that makes keys could never be taken back."""


async def make_key(
    session: AsyncSession, caller: Caller, asked: NewApiKey
) -> tuple[Row, str]:
    """The key and its secret, which is kept nowhere.

    Raises InvalidRequest, OrganisationUnknown.
    """
    if faults := _faults(caller, asked):
        raise InvalidRequest(faults=faults)
    if caller.tenant and not await is_registered(session, caller.tenant):
        raise OrganisationUnknown
    secret = new_token()
    made = await session.execute(
        insert(api_key)
        .values(
            id=new_id(),
            organisation=caller.tenant,
            prefix=secret[:SHOWN],
            hash=token_hash(secret),
            scopes=sorted(set(asked.scopes)),
            name=asked.name,
            created_by=caller.subject,
            expires_at=asked.expires_at,
        )
        .returning(api_key)
    )
    row = dict(made.mappings().one())
    detail = {"scopes": row["scopes"]}
    await audit(session, caller, "key.make", ("key", row["id"]), detail=detail)
    return row, secret


async def revoke_key(session: AsyncSession, caller: Caller, id: UUID) -> None:
    """One's organisation's, or any for an operator.

    Raises NotFound, also for one that is revoked already.
    """
    which = api_key.c.id == id
    if not caller.sees_all:
        which &= api_key.c.organisation == caller.tenant
    if not await revoke_keys(session, which):
        raise NotFound
    await audit(session, caller, "key.revoke", ("key", id))


def _faults(caller: Caller, asked: NewApiKey) -> list[Fault]:
    faults = []
    most = caller.allowed - NOT_FOR_KEYS
    for number, scope in enumerate(asked.scopes):
        if scope not in most:
            message = "is not yours to give to a key"
            faults.append(Fault(f"/scopes/{number}", "scope", message))
    left = asked.expires_at - now()
    if not timedelta(0) < left <= timedelta(days=LONGEST_DAYS - 1):
        message = "must lie ahead, by a year at most"
        faults.append(Fault("/expires_at", "key_lifetime", message))
    return faults
