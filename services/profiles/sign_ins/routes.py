"""/v1/accounts/token and what belongs to it: revocation, keys, metadata, sign-ins.

The token endpoint speaks RFC 6749: forms, and errors of its own kind instead of
problems. Everybody else speaks JSON.
"""

from __future__ import annotations

import asyncio
import time
from typing import Annotated
from uuid import UUID

import orjson
from fastapi import APIRouter, Query, Request, Response

from services.profiles.accounts.registrar import RegistrarDep, network_of
from services.profiles.sign_ins import commands, grants, queries
from services.profiles.sign_ins.oauth import (
    NOT_STORED,
    Form,
    OAuthError,
    invalid_request,
    offered,
)
from services.profiles.sign_ins.schemas import (
    OAUTH_ERROR,
    REVOCATION_FORM,
    TOKEN_FORM,
    KeySet,
    Metadata,
    SignInList,
    SignInView,
    TokenAnswer,
)
from shared.access import EVERYONE, Own, Who, allow
from shared.database import OwnSession
from shared.idempotency import KeyedRoute, without_key
from shared.identity import SIGNED_IN, Role, Scope
from shared.openapi import Responses, problems
from shared.problems import NotFound, Overloaded
from shared.rate_limits.declared import rated
from shared.rate_limits.limits import RateLimited, SignInPaused, limit_sign_in
from shared.rates import RateClass
from shared.revocations import RevocationPage
from shared.signing_keys import as_jwk, public_keys

router = APIRouter(prefix="/v1/accounts", tags=["sign-ins"], route_class=KeyedRoute)

ANYBODY = allow(EVERYONE, own=Own.PUBLIC)
OWN_ACCOUNT = [allow(SIGNED_IN - {Role.SERVICE}, scope=Scope.ACCOUNT, own=Own.ACCOUNT)]
LOOK_AGAIN_SECONDS = 0.2
CACHED = {"Cache-Control": "public, max-age=300"}


def _oauth_errors(*statuses: int) -> Responses:
    """The errors of RFC 6749 beside those that every route has."""
    answers = problems(Overloaded, RateLimited, SignInPaused)
    for status in statuses:
        known = answers.setdefault(status, {"description": "", "content": {}})
        known["description"] = f"{known['description']} An OAuth error.".strip()
        known["content"]["application/json"] = OAUTH_ERROR
    return answers


@router.post(
    "/token",
    summary="Get an access token",
    dependencies=[
        ANYBODY,
        without_key("its answer is a secret"),
        rated(RateClass.SIGN_IN),
    ],
    response_model=TokenAnswer,
    responses=_oauth_errors(400, 401),
    openapi_extra={"requestBody": TOKEN_FORM},
)
async def issue_token(request: Request, registrar: RegistrarDep) -> Response:
    """By password, one-time code, refresh token, API key, or to act for another."""
    try:
        form = await _form(request)
        if username := form.get("username"):
            await limit_sign_in(request, username)
        authorization = request.headers.get("authorization")
        asked = grants.Request(form, authorization, network_of(request))
        issued = await grants.grant(registrar, asked)
    except OAuthError as error:
        return _refused(error)
    return _json(issued.as_json())


@router.post(
    "/revoke",
    summary="Revoke a token",
    dependencies=[ANYBODY, without_key("twice is as good as once")],
    responses=_oauth_errors(400),
    openapi_extra={"requestBody": REVOCATION_FORM},
    response_class=Response,
)
async def revoke_token(request: Request, registrar: RegistrarDep) -> Response:
    """End the sign-in of a refresh or access token (RFC 7009); 200 for any other."""
    try:
        form = await _form(request)
        await commands.revoke_token(registrar, form.need("token"))
    except OAuthError as error:
        return _refused(error)
    return Response(status_code=200, headers=NOT_STORED)


@router.get(
    "/jwks.json",
    summary="Read the keys that check access tokens",
    dependencies=[ANYBODY],
    responses=problems(),
)
async def read_key_set(response: Response, registrar: RegistrarDep) -> KeySet:
    """Also those that will sign soon and those that signed what has not expired."""
    response.headers.update(CACHED)
    keys = public_keys(registrar.settings)
    return KeySet(keys=[as_jwk(kid, key) for kid, key in keys.items()])


@router.get(
    "/.well-known/openid-configuration",
    summary="Read where tokens are issued",
    dependencies=[ANYBODY],
    responses=problems(),
)
async def read_metadata(response: Response, registrar: RegistrarDep) -> Metadata:
    """The metadata of the authorization server."""
    response.headers.update(CACHED)
    settings = registrar.settings
    base = f"{settings.profiles_url}{router.prefix}"
    return Metadata(
        issuer=settings.token_issuer,
        token_endpoint=f"{base}/token",
        revocation_endpoint=f"{base}/revoke",
        jwks_uri=f"{base}/jwks.json",
        grant_types_supported=list(offered(settings.oidc_issuer)),
        scopes_supported=sorted(Scope),
        token_endpoint_auth_methods_supported=[
            "client_secret_basic",
            "client_secret_post",
            "none",
        ],
        response_types_supported=[],
    )


@router.get(
    "/revocations",
    summary="Read what was revoked lately",
    dependencies=[allow(Role.SERVICE, scope=Scope.SYSTEM_READ, own=Own.SYSTEM)],
    responses=problems(),
)
async def read_revocations(
    request: Request,
    registrar: RegistrarDep,
    after: Annotated[str | None, Query(max_length=50)] = None,
    wait: Annotated[float, Query(ge=0, le=30, description="Seconds.")] = 0,
) -> RevocationPage:
    """Sign-ins and keys whose tokens must be refused; waits for another state of things
    than `after` names."""
    deadline = time.monotonic() + wait
    while True:
        async with registrar.database.as_system() as session:
            page = await queries.revocations(session)
        late = time.monotonic() >= deadline or await request.is_disconnected()
        if page.next != after or late:
            return page
        await asyncio.sleep(LOOK_AGAIN_SECONDS)


@router.get(
    "/me/sign-ins",
    summary="List one's sign-ins",
    dependencies=OWN_ACCOUNT,
    responses=problems(),
)
async def list_sign_ins(session: OwnSession, caller: Who) -> SignInList:
    """Where the caller is signed in now."""
    rows = await queries.sign_ins_of(session, caller.subject)
    return SignInList(
        items=[
            SignInView.model_validate(row | {"current": row["id"] == caller.session})
            for row in rows
        ]
    )


@router.delete(
    "/me/sign-ins/{sign_in_id}",
    status_code=204,
    summary="End a sign-in",
    dependencies=OWN_ACCOUNT,
    responses=problems(NotFound),
)
async def end_sign_in(sign_in_id: UUID, session: OwnSession, caller: Who) -> None:
    """Its tokens are refused within two seconds."""
    await commands.end_sign_in(session, caller, sign_in_id)


async def _form(request: Request) -> Form:
    """Raises OAuthError."""
    if request.query_params.keys() & {"password", "client_secret", "refresh_token"}:
        raise invalid_request("A secret has no place in an address.")
    return Form.parse(request.headers.get("content-type"), await request.body())


def _json(document: object, status: int = 200) -> Response:
    return Response(
        orjson.dumps(document),
        status,
        headers=NOT_STORED,
        media_type="application/json",
    )


def _refused(error: OAuthError) -> Response:
    return Response(
        orjson.dumps(error.as_json()),
        error.status,
        headers=error.headers,
        media_type="application/json",
    )
