"""Who may act for whom: one rule per basis, asked anew for every token.

A rule gets the one who wants to act and the id that they bring (RFC 8693's subject
token), and says on whose behalf, how far and until when, or None. A basis of another
room (an agency's mandate) joins `RULES` below.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.profiles.acting.queries import find_usable_consent
from shared.identity import ROLE_SCOPES, Caller, Role, Scope

CONSENT = "urn:rollcall:token-type:consent"


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


RULES: Mapping[str, Rule] = {CONSENT: may_act_for_worker}
"""The rules, by the type of the subject token that each looks at."""
