"""Who may act for whom: one rule per basis, asked anew for every token.

A rule gets the one who wants to act and the id that they bring (RFC 8693's subject
token), and says on whose behalf, how far and until when, or None.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.profiles.acting.queries import find_usable_consent
from services.profiles.agencies.queries import find_usable_mandate
from services.profiles.agencies.schemas import Purpose
from shared.identity import ROLE_SCOPES, Caller, Role, Scope

CONSENT = "urn:rollcall:token-type:consent"
MANDATE = "urn:rollcall:token-type:mandate"

PURPOSE_SCOPES: Mapping[Purpose, frozenset[Scope]] = {
    Purpose.POSTINGS: frozenset({Scope.POSTINGS_READ, Scope.POSTINGS_WRITE}),
    Purpose.MATCHES: frozenset(
        {Scope.MATCHES_READ, Scope.MATCHES_WRITE, Scope.POSTINGS_READ}
    ),
    Purpose.HIRING: frozenset(
        {
            Scope.CONTACTS_READ,
            Scope.HIRING_READ,
            Scope.HIRING_WRITE,
            Scope.POSTINGS_READ,
        }
    ),
}
"""What a mandate lets an agency do in its client's name, by what it was given for."""


@dataclass(frozen=True, slots=True)
class Permission:
    """Leave to act as `subject` in `role`, for `tenant` where the role has one.

    `basis` is what gave it: revoking acting for that id ends what was issued on it.
    """

    subject: UUID
    role: Role
    scopes: frozenset[Scope]
    until: datetime
    basis: UUID
    tenant: UUID | None = None


Rule = Callable[[AsyncSession, Caller, UUID], Awaitable[Permission | None]]
"""Above the row walls, inside the transaction that issues the token."""


async def may_act_for_worker(
    session: AsyncSession, actor: Caller, consent: UUID
) -> Permission | None:
    """A clerk, with a worker's recorded consent: all that the worker may do, but not
    the worker's own account."""
    if actor.role is not Role.CLERK:
        return None
    given = await find_usable_consent(session, consent)
    if given is None:
        return None
    scopes = ROLE_SCOPES[Role.WORKER] - {Scope.ACCOUNT}
    return Permission(given["worker"], Role.WORKER, scopes, given["until"], consent)


async def may_act_for_client(
    session: AsyncSession, actor: Caller, mandate: UUID
) -> Permission | None:
    """A member or key of an agency, with a client's mandate: what the mandate was given
    for, and no more than they may do at home."""
    if actor.role is not Role.AGENCY or actor.tenant is None:
        return None
    given = await find_usable_mandate(session, mandate, actor.tenant)
    if given is None:
        return None
    role = Role(given["kind"])
    purposes = (PURPOSE_SCOPES[Purpose(name)] for name in given["purposes"])
    scopes = frozenset({Scope.SKILLS_READ}).union(*purposes) & actor.allowed
    until = given["ends_at"] or datetime.max.replace(tzinfo=UTC)
    client = given["client"]
    return Permission(client, role, scopes, until, mandate, tenant=client)


RULES: Mapping[str, Rule] = {CONSENT: may_act_for_worker, MANDATE: may_act_for_client}
"""The rules, by the type of the subject token that each looks at."""
