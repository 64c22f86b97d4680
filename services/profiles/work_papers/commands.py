"""Recording work papers, and answering whether somebody may work a shift."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import func
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.profiles.models import Row, audit
from services.profiles.privacy.own_eyes import is_oneself
from services.profiles.privacy.queries import is_disclosed
from services.profiles.vault.sealing import seal
from services.profiles.work_papers.faults import papers_faults
from services.profiles.work_papers.models import work_papers
from services.profiles.work_papers.queries import PURPOSE, papers_of
from services.profiles.work_papers.rules import Reason, ShiftDays, reasons_against
from services.profiles.work_papers.schemas import WorkPapers
from services.profiles.workers.commands import change_worker, existing_worker
from services.profiles.workers.queries import find_worker
from shared.database import Database
from shared.etags import check_version
from shared.identity import Caller, Role
from shared.problems import InvalidRequest, NotFound
from shared.values import now


async def record_papers(
    session: AsyncSession,
    caller: Caller,
    worker_id: UUID,
    papers: WorkPapers,
    if_match: str | None,
) -> Row:
    """Replace all that is recorded; the worker, whose state is published anew.

    Raises NotFound, VersionMismatch, InvalidRequest.
    """
    row = await existing_worker(session, worker_id, lock=True)
    check_version(if_match, row["version"])
    if faults := papers_faults(papers.model_dump(mode="json"), now()):
        raise InvalidRequest(faults=faults)
    await audit.by_another(
        session, caller, "worker.record_papers", ("worker", worker_id)
    )
    anew = papers != (await papers_of(session, worker_id)).papers
    if anew:
        await _store(session, worker_id, papers)
    own = caller.role is Role.WORKER
    return await change_worker(session, row, {}, own=own, papers_changed=anew)


async def carry_over_papers(session: AsyncSession, loser: UUID, winner: UUID) -> bool:
    """What one of two that are one has recorded is the other's; whether that changes
    anything. Of two birth dates the later counts: it protects a minor.

    Needs the system login.
    """
    theirs = (await papers_of(session, loser)).papers
    own = (await papers_of(session, winner)).papers
    born = [each.birth_date for each in (theirs, own) if each.birth_date is not None]
    known = {right.country for right in own.right_to_work}
    more = [right for right in theirs.right_to_work if right.country not in known]
    both = WorkPapers(
        birth_date=max(born, default=None), right_to_work=[*own.right_to_work, *more]
    )
    if both != own:
        await _store(session, winner, both)
    return both != own


async def may_work(
    database: Database, caller: Caller, worker_id: UUID, shift: ShiftDays
) -> list[Reason]:
    """Why not, if not: for the worker, an operator, or an organisation that a candidacy
    lets know them.

    The caller's own transaction decides whether they may ask, and the question is
    written down; only then the papers are opened with the system login. Only the worker
    themself is answered to the day and told the limits. Raises NotFound.
    """
    async with database.as_caller(caller) as session:
        if caller.tenant is not None:
            there = await is_disclosed(session, worker_id, caller.tenant)
        else:
            there = await find_worker(session, worker_id) is not None
        if not there:
            raise NotFound
        asked = {
            "first_day": shift.first_day.isoformat(),
            "last_day": shift.last_day.isoformat(),
            "country": shift.country,
        }
        subject = ("worker", worker_id)
        await audit.by_another(
            session, caller, "worker.may_work", subject, detail=asked
        )
    async with database.as_system() as session:
        papers = (await papers_of(session, worker_id)).papers
    if is_oneself(caller, worker_id):
        return reasons_against(papers, shift)
    found = reasons_against(papers, shift.as_others_ask())
    return [reason._replace(limit=None) for reason in found]


async def _store(session: AsyncSession, worker_id: UUID, papers: WorkPapers) -> None:
    content = papers.model_dump_json().encode()
    sealed = await seal(session, worker_id, PURPOSE, content)
    row = insert(work_papers).values(
        worker=worker_id, sealed=sealed, recorded_at=func.now()
    )
    anew = {name: row.excluded[name] for name in ("sealed", "recorded_at")}
    await session.execute(
        row.on_conflict_do_update(index_elements=["worker"], set_=anew)
    )
