"""/v1/accounts/keys: what integrations exchange for tokens."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter

from services.profiles.accounts.errors import OrganisationUnknown
from services.profiles.api_keys import commands, queries
from services.profiles.api_keys.schemas import (
    ApiKeyList,
    ApiKeyMade,
    ApiKeyView,
    NewApiKey,
)
from shared.access import Own, Who, allow
from shared.database import SessionDep
from shared.idempotency import KeyedRoute, without_key
from shared.identity import ORGANISATIONS, Role, Scope
from shared.openapi import problems
from shared.problems import NotFound

router = APIRouter(prefix="/v1/accounts/keys", tags=["keys"], route_class=KeyedRoute)

OWNERS = [
    allow(ORGANISATIONS, Role.OPERATOR, scope=Scope.MEMBERS_WRITE, own=Own.TENANT)
]


@router.post(
    "",
    status_code=201,
    summary="Make an API key",
    dependencies=[*OWNERS, without_key("its answer is a secret")],
    responses=problems(OrganisationUnknown),
)
async def make_key(body: NewApiKey, session: SessionDep, caller: Who) -> ApiKeyMade:
    """Its secret is shown in this answer and never again."""
    row, secret = await commands.make_key(session, caller, body)
    return ApiKeyMade.model_validate(row | {"secret": secret})


@router.get("", summary="List API keys", dependencies=OWNERS, responses=problems())
async def list_keys(session: SessionDep, caller: Who) -> ApiKeyList:
    """One's organisation's, or operators' for an operator; the newest first."""
    rows = await queries.keys_of(session, caller.tenant)
    return ApiKeyList(items=[ApiKeyView.model_validate(row) for row in rows])


@router.delete(
    "/{key_id}",
    status_code=204,
    summary="Revoke an API key",
    dependencies=OWNERS,
    responses=problems(NotFound),
)
async def revoke_key(key_id: UUID, session: SessionDep, caller: Who) -> None:
    """Its tokens are refused within two seconds."""
    await commands.revoke_key(session, caller, key_id)
