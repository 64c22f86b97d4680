"""Granting and ending mandates and representations; each records its event."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Table, func, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from services.profiles.accounts.models import acting
from services.profiles.agencies import queries, state
from services.profiles.agencies.schemas import MandateGrant, RepresentationGrant
from services.profiles.errors import (
    MandateExists,
    MandateHasEnded,
    RepresentationExists,
    RepresentationHasEnded,
)
from services.profiles.models import Row, audit, mandate, outbox, representation
from services.profiles.sign_ins.sessions import revoke_acting
from services.profiles.workers.commands import existing_worker
from shared.etags import check_version
from shared.identity import ORGANISATIONS, Caller
from shared.outbox import NewEvent, record_event
from shared.problems import Conflict, Fault, InvalidRequest, NotAllowed, NotFound
from shared.values import new_id, now

Published = Callable[[Mapping[str, Any]], dict[str, Any]]


async def grant_mandate(
    session: AsyncSession, caller: Caller, client: UUID, grant: MandateGrant
) -> Row:
    """Let an agency act for `client`, whose member or operator the caller is.

    Raises NotAllowed, InvalidRequest, MandateExists.
    """
    if caller.actor is not None:
        raise NotAllowed("Only the client's own members grant a mandate.")
    starts_at = grant.starts_at or now()
    if grant.ends_at is not None and grant.ends_at <= starts_at:
        fault = Fault("/ends_at", "order", "must come after starts_at")
        raise InvalidRequest(faults=[fault])
    if grant.agency == client:
        raise InvalidRequest(faults=[_no_agency()])
    same = (mandate.c.client == client) & (mandate.c.agency == grant.agency)
    await _close_run_out(
        session, caller, mandate, same, state.MANDATE_ENDED, state.published_mandate
    )
    values = {
        "client": client,
        "agency": grant.agency,
        "purposes": [purpose.value for purpose in grant.purposes],
        "starts_at": starts_at,
        "ends_at": grant.ends_at,
    }
    row = await _insert(session, caller, mandate, values, MandateExists)
    told = {"agency": str(grant.agency), "purposes": values["purposes"]}
    subject = ("organisation", client)
    await audit.by_another(session, caller, "mandate.grant", subject, detail=told)
    await _record(session, state.MANDATE_GRANTED, row, state.published_mandate)
    return row


async def end_mandate(
    session: AsyncSession,
    caller: Caller,
    organisation_id: UUID,
    mandate_id: UUID,
    if_match: str | None,
) -> Row:
    """Either side ends it, at once. Raises NotFound, VersionMismatch,
    MandateHasEnded."""
    whose = queries.of_organisation(organisation_id)
    row = await _standing(session, mandate, mandate_id, whose, MandateHasEnded)
    check_version(if_match, row["version"])
    ended = await _end(session, caller, mandate, row)
    told = {"agency": str(row["agency"]), "mandate": str(mandate_id)}
    subject = ("organisation", row["client"])
    await audit.by_another(session, caller, "mandate.end", subject, detail=told)
    await _record(session, state.MANDATE_ENDED, ended, state.published_mandate)
    return ended


async def grant_representation(
    session: AsyncSession, caller: Caller, worker_id: UUID, grant: RepresentationGrant
) -> Row:
    """Let an agency put the worker forward; the worker says so, or an operator.

    Raises NotFound, NotAllowed, InvalidRequest, RepresentationExists.
    """
    # nobody merges or removes them meanwhile
    await existing_worker(session, worker_id, lock=True)
    actor = caller.actor
    if actor is not None and (
        actor.role in ORGANISATIONS or actor.tenant == grant.agency
    ):
        raise NotAllowed("An agency cannot give itself a worker.")
    table = representation
    same = (table.c.worker == worker_id) & (table.c.agency == grant.agency)
    await _close_run_out(
        session,
        caller,
        table,
        same,
        state.REPRESENTATION_ENDED,
        state.published_representation,
    )
    values = {
        "worker": worker_id,
        "agency": grant.agency,
        "client": grant.client,
        "ends_at": grant.ends_at,
    }
    row = await _insert(session, caller, table, values, RepresentationExists)
    await _note(session, caller, "representation.grant", row)
    published = state.published_representation
    await _record(session, state.REPRESENTATION_GRANTED, row, published)
    return row


async def end_representation(
    session: AsyncSession,
    caller: Caller,
    worker_id: UUID,
    representation_id: UUID,
    if_match: str | None,
) -> Row:
    """At any moment, at once. Raises NotFound, VersionMismatch,
    RepresentationHasEnded."""
    table = representation
    whose = queries.of_worker(worker_id)
    row = await _standing(
        session, table, representation_id, whose, RepresentationHasEnded
    )
    check_version(if_match, row["version"])
    ended = await _end(session, caller, table, row)
    await _note(session, caller, "representation.end", row)
    published = state.published_representation
    await _record(session, state.REPRESENTATION_ENDED, ended, published)
    return ended


async def carry_over_representations(
    session: AsyncSession, caller: Caller, loser: UUID, winner: UUID
) -> list[NewEvent]:
    """Who may represent one of two that are one may represent the one that stays; a
    right that they have given already ends. Both workers are locked.

    The events are for the caller to record, once the other is gone.
    """
    events = []
    for row in await queries.lock_standing(session, loser):
        twice = await queries.has_standing(
            session, winner, row["agency"], row["client"]
        )
        over = {"ended_by": caller.subject, "ended_at": func.now()} if twice else {}
        carried = await _write(session, representation, row, worker=winner, **over)
        await _note(session, caller, "representation.carry", carried)
        type = state.REPRESENTATION_ENDED if twice else state.REPRESENTATION_GRANTED
        told = state.published_representation(carried)
        events.append(NewEvent(type, str(carried["id"]), carried["version"], told))
    return events


async def _standing(
    session: AsyncSession,
    table: Table,
    id: UUID,
    whose: ColumnElement[bool],
    over: type[Conflict],
) -> Row:
    row = await queries.find(session, table, id, whose, lock=True)
    if row is not None:
        return row
    if await queries.find(session, table, id, whose) is not None:
        raise over
    raise NotFound


async def _insert(
    session: AsyncSession,
    caller: Caller,
    table: Table,
    values: Mapping[str, Any],
    exists: type[Conflict],
) -> Row:
    """Raises `exists` if there is one that has not ended, InvalidRequest."""
    statement = (
        insert(table)
        .values(
            **values,
            id=new_id(),
            version=1,
            granted_by=caller.subject,
            granted_at=func.now(),
        )
        .on_conflict_do_nothing()
        .returning(table)
    )
    try:
        row = (await session.execute(statement)).mappings().one_or_none()
    except IntegrityError as error:
        # the transaction is lost; whoever asked is told why, and it rolls back
        if "before_a_client" in str(error.orig):
            fault = Fault("/client", "unknown_organisation", "is no organisation here")
        elif "of_an_agency" in str(error.orig) or "by_an_agency" in str(error.orig):
            fault = _no_agency()
        else:
            raise
        raise InvalidRequest(faults=[fault]) from None
    if row is None:
        raise exists
    return dict(row)


async def _close_run_out(
    session: AsyncSession,
    caller: Caller,
    table: Table,
    same: ColumnElement[bool],
    type: str,
    published: Published,
) -> None:
    """What ran out by its date makes room for a new one, and says so."""
    for row in await queries.lock_running_out(session, table, same):
        ended = await _end(session, caller, table, row, row["ends_at"])
        await _record(session, type, ended, published)


async def _end(
    session: AsyncSession,
    caller: Caller,
    table: Table,
    row: Row,
    moment: datetime | None = None,
) -> Row:
    if table is mandate:
        # whoever acts upon it stops
        await revoke_acting(session, acting.c.basis_id == row["id"])
    ended_at = moment or func.now()
    return await _write(session, table, row, ended_by=caller.subject, ended_at=ended_at)


async def _write(session: AsyncSession, table: Table, row: Row, **values: Any) -> Row:
    statement = (
        update(table)
        .where(table.c.id == row["id"])
        .values(version=table.c.version + 1, **values)
        .returning(table)
    )
    return dict((await session.execute(statement)).mappings().one())


def _no_agency() -> Fault:
    return Fault("/agency", "unknown_agency", "is no agency that could be given it")


async def _note(
    session: AsyncSession, caller: Caller, action: str, row: Mapping[str, Any]
) -> None:
    told = {"agency": str(row["agency"]), "representation": str(row["id"])}
    subject = ("worker", row["worker"])
    await audit.by_another(session, caller, action, subject, detail=told)


async def _record(
    session: AsyncSession, type: str, row: Mapping[str, Any], published: Published
) -> None:
    await record_event(session, outbox, type, row["id"], row["version"], published(row))
