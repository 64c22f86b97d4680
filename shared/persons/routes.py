"""What a service tells profiles of a person: all it holds, and whether it is erased."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from fastapi import APIRouter, Request, Response
from pydantic import ConfigDict
from sqlalchemy import Table

from shared.access import Own, allow
from shared.fields import View
from shared.identity import Role, Scope
from shared.openapi import problems
from shared.persons.erasing import erasure_state
from shared.persons.registry import PersonRegistry
from shared.problems import NotFound


class HeldOfPerson(View):
    """Table → the rows about one person, in the service's own words."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "service": "matching",
                "tables": {"match_feedback": [{"kind": "shown"}]},
            }
        }
    )

    service: str
    tables: dict[str, list[dict[str, Any]]]


class ErasureState(View):
    """`version` is that of the tombstone applied last; `held` what should be gone."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "version": 4,
                "erased_at": "2026-11-24T09:00:00Z",
                "counts": {"match_run": 12, "match_feedback": 3},
                "held": {},
            }
        }
    )

    version: int | None
    erased_at: datetime | None
    counts: dict[str, int]
    held: dict[str, int]


def persons_router(prefix: str, registry: PersonRegistry, erased: Table) -> APIRouter:
    """Two routes for services below `prefix`, the service's own path segment."""
    router = APIRouter(prefix=f"{prefix}/persons", tags=["persons"])
    only_services = [allow(Role.SERVICE, scope=Scope.SYSTEM_READ, own=Own.SYSTEM)]

    @router.get(
        "/{worker_id}",
        summary="Export what is held of a person",
        dependencies=only_services,
        response_model=HeldOfPerson,
        responses=problems(NotFound),
    )
    async def export_person(worker_id: UUID, request: Request) -> Response:
        """Every table of the registry, also where it holds nothing of them."""
        async with request.app.state.database.as_system() as session:
            tables = await registry.export(session, worker_id)
        held = {"service": registry.service, "tables": tables}
        return Response(orjson.dumps(held, default=str), media_type="application/json")

    @router.get(
        "/{worker_id}/erasure",
        summary="Tell whether a person is erased",
        dependencies=only_services,
        responses=problems(NotFound),
    )
    async def read_person_erasure(worker_id: UUID, request: Request) -> ErasureState:
        """Of the tombstone applied last, and whether anything is left."""
        async with request.app.state.database.as_system() as session:
            state = await erasure_state(session, registry, erased, worker_id)
        return ErasureState.model_validate(state)

    return router
