"""GET /v1/runs: which runs there are, and all that is known of one."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from services.matching.errors import RunKeepsNoInputs, RunNotFound, RunWithoutOrigin
from services.matching.models import audit
from services.matching.runs.difference_schemas import DifferenceView
from services.matching.runs.finding import history_of, page_of_runs, whole_run
from services.matching.runs.reranking import difference_of
from services.matching.runs.schemas import RunView
from services.matching.runs.verb_schemas import (
    RunRecord,
    RunsAsked,
    Transition,
)
from shared.access import Own, Who, allow
from shared.database import SessionDep
from shared.identity import Role, Scope
from shared.openapi import problems
from shared.paging import Page, cut_page, decode_cursor, link_next

router = APIRouter(prefix="/v1/runs", tags=["runs"])

READING = [allow(Role.OPERATOR, Role.AUDITOR, scope=Scope.QUEUES_READ, own=Own.SYSTEM)]


@router.get(
    "",
    summary="List runs",
    dependencies=READING,
    responses=problems(),
)
async def list_runs(
    asked: Annotated[RunsAsked, Query()],
    session: SessionDep,
    request: Request,
    response: Response,
) -> Page[RunView]:
    """The newest first, narrowed by any of the filters."""
    key = decode_cursor(asked.cursor, UUID)
    before = None if key is None else key[0]
    rows = await page_of_runs(session, asked, before, asked.limit + 1)
    shown, following = cut_page(rows, asked.limit, lambda row: (row["id"],))
    link_next(request, response, following)
    items = [RunView.model_validate(row) for row in shown]
    return Page(items=items, next=following)


@router.get(
    "/{run}/record",
    summary="Read all that is known of a run",
    dependencies=READING,
    responses=problems(RunNotFound),
)
async def read_run_record(run: UUID, request: Request, caller: Who) -> RunRecord:
    """What became of it and why, its last traceback, what it was made from, and the
    trace that caused it."""
    async with request.app.state.database.as_system() as session:
        found = await whole_run(session, run)
        if found is None:
            raise RunNotFound
        history = await history_of(session, run)
        subject, owner = ("run", run), found["organisation"]
        await audit(session, caller, "run.read_record", subject, tenant=owner)
    context = (found["traceparent"] or "").split("-")
    return RunRecord(
        run=RunView.model_validate(found),
        history=[Transition.model_validate(each) for each in history],
        traceback=found["traceback"],
        inputs=found["inputs"],
        # of W3C trace context, the second of four fields
        trace_id=context[1] if len(context) == 4 else None,
    )


@router.get(
    "/{run}/difference",
    summary="Compare a run with the one that it ranks anew",
    dependencies=READING,
    responses=problems(RunNotFound, RunKeepsNoInputs, RunWithoutOrigin),
)
async def read_run_difference(
    run: UUID, request: Request, caller: Who
) -> DifferenceView:
    """Who came and went, whose rank or score is another, and with what each list was
    made."""
    async with request.app.state.database.as_system() as session:
        found = await difference_of(session, caller, run)
    return DifferenceView.of(found)
