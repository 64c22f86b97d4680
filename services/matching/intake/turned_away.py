"""Whom a posting turns away: its organisation's blocklist, joined where it is read.

It is kept once for an organisation, not in every posting: a posting that opens later
is under it too, and an erasure has one place to look.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.matching.models import blocklist

# of a row of matching.posting: its document as `posting_facts` reads it
RANKABLE = """COALESCE(posting.doc || (
    SELECT jsonb_build_object('turned_away', workers) FROM matching.blocklist
    WHERE blocklist.organisation = posting.organisation
), posting.doc)"""


async def turned_away_by(session: AsyncSession, organisation: UUID) -> Sequence[str]:
    """Ids of workers; `session` is the system's."""
    query = select(blocklist.c.workers).where(blocklist.c.organisation == organisation)
    found: Sequence[str] | None = (await session.execute(query)).scalar_one_or_none()
    return found or []
