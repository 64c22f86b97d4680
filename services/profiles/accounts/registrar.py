"""What the commands of accounts work with, made once a process."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, FastAPI, Request

from services.profiles.accounts.errors import SignInElsewhere
from services.profiles.accounts.keeping import account_secrets
from services.profiles.accounts.passwords import Passwords
from services.profiles.accounts.secrets import AccountSecrets
from shared.database import Database
from shared.rate_limits.limits import RateLimits
from shared.settings import Settings
from shared.tokens import Signer, TokenCheck


@dataclass(frozen=True, slots=True)
class Registrar:
    """Signing in works above the row walls (nobody is known yet) and in several short
    transactions: a counted attempt must stand although the sign-in fails, and no
    connection waits for a password to be hashed."""

    settings: Settings
    database: Database
    keys: AccountSecrets
    passwords: Passwords
    signer: Signer
    check: TokenCheck


@asynccontextmanager
async def open_registrar(app: FastAPI) -> AsyncIterator[None]:
    """Puts the registrar on `app.state` while the app lives."""
    settings: Settings = app.state.settings
    async with app.state.database.as_system() as session:
        keys = await account_secrets(session)
    passwords = Passwords()
    app.state.registrar = Registrar(
        settings,
        app.state.database,
        keys,
        passwords,
        Signer(settings),
        app.state.token_check,
    )
    try:
        yield
    finally:
        passwords.close()


def _registrar(request: Request) -> Registrar:
    registrar: Registrar = request.app.state.registrar
    return registrar


def _peoples_registrar(request: Request) -> Registrar:
    registrar = _registrar(request)
    if registrar.settings.oidc_issuer:
        raise SignInElsewhere
    return registrar


PeoplesRegistrar = Annotated[Registrar, Depends(_peoples_registrar)]
"""The registrar where people sign in here; another issuer's people are refused
(SignInElsewhere): there must be one way in, not two."""

RegistrarDep = Annotated[Registrar, Depends(_registrar)]
"""The registrar as a parameter of a route."""


def network_of(request: Request) -> str:
    """Where a request comes from, as limits count it."""
    limits: RateLimits = request.app.state.rate_limits
    return limits.addresses.limited_as(request.scope)
