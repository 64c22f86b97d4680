"""What every route declares: who may call it, with which scope, on whose things.

The declaration is the check: `dependencies=[allow(…)]`. What is not declared does not
start (`shared.webapp`), and `rollcall routes` prints the whole registry.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from fastapi import Depends, Request
from fastapi.params import Depends as DependsParam

from shared.identity import ORGANISATIONS, Caller, Role, Scope
from shared.problems import NotAllowed, NotSignedIn
from shared.tokens import TokenCheck

EVERYONE = frozenset[Role]()
"""Declares a route public: no token is asked for."""


class Own(StrEnum):
    """Whose things a route is about.

    Operators and services reach everybody's; auditors read them.
    """

    PUBLIC = "public"
    """Nobody's: open without a token."""
    SHARED = "shared"
    """Everybody's who may call: vocabularies, open postings, texts they bring along."""
    WORKER = "worker"
    """The worker's own; another's is not there."""
    TENANT = "tenant"
    """The organisation's own; another's is not there."""
    PARTY = "party"
    """What a worker and an organisation have in common: each sees their own side."""
    ACCOUNT = "account"
    """The caller's own account."""
    SYSTEM = "system"
    """The whole installation's."""


class Allow:
    """A route's declaration of who may call it; doubles as the check."""

    def __init__(self, roles: frozenset[Role], scope: Scope | None, own: Own) -> None:
        self.roles = roles
        self.scope = scope
        self.own = own

    async def __call__(self, request: Request) -> None:
        if not self.roles:
            return
        caller = await _who(request)
        if caller.role not in self.roles:
            raise NotAllowed(f"A {caller.role.value} may not do this.")
        if self.scope is not None and self.scope not in caller.allowed:
            challenge = f'Bearer error="insufficient_scope", scope="{self.scope}"'
            raise NotAllowed(
                f"The access token lacks the scope {self.scope}.",
                headers={"WWW-Authenticate": challenge},
            )
        if caller.role in ORGANISATIONS and caller.tenant is None:
            raise NotAllowed("The access token names no organisation.")


def allow(
    *roles: Role | frozenset[Role], own: Own, scope: Scope | None = None
) -> DependsParam:
    """For `dependencies=[…]` of a route: the roles that may call it, or EVERYONE."""
    union: set[Role] = set()
    for role in roles:
        union |= {role} if isinstance(role, Role) else role
    if not roles or bool(union) != (scope is not None):
        raise ValueError("declare roles and a scope, or EVERYONE and none")
    declared: DependsParam = Depends(Allow(frozenset(union), scope, own))
    return declared


def signed_in(request: Request) -> Caller:
    """The caller, checked once per request; raises NotSignedIn."""
    known: Caller | None = getattr(request.state, "caller", None)
    if known is None:
        check: TokenCheck = request.app.state.token_check
        try:
            known = check.caller(_bearer(request))
        except NotSignedIn as error:
            challenge = 'Bearer error="invalid_token"'
            error.headers.setdefault("WWW-Authenticate", challenge)
            raise
        request.state.caller = known
    return known


def still_signed_in(request: Request) -> None:
    """Whether the request's token counts at this moment, for an answer that goes on and
    on; raises NotSignedIn."""
    check: TokenCheck = request.app.state.token_check
    check.caller(_bearer(request))


async def _who(request: Request) -> Caller:
    if getattr(request.state, "caller", None) is None:
        # another issuer's keys may have to be fetched first
        await request.app.state.token_check.prepare(_bearer(request))
    return signed_in(request)


def _bearer(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise NotSignedIn(headers={"WWW-Authenticate": "Bearer"})
    return token.strip()


Who = Annotated[Caller, Depends(_who)]
"""The caller as a parameter of a route."""
