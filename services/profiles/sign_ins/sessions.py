"""Sign-ins: begun, refreshed with rotation, ended; and who an account then is.

Whoever presents a refresh token that was used before holds a copy: one of the two is a
thief, so the whole sign-in ends.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.profiles.accounts.models import (
    account,
    acting,
    api_key,
    refresh_token,
    revocation,
    sign_in,
)
from services.profiles.accounts.registrar import Registrar
from services.profiles.accounts.secrets import new_token, token_hash
from services.profiles.models import audit
from services.profiles.sign_ins.oauth import (
    Issued,
    OAuthError,
    invalid_grant,
    invalid_request,
)
from services.profiles.sign_ins.queries import (
    Known,
    find_account,
    find_refresh_token,
    memberships_of,
)
from shared.identity import MEMBER_SCOPES, ROLE_SCOPES, Caller, Role, Scope
from shared.tokens import ACCESS_LIFETIME
from shared.values import new_id, now

LASTS = timedelta(days=30)
STAFF_LASTS = timedelta(hours=12)
STAFF = frozenset({"clerk", "operator", "auditor"})
"""Who works for the installation: they see others' data, so they sign in more often."""

IDLE = timedelta(days=14)
STAFF_IDLE = timedelta(hours=1)
"""How long a sign-in stays without being used: a device that lies in a drawer, a desk
that was left."""

MOST_SIGN_INS = 50
"""Of an account at once; one more ends the oldest."""


async def principal(
    session: AsyncSession, known: Known, organisation: UUID | None
) -> Caller:
    """Who this account is, for one of its organisations where it is a member's.

    Raises OAuthError.
    """
    if known.kind != "member":
        if organisation is not None:
            raise invalid_grant("This account belongs to no organisation.")
        role = Role(known.kind)
        return Caller(known.id, role, scopes=ROLE_SCOPES[role])
    found = await memberships_of(session, known.id)
    if organisation is not None:
        found = [each for each in found if each.organisation == organisation]
    if not found:
        raise invalid_grant("This account belongs to no such organisation.")
    if len(found) > 1:
        names = " ".join(str(each.organisation) for each in found)
        raise invalid_request(f"Name one as organisation: {names}")
    one = found[0]
    role = Role(one.organisation_kind)
    scopes = MEMBER_SCOPES[one.kind] & ROLE_SCOPES[role]
    return Caller(known.id, role, one.organisation, scopes)


def narrowed(caller: Caller, wanted: str | None) -> Caller:
    """The caller with the scopes asked for and no others. Raises OAuthError."""
    if wanted is None:
        return caller
    words = set(wanted.split())
    if not words or not words <= caller.allowed:
        raise OAuthError("invalid_scope", "This caller cannot have these scopes.")
    return replace(caller, scopes=frozenset(map(Scope, words)))


async def begin(
    session: AsyncSession,
    registrar: Registrar,
    caller: Caller,
    known: Known,
    method: str,
    scope: str | None = None,
) -> Issued:
    """Begin a sign-in of `caller` and issue its first tokens."""
    id = new_id()
    lasts = STAFF_LASTS if known.kind in STAFF else LASTS
    await session.execute(
        insert(sign_in).values(
            id=id,
            account=known.id,
            organisation=caller.tenant,
            scopes=None if scope is None else sorted(scope.split()),
            method=method,
            ends_at=now() + lasts,
        )
    )
    await _end_the_oldest(session, known.id)
    return await _issue(session, registrar, replace(caller, session=id))


async def refresh(
    session: AsyncSession, registrar: Registrar, token: str, scope: str | None
) -> Issued | OAuthError:
    """New tokens for a refresh token, which is used up. An error is an answer here and
    not raised: what it ends must be committed."""
    hash = token_hash(token)
    taken = (
        update(refresh_token)
        .where(refresh_token.c.hash == hash, refresh_token.c.used_at.is_(None))
        .values(used_at=func.clock_timestamp())
        .returning(refresh_token.c.sign_in)
    )
    id = (await session.execute(taken)).scalar_one_or_none()
    refused = invalid_grant("The refresh token is not good, or not any more.")
    if id is None:
        copied = await find_refresh_token(session, hash)
        if copied is not None:
            ended = await revoke_sign_ins(
                session, sign_in.c.id == copied, "refresh-reuse"
            )
            if ended:
                await audit(session, None, "sign_in.reuse", ("sign_in", copied))
        return refused
    query = select(sign_in).where(sign_in.c.id == id).with_for_update()
    held = (await session.execute(query)).one()
    known = await find_account(session, held.account)
    if held.revoked_at is not None or held.ends_at <= now():
        return refused
    if known is None or not known.active:
        return refused
    idle = STAFF_IDLE if known.kind in STAFF else IDLE
    if held.last_used_at + idle <= now():
        return refused
    try:
        caller = await principal(session, known, held.organisation)
        if held.scopes is not None:
            # a membership may allow less than it did
            words = frozenset(map(Scope, held.scopes)) & caller.allowed
            caller = replace(caller, scopes=words)
        caller = narrowed(caller, scope)
    except OAuthError as error:
        return error
    used = update(sign_in).where(sign_in.c.id == id).values(last_used_at=func.now())
    await session.execute(used)
    return await _issue(session, registrar, replace(caller, session=id))


async def revoke_sign_ins(
    session: AsyncSession, which: ColumnElement[bool], reason: str
) -> Collection[UUID]:
    """End the sign-ins that `which` selects, and what acts from them; their ids."""
    ended = await session.execute(
        update(sign_in)
        .where(which, sign_in.c.revoked_at.is_(None), sign_in.c.ends_at > func.now())
        .values(revoked_at=func.now(), revoked_reason=reason)
        .returning(sign_in.c.id)
    )
    ids: list[UUID] = list(ended.scalars().all())
    if ids:
        await _publish(session, ids)
        await revoke_acting(session, acting.c.actor_session.in_(ids))
    return ids


async def revoke_other_sign_ins(
    session: AsyncSession, caller: Caller, reason: str
) -> None:
    """End the caller's sign-ins, but for the one they are asking with."""
    others = sign_in.c.account == caller.subject
    if caller.session is not None:
        others &= sign_in.c.id != caller.session
    await revoke_sign_ins(session, others, reason)


async def revoke_acting(session: AsyncSession, which: ColumnElement[bool]) -> None:
    """End the acting for others that `which` selects."""
    ended = await session.execute(
        update(acting)
        .where(which, acting.c.revoked_at.is_(None), acting.c.ends_at > func.now())
        .values(revoked_at=func.now())
        .returning(acting.c.id)
    )
    ids = ended.scalars().all()
    if ids:
        await _publish(session, ids)


async def revoke_keys(session: AsyncSession, which: ColumnElement[bool]) -> list[UUID]:
    """Revoke the API keys that `which` selects; their ids."""
    ended = await session.execute(
        update(api_key)
        .where(which, api_key.c.revoked_at.is_(None))
        .values(revoked_at=func.now())
        .returning(api_key.c.id)
    )
    ids = list(ended.scalars().all())
    if ids:
        await _publish(session, ids, "key")
    return ids


async def end_account(session: AsyncSession, id: UUID, state: str) -> bool:
    """Set the state of an account; one that is not active loses every sign-in and the
    keys that are its own. False where there is none."""
    changed = await session.execute(
        update(account)
        .where(account.c.id == id)
        .values(state=state)
        .returning(account.c.id)
    )
    if changed.one_or_none() is None:
        return False
    if state != "active":
        await revoke_sign_ins(session, sign_in.c.account == id, f"account-{state}")
        own = (api_key.c.created_by == id) & api_key.c.organisation.is_(None)
        await revoke_keys(session, own)
    return True


async def forget_old_sign_ins(session: AsyncSession, older_than: datetime) -> None:
    """Delete what ended long ago, refresh tokens with it, and told revocations."""
    await session.execute(sign_in.delete().where(sign_in.c.ends_at < older_than))
    await session.execute(acting.delete().where(acting.c.ends_at < older_than))
    await session.execute(
        revocation.delete().where(revocation.c.revoked_at < now() - timedelta(days=1))
    )


async def _end_the_oldest(session: AsyncSession, owner: UUID) -> None:
    too_many = (
        select(sign_in.c.id)
        .where(
            sign_in.c.account == owner,
            sign_in.c.revoked_at.is_(None),
            sign_in.c.ends_at > func.now(),
        )
        .order_by(sign_in.c.started_at.desc(), sign_in.c.id.desc())
        .offset(MOST_SIGN_INS)
    )
    await revoke_sign_ins(session, sign_in.c.id.in_(too_many), "too-many")


async def _issue(session: AsyncSession, registrar: Registrar, caller: Caller) -> Issued:
    token = new_token()
    await session.execute(
        insert(refresh_token).values(hash=token_hash(token), sign_in=caller.session)
    )
    return Issued(
        registrar.signer.mint(caller, ACCESS_LIFETIME),
        ACCESS_LIFETIME,
        " ".join(sorted(caller.allowed)),
        token,
        caller=caller,
    )


async def _publish(
    session: AsyncSession, ids: Collection[UUID], kind: str = "session"
) -> None:
    rows = [{"kind": kind, "target": id} for id in ids]
    # nothing is read back: the app login may not
    await session.execute(insert(revocation).inline(), rows)
