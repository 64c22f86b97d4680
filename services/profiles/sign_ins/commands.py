"""Ending sign-ins: one's own, and by whoever holds a token of it (RFC 7009)."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.profiles.accounts.models import sign_in
from services.profiles.accounts.registrar import Registrar
from services.profiles.accounts.secrets import token_hash
from services.profiles.models import audit
from services.profiles.sign_ins.oauth import OAuthError
from services.profiles.sign_ins.queries import find_refresh_token
from services.profiles.sign_ins.sessions import revoke_sign_ins
from shared.identity import Caller
from shared.problems import NotFound, NotSignedIn


async def end_sign_in(session: AsyncSession, caller: Caller, id: UUID) -> None:
    """End one of the caller's own. Raises NotFound."""
    own = (sign_in.c.account == caller.subject) & (sign_in.c.id == id)
    if not await revoke_sign_ins(session, own, "ended"):
        raise NotFound
    await audit(session, caller, "sign_in.end", ("sign_in", id))


async def revoke_token(registrar: Registrar, token: str) -> None:
    """End the sign-in that a refresh or access token belongs to. One that is not ours
    is as good as revoked. Raises OAuthError for the token of an API key, which is
    revoked as a key."""
    async with registrar.database.as_system() as session:
        id = await find_refresh_token(session, token_hash(token))
        if id is None:
            caller = _caller(registrar, token)
            if caller is None:
                return
            if caller.session is None:
                raise OAuthError("unsupported_token_type", "Revoke the key instead.")
            id = caller.session
        await revoke_sign_ins(session, sign_in.c.id == id, "revoked")


def _caller(registrar: Registrar, token: str) -> Caller | None:
    try:
        return registrar.check.caller(token)
    except NotSignedIn:
        return None
