"""GET /v1/audit/{service}: the audit log over HTTP. Reading it leaves an entry too."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from pydantic import StringConstraints

from shared.access import Own, Who, allow
from shared.audit.log import AuditLog
from shared.audit.queries import EntryFilter, page_of_entries
from shared.audit.schemas import EntryView
from shared.fields import Instant
from shared.identity import Role, Scope
from shared.openapi import problems
from shared.paging import Page, Paging, counted

Action = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z_]+\.[a-z_]+$", max_length=100),
    Query(description="Such as worker.read."),
]


def audit_router(audit: AuditLog) -> APIRouter:
    """The audit log of one service, for operators and auditors."""
    router = APIRouter(prefix=f"/v1/audit/{audit.service}", tags=["audit"])

    @router.get(
        "",
        summary="Read the audit log",
        dependencies=[
            allow(Role.OPERATOR, Role.AUDITOR, scope=Scope.AUDIT_READ, own=Own.SYSTEM)
        ],
        responses=problems(),
    )
    async def read_audit_log(
        request: Request,
        caller: Who,
        paging: Paging,
        actor: Annotated[UUID | None, Query(description="Who did it.")] = None,
        subject: Annotated[UUID | None, Query(description="To whom or what.")] = None,
        action: Action | None = None,
        since: Annotated[Instant | None, Query()] = None,
        until: Annotated[Instant | None, Query()] = None,
    ) -> Page[EntryView]:
        """The newest entries first, narrowed by any of the filters."""
        wanted = EntryFilter(actor, subject, action, since, until)
        before = paging.after(counted)
        async with request.app.state.database.as_system() as session:
            rows = await page_of_entries(
                session, audit, wanted, before, paging.limit + 1
            )
            await audit(session, caller, "audit.read", detail=wanted.detail() or None)
        shown, following = paging.cut(rows, "id")
        items = [EntryView.model_validate(dict(row)) for row in shown]
        return Page(items=items, next=following)

    return router
