"""Postings that name a replaced concept name its replacement instead."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from services.postings.models import known_concept
from services.postings.postings import queries, storage
from services.postings.postings.commands import record
from services.postings.postings.content import CONCEPTS
from services.postings.postings.lifecycle import EDITED
from services.postings.postings.posting import Posting
from shared.database import Database
from shared.remapping import (
    MOST_ROWS,
    Entry,
    Remapped,
    Replaced,
    remap_until_done,
    remapped,
)
from shared.values import now
from shared.vocabulary import mentions


async def remap_postings(
    session: AsyncSession, replaced: Replaced, limit: int = MOST_ROWS
) -> Remapped:
    """Re-map up to `limit` postings that are not over, with an event each; needs the
    system login."""
    done = Remapped()
    if not replaced:
        return done
    moment = now()
    changed = []
    for before in await queries.lock_naming(session, replaced, limit):
        content = up_to_date(before.content, replaced)
        if content == before.content:
            continue
        done.concepts.update(_gone_in(before, replaced))
        after = replace(
            before, version=before.version + 1, content=content, updated_at=moment
        )
        changed.append(after)
    if changed:
        await storage.update_concepts(session, changed)
        await record(session, [(EDITED, after) for after in changed])
    done.rows, done.more = len(changed), len(changed) == limit
    return done


async def postings_to_remap(session: AsyncSession, replaced: Replaced) -> Remapped:
    """What `remap_postings` would do, all of it."""
    if not replaced:
        return Remapped()
    counts, rows = await queries.count_naming(session, replaced)
    return Remapped(rows, Counter(counts))


async def remap_all(database: Database) -> None:
    """All that names a replaced concept, however many transactions it takes."""
    await remap_until_done(database, known_concept, remap_postings, "postings")


def up_to_date(content: Any, replaced: Replaced) -> dict[str, Any]:
    """A posting's content with the replacements in place. What comes to be required is
    preferred no more."""
    required = remapped(content["required_skills"], "skill", replaced, _more_asked)
    preferred = remapped(content["preferred_skills"], "skill", replaced, _more_asked)
    asked = {entry["skill"] for entry in required}
    occupation = content["occupation"]
    certificates = [
        replaced.get(("certificate", id), id) for id in content["certificates"]
    ]
    return dict(content) | {
        "occupation": replaced.get(("occupation", occupation), occupation),
        "required_skills": required,
        "preferred_skills": [e for e in preferred if e["skill"] not in asked],
        "certificates": list(dict.fromkeys(certificates)),
    }


def _gone_in(posting: Posting, replaced: Replaced) -> set[tuple[str, str]]:
    named = {(item.kind, item.id) for item in mentions(posting.content, CONCEPTS)}
    return named & replaced.keys()


def _more_asked(one: Entry, other: Entry) -> Entry:
    """The higher level, and the greater weight."""
    return one | {name: max(one[name], other[name]) for name in ("level", "weight")}
