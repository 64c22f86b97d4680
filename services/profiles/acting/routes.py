"""/v1/accounts/consents: who lets a clerk act for them at the counter.

With a consent's id the clerk gets, at the token endpoint, tokens that say the worker is
the caller and the clerk acts.
"""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter

from services.profiles.accounts.errors import CodeRefused
from services.profiles.accounts.registrar import RegistrarDep
from services.profiles.acting import commands, queries
from services.profiles.acting.schemas import ConsentCode, ConsentView, NewConsent
from shared.access import Own, Who, allow
from shared.database import SessionDep
from shared.idempotency import KeyedRoute
from shared.identity import Role, Scope
from shared.openapi import problems
from shared.paging import Page, Paging
from shared.problems import NotFound

router = APIRouter(
    prefix="/v1/accounts/consents", tags=["consents"], route_class=KeyedRoute
)

CLERKS = [allow(Role.CLERK, scope=Scope.ACTING, own=Own.ACCOUNT)]
EITHER = [
    allow(Role.CLERK, Role.WORKER, Role.OPERATOR, scope=Scope.ACCOUNT, own=Own.ACCOUNT)
]


@router.post(
    "",
    status_code=201,
    summary="Record a worker's consent",
    dependencies=CLERKS,
    responses=problems(),
)
async def record_acting_consent(
    body: NewConsent, session: SessionDep, registrar: RegistrarDep, caller: Who
) -> ConsentView:
    """On paper it counts at once; else a code is sent to the worker, who tells it."""
    row = await commands.record_consent(session, registrar, caller, body)
    return ConsentView.model_validate(row)


@router.get("", summary="List consents", dependencies=EITHER, responses=problems())
async def list_acting_consents(
    session: SessionDep,
    caller: Who,
    paging: Paging,
) -> Page[ConsentView]:
    """What one gave, or recorded."""
    rows = await queries.page_of_consents(session, paging.after_id(), paging.limit + 1)
    shown, following = paging.cut(rows, "id")
    await commands.note_reading(session, caller, shown)
    items = [ConsentView.model_validate(row) for row in shown]
    return Page(items=items, next=following)


@router.post(
    "/{consent_id}/confirmation",
    summary="Confirm a consent by code",
    dependencies=CLERKS,
    responses=problems(NotFound, CodeRefused),
)
async def confirm_acting_consent(
    consent_id: UUID,
    body: ConsentCode,
    session: SessionDep,
    registrar: RegistrarDep,
    caller: Who,
) -> ConsentView:
    """With the code that the worker was sent."""
    row = await commands.confirm_consent(
        session, registrar, caller, consent_id, body.code
    )
    return ConsentView.model_validate(row)


@router.delete(
    "/{consent_id}",
    status_code=204,
    summary="Withdraw a consent",
    dependencies=EITHER,
    responses=problems(NotFound),
)
async def withdraw_acting_consent(
    consent_id: UUID, session: SessionDep, caller: Who
) -> None:
    """Nobody acts on it from now on; what is under way ends within two seconds."""
    await commands.withdraw_consent(session, caller, consent_id)
