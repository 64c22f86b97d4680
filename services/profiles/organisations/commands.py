"""What happens to an organisation; each command records its event."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import func, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.profiles.errors import OrganisationExists
from services.profiles.models import Row, audit, organisation, outbox
from services.profiles.organisations.queries import find_organisation
from services.profiles.organisations.schemas import (
    OrganisationPatch,
    OrganisationRegistration,
)
from services.profiles.organisations.sealed import opened_rows, stored_values
from services.profiles.organisations.state import CHANGED, REGISTERED, published
from shared.etags import check_version
from shared.fields import named
from shared.identity import ORGANISATIONS, Caller
from shared.outbox import record_event
from shared.problems import Fault, InvalidRequest, NotFound
from shared.values import new_id


async def register_organisation(
    session: AsyncSession, caller: Caller, registration: OrganisationRegistration
) -> Row:
    """Register the caller's own organisation, or any for an operator.

    Raises InvalidRequest, OrganisationExists.
    """
    faults = _membership_faults(caller, registration)
    if faults:
        raise InvalidRequest(faults=faults)
    id = caller.tenant or registration.id or new_id()
    values = registration.model_dump(mode="json", exclude={"id"})
    stored = await stored_values(session, id, values)
    statement = (
        insert(organisation)
        .values(
            **stored,
            id=id,
            version=1,
            active=True,
        )
        .on_conflict_do_nothing(index_elements=["id"])
        .returning(organisation)
    )
    row = (await session.execute(statement)).mappings().one_or_none()
    if row is None:
        raise OrganisationExists
    [registered] = await opened_rows(session, [dict(row)])
    subject = ("organisation", registered["id"])
    await audit.by_another(session, caller, "organisation.register", subject)
    await _record(session, REGISTERED, registered)
    return registered


async def edit_organisation(
    session: AsyncSession,
    caller: Caller,
    organisation_id: UUID,
    patch: OrganisationPatch,
    if_match: str | None,
) -> Row:
    """Replace the fields that the patch names; nothing happens if none differs.

    Raises NotFound, VersionMismatch, InvalidRequest.
    """
    row = await find_organisation(session, organisation_id, lock=True)
    if row is None:
        raise NotFound
    check_version(if_match, row["version"])
    given = named(patch)
    if "active" in given and caller.role in ORGANISATIONS:
        fault = Fault("/active", "operator_only", "is for operators to change")
        raise InvalidRequest(faults=[fault])
    differing = {name: value for name, value in given.items() if row[name] != value}
    if not differing:
        return row
    stored = await stored_values(session, organisation_id, differing)
    statement = (
        update(organisation)
        .where(organisation.c.id == organisation_id)
        .values(**stored, version=organisation.c.version + 1, updated_at=func.now())
        .returning(organisation)
    )
    written = dict((await session.execute(statement)).mappings().one())
    [changed] = await opened_rows(session, [written])
    subject, told = ("organisation", organisation_id), {"fields": sorted(differing)}
    await audit.by_another(session, caller, "organisation.edit", subject, detail=told)
    await _record(session, CHANGED, changed)
    return changed


def _membership_faults(
    caller: Caller, registration: OrganisationRegistration
) -> list[Fault]:
    if caller.role not in ORGANISATIONS:
        return []
    faults = []
    if registration.id not in (None, caller.tenant):
        faults.append(
            Fault("/id", "own_id", "must be your organisation's, or left out")
        )
    if registration.kind.value != caller.role.value:
        message = f"must be {caller.role.value}, as your access token says"
        faults.append(Fault("/kind", "own_kind", message))
    return faults


async def _record(session: AsyncSession, type: str, row: Mapping[str, Any]) -> None:
    await record_event(session, outbox, type, row["id"], row["version"], published(row))
