"""Insights over HTTP: who is left without anybody, and how long things take."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from services.matching.engine.areas import middle_of
from services.matching.engine.clock import microseconds
from services.matching.engine.confirmed import availability_by_area
from services.matching.errors import IndexLoading
from services.matching.insights import queries
from services.matching.insights.schemas import (
    AreasView,
    AreaView,
    EmptyFilter,
    EmptyPosting,
    MarketView,
    RuleCount,
    Spent,
)
from services.matching.intake.replica import Replica
from services.matching.intake.standing import caught_up
from shared.access import Own, allow
from shared.database import SessionDep
from shared.identity import Role, Scope
from shared.openapi import problems
from shared.paging import Page, cut_page, dated, decode_cursor, link_next
from shared.values import now

router = APIRouter(prefix="/v1/insights", tags=["insights"])

READING = [allow(Role.OPERATOR, Role.AUDITOR, scope=Scope.QUEUES_READ, own=Own.SYSTEM)]
Days = Annotated[int, Query(ge=1, le=90, description="Postings of the last so many.")]
Most = Annotated[int, Query(ge=1, le=200, description="At most so many areas.")]


@router.get(
    "/market",
    summary="See how the market stands",
    dependencies=READING,
    responses=problems(),
)
async def read_market(session: SessionDep, days: Days = 7) -> MarketView:
    """Open postings with nobody eligible, by the rule that leaves nobody; and how long
    it takes from publishing to the first list and to the first feedback."""
    since = now() - timedelta(days=days)
    open_postings, not_yet_ranked = await queries.count_open(session)
    emptied = await queries.count_emptied(session)
    times = await queries.times_since(session, since)
    return MarketView(
        since=since,
        open_postings=open_postings,
        not_yet_ranked=not_yet_ranked,
        nobody_eligible=sum(count for _, count in emptied),
        emptied_by=[RuleCount(rule=rule, postings=count) for rule, count in emptied],
        published=times.published,
        publish_to_list=_spent(times.listed, times.to_list),
        publish_to_feedback=_spent(times.noted, times.to_feedback),
    )


def _spent(postings: int, quantiles: queries.Quantiles) -> Spent:
    p50, p95, p99 = quantiles or (None, None, None)
    return Spent(postings=postings, p50=p50, p95=p95, p99=p99)


@router.get(
    "/empty-postings",
    summary="List open postings with nobody eligible",
    dependencies=READING,
    responses=problems(),
)
async def list_empty_postings(
    filters: Annotated[EmptyFilter, Query()],
    session: SessionDep,
    request: Request,
    response: Response,
) -> Page[EmptyPosting]:
    """Those whose last list is empty, the last ranked first, each with its funnel.

    POST /v1/matches/what-if says of such a posting what would help.
    """
    after = decode_cursor(filters.cursor, dated, UUID)
    rows = await queries.page_of_empty(session, filters.rule, after, filters.limit + 1)
    shown, following = cut_page(
        rows, filters.limit, lambda row: (row["ranked_at"], row["run"])
    )
    link_next(request, response, following)
    return Page(items=[EmptyPosting(**row) for row in shown], next=following)


@router.get(
    "/availability",
    summary="See where availability is stale",
    dependencies=READING,
    responses=problems(IndexLoading),
)
async def read_availability(request: Request, limit: Most = 100) -> AreasView:
    """Active workers by area, and how many of them cannot be ranked for want of a
    fresh word on when they are free."""
    replica: Replica = request.app.state.replica
    await caught_up(replica, {})
    at = microseconds(now())
    seen = await replica.look(lambda index: availability_by_area(index, at))
    areas = seen.value
    return AreasView(
        workers=sum(area.workers for area in areas),
        stale=sum(area.stale for area in areas),
        undeclared=sum(area.undeclared for area in areas),
        items=[_shown(*area) for area in areas[:limit]],
    )


def _shown(area: int, workers: int, stale: int, undeclared: int) -> AreaView:
    lat, lon = middle_of(area)
    return AreaView(
        area=area,
        lat=lat,
        lon=lon,
        workers=workers,
        stale=stale,
        undeclared=undeclared,
    )
