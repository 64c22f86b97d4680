"""How an operator sets a lane: its mode, and what it may hold."""

from __future__ import annotations

from sqlalchemy import RowMapping, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.matching.errors import LaneNotFound
from services.matching.models import audit, match_lane
from services.matching.runs.lanes import Mode
from services.matching.runs.queue_schemas import LanePatch
from shared.etags import check_version
from shared.fields import named
from shared.identity import Caller

ACTIONS: dict[Mode, str] = {
    "open": "queue.resume",
    "paused": "queue.pause",
    "draining": "queue.drain",
}


async def find_lane(session: AsyncSession, lane: str) -> RowMapping:
    """Raises LaneNotFound."""
    query = select(match_lane).where(match_lane.c.lane == lane)
    return _there((await session.execute(query)).mappings().one_or_none())


async def set_limits(
    session: AsyncSession,
    caller: Caller,
    lane: str,
    patch: LanePatch,
    if_match: str | None,
) -> RowMapping:
    """Set what the patch names: the lane as it is then. Every process follows with its
    next claim. Raises LaneNotFound and VersionMismatch."""
    held = await _locked(session, lane)
    check_version(if_match, held["version"])
    changes = {
        name: value for name, value in named(patch).items() if held[name] != value
    }
    detail = {"lane": lane, "set": changes}
    await audit(session, caller, "queue.set", detail=detail)
    return await _changed(session, held, **changes)


async def set_mode(
    session: AsyncSession, caller: Caller, lane: str, mode: Mode
) -> RowMapping:
    """Open, pause or drain a lane: the lane as it is then. One that is so already stays
    as it is. Raises LaneNotFound."""
    held = await _locked(session, lane)
    detail = {"lane": lane, "was": held["mode"]}
    await audit(session, caller, ACTIONS[mode], detail=detail)
    changes = {"mode": mode} if held["mode"] != mode else {}
    return await _changed(session, held, **changes)


async def _locked(session: AsyncSession, lane: str) -> RowMapping:
    query = select(match_lane).where(match_lane.c.lane == lane).with_for_update()
    return _there((await session.execute(query)).mappings().one_or_none())


async def _changed(
    session: AsyncSession, held: RowMapping, **changes: object
) -> RowMapping:
    if not changes:
        return held
    statement = (
        update(match_lane)
        .where(match_lane.c.lane == held["lane"])
        .values(**changes, version=match_lane.c.version + 1)
        .returning(*match_lane.c)
    )
    return (await session.execute(statement)).mappings().one()


def _there(lane: RowMapping | None) -> RowMapping:
    if lane is None:
        raise LaneNotFound
    return lane
