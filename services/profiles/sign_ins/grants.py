"""The grants of the token endpoint, one function each.

password, one-time code and refresh token for people; client credentials for API keys;
token exchange (RFC 8693) for who acts for another.
"""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import insert, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.profiles.accounts.addresses import any_address
from services.profiles.accounts.codes import Purpose, give_back, lookup_of, redeem
from services.profiles.accounts.creating import keep_address
from services.profiles.accounts.lockout import (
    Tried,
    count_attempt,
    settle,
    take_back,
)
from services.profiles.accounts.models import acting, api_key
from services.profiles.accounts.one_time_passwords import check_second_factor
from services.profiles.accounts.registrar import Registrar
from services.profiles.accounts.secrets import token_hash
from services.profiles.acting.rules import RULES, Permission
from services.profiles.models import audit
from services.profiles.sign_ins import sessions
from services.profiles.sign_ins.journal import note_attempt
from services.profiles.sign_ins.oauth import (
    ACCESS_TOKEN,
    ONE_TIME_CODE,
    TOKEN_EXCHANGE,
    Form,
    Issued,
    OAuthError,
    basic_credentials,
    invalid_client,
    invalid_grant,
    invalid_request,
    offered,
)
from services.profiles.sign_ins.queries import (
    NEEDS_TOTP,
    Known,
    find_account,
    find_by_login,
    find_key,
)
from shared.identity import Caller, Role, Scope
from shared.problems import NotSignedIn
from shared.tokens import ACCESS_LIFETIME
from shared.values import new_id, now

WRONG = "The user name or password is wrong, or was tried too often."
WRONG_CODE = "The code is wrong, used or too old."
SECOND_FACTOR = "A one-time password is needed as totp."


@dataclass(frozen=True, slots=True)
class Request:
    """A token request: its form, its Authorization header, and where it came from."""

    form: Form
    authorization: str | None
    host: str


Grant = Callable[[Registrar, Request], Awaitable[Issued]]


async def password_grant(registrar: Registrar, request: Request) -> Issued:
    """As many queries and one hash whether the user is known or not."""
    form = request.form
    given, totp = form.need("password"), form.get("totp")
    organisation = form.id("organisation")
    username = form.need("username")
    lookup = _lookup(registrar, username)
    tried = [
        Tried("address", registrar.keys.network(request.host)),
        Tried("password", lookup),
    ]
    async with registrar.database.as_system() as session:
        may_try = await count_attempt(session, tried)
        known = await find_by_login(session, lookup)
    right = await registrar.passwords.verify(
        given, known.password_hash if known else None
    )
    good = right and may_try and known is not None and known.active
    async with registrar.database.as_system() as session:
        answer: Issued | OAuthError = invalid_grant(WRONG)
        if good and known is not None:
            answer = await _admit(
                session, registrar, known, "password", totp, organisation, form
            )
        if isinstance(answer, OAuthError) and answer.error == "mfa_required":
            await take_back(session, tried)
        else:
            await settle(session, tried, not _failed(good, answer))
        if isinstance(answer, Issued) and known is not None:
            await keep_address(session, registrar.keys, known.id, any_address(username))
    return _handed_out(answer)


async def one_time_code_grant(registrar: Registrar, request: Request) -> Issued:
    """A code sent to one's own address; operators and auditors need their password."""
    form = request.form
    challenge, code = form.id("challenge"), form.need("code")
    if challenge is None:
        raise invalid_request("challenge is missing.")
    network = Tried("address", registrar.keys.network(request.host))
    async with registrar.database.as_system() as session:
        lookup = await lookup_of(session, challenge)
        tried = [network, Tried("code", lookup or challenge.bytes)]
        may_try = await count_attempt(session, tried)
    async with registrar.database.as_system() as session:
        answer: Issued | OAuthError = invalid_grant(WRONG_CODE)
        redeemed = await redeem(
            session, registrar.keys, Purpose.SIGN_IN, challenge, code
        )
        if redeemed is not None and redeemed.account is not None and may_try:
            known = await find_account(session, redeemed.account)
            if known is not None and known.active:
                answer = await _admit(
                    session,
                    registrar,
                    known,
                    "code",
                    form.get("totp"),
                    form.id("organisation"),
                    form,
                )
        if isinstance(answer, OAuthError) and answer.error == "mfa_required":
            await give_back(session, challenge)
            await take_back(session, tried)
        else:
            await settle(session, tried, isinstance(answer, Issued))
    return _handed_out(answer)


async def refresh_grant(registrar: Registrar, request: Request) -> Issued:
    token = request.form.need("refresh_token")
    async with registrar.database.as_system() as session:
        answer = await sessions.refresh(
            session, registrar, token, request.form.get("scope")
        )
    return _handed_out(answer)


async def client_credentials_grant(registrar: Registrar, request: Request) -> Issued:
    """An API key for a token: id and secret in the form or as Basic."""
    form = request.form
    basic = basic_credentials(request.authorization)
    if basic is not None and form.get("client_secret") is not None:
        raise invalid_request("Send the key once: in the form or as Basic.")
    id, secret = basic or (form.need("client_id"), form.need("client_secret"))
    network = [Tried("address", registrar.keys.network(request.host))]
    try:
        key_id = UUID(id)
    except ValueError:
        raise invalid_client(basic is not None) from None
    async with registrar.database.as_system() as session:
        may_try = await count_attempt(session, network)
        row = await find_key(session, key_id)
        held = row["hash"] if row else b""
        right = hmac.compare_digest(held, token_hash(secret))
        good = (
            right
            and row is not None
            and row["revoked_at"] is None
            and row["expires_at"] > now()
            and (row["organisation"] is None or row["active"])
        )
        await settle(session, network, good)
        if good and row is not None and row["last_used_day"] != now().date():
            await session.execute(
                update(api_key)
                .where(api_key.c.id == key_id)
                .values(last_used_day=now().date())
            )
    if not (good and may_try and row is not None):
        raise invalid_client(basic is not None)
    caller = Caller(
        key_id,
        Role.OPERATOR if row["organisation"] is None else Role(row["kind"]),
        row["organisation"],
        frozenset(map(Scope, row["scopes"])),
        key=key_id,
    )
    return _without_refresh(registrar, sessions.narrowed(caller, form.get("scope")))


async def token_exchange_grant(registrar: Registrar, request: Request) -> Issued:
    """Whoever may act for another brings an access token of their own as actor_token
    and, as subject_token, the id of what lets them: a consent, say."""
    form = request.form
    if form.need("actor_token_type") != ACCESS_TOKEN:
        raise invalid_request("actor_token must be an access token.")
    rule = RULES.get(form.need("subject_token_type"))
    if rule is None:
        raise invalid_request("subject_token_type is not one of ours.")
    basis = form.id("subject_token")
    if basis is None:
        raise invalid_request("subject_token is missing.")
    token = form.need("actor_token")
    try:
        await registrar.check.prepare(token)
        actor = registrar.check.caller(token)
    except NotSignedIn as error:
        raise invalid_grant(str(error)) from None
    if Scope.ACTING not in actor.allowed or actor.actor is not None:
        raise OAuthError("unauthorized_client", "This caller acts for nobody else.")
    async with registrar.database.as_system() as session:
        permission = await rule(session, actor, basis)
        if permission is None:
            raise invalid_grant("Nothing lets this caller act for them, or not now.")
        id = new_id()
        caller = sessions.narrowed(
            Caller(
                permission.subject,
                permission.role,
                permission.tenant,
                permission.scopes,
                session=id,
                actor=actor.hand,
            ),
            form.get("scope"),
        )
        lifetime = min(ACCESS_LIFETIME, permission.until - now())
        await session.execute(
            insert(acting).values(
                id=id,
                actor=actor.subject,
                actor_session=actor.session or actor.key,
                subject=permission.subject,
                tenant=permission.tenant,
                basis=form.need("subject_token_type"),
                basis_id=permission.basis,
                ends_at=now() + lifetime,
            )
        )
        await audit(
            session,
            caller,
            "acting.begin",
            _acted_for(permission),
            detail={"basis": str(permission.basis)},
        )
    return _without_refresh(registrar, caller, lifetime, ACCESS_TOKEN)


GRANTS: Mapping[str, Grant] = {
    "password": password_grant,
    ONE_TIME_CODE: one_time_code_grant,
    "refresh_token": refresh_grant,
    "client_credentials": client_credentials_grant,
    TOKEN_EXCHANGE: token_exchange_grant,
}


async def grant(registrar: Registrar, request: Request) -> Issued:
    """Answer a token request. Raises OAuthError, Overloaded."""
    kind = request.form.need("grant_type")
    known = GRANTS.get(kind)
    if known is None or kind not in offered(registrar.settings.oidc_issuer):
        raise OAuthError("unsupported_grant_type", "This grant is not offered here.")
    try:
        issued = await known(registrar, request)
    except OAuthError as error:
        _note(registrar, request, kind, error.error)
        raise
    _note(registrar, request, kind, "issued", issued.caller)
    return issued


def _note(
    registrar: Registrar,
    request: Request,
    kind: str,
    outcome: str,
    caller: Caller | None = None,
) -> None:
    username = request.form.get("username")
    note_attempt(
        kind,
        outcome,
        client=request.host,
        login=None if username is None else _lookup(registrar, username),
        caller=caller,
        second_factor=request.form.get("totp") is not None,
    )


def _lookup(registrar: Registrar, username: str) -> bytes:
    """How a login is found; what cannot have an account has one that finds none."""
    try:
        return registrar.keys.lookup(any_address(username))
    except ValueError:
        return token_hash(username)


async def _admit(
    session: AsyncSession,
    registrar: Registrar,
    known: Known,
    method: str,
    totp: str | None,
    organisation: UUID | None,
    form: Form,
) -> Issued | OAuthError:
    """Begin the sign-in of who has shown the first factor; the second may be missing.

    An error is returned, not raised: what was counted must be committed.
    """
    if method == "code" and known.kind in NEEDS_TOTP:
        return invalid_grant(WRONG_CODE)
    if known.second_factor:
        if totp is None:
            return OAuthError("mfa_required", SECOND_FACTOR)
        if not await check_second_factor(session, registrar.keys, known.id, totp):
            return invalid_grant(WRONG if method == "password" else WRONG_CODE)
    try:
        caller = await sessions.principal(session, known, organisation)
        scope = form.get("scope")
        caller = sessions.narrowed(caller, scope)
    except OAuthError as error:
        return error
    return await sessions.begin(session, registrar, caller, known, method, scope)


def _failed(good: bool, answer: Issued | OAuthError) -> bool:
    """Whether it was a failure to sign in: a wrong second factor is one, a right
    password with a scope that cannot be had is none."""
    wrong = isinstance(answer, OAuthError) and answer.description in (WRONG, WRONG_CODE)
    return wrong or not good


def _handed_out(answer: Issued | OAuthError) -> Issued:
    if isinstance(answer, OAuthError):
        raise answer
    return answer


def _without_refresh(
    registrar: Registrar,
    caller: Caller,
    lifetime: timedelta = ACCESS_LIFETIME,
    token_type: str | None = None,
) -> Issued:
    return Issued(
        registrar.signer.mint(caller, lifetime),
        lifetime,
        " ".join(sorted(caller.allowed)),
        issued_token_type=token_type,
        caller=caller,
    )


def _acted_for(permission: Permission) -> tuple[str, UUID]:
    if permission.tenant is not None:
        return ("organisation", permission.tenant)
    return ("worker", permission.subject)
