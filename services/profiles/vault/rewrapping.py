"""A new wrapping key: every data key is wrapped anew, nothing sealed is touched.

Until it is done both secrets must be at hand: the new one as the installation's, the
one before as ROLLCALL_PREVIOUS_SECRET_KEY_FILE.
"""

from __future__ import annotations

from sqlalchemy import func, select, text

from services.profiles.vault.keyring import keyring
from services.profiles.vault.models import subject_key
from shared.database import Database

AT_ONCE = 1_000

REPLACE = text(
    """
    UPDATE profiles.subject_key AS held
    SET wrapped = anew.wrapped, wrapped_by = :wrapped_by
    FROM unnest(CAST(:subjects AS uuid[]), CAST(:wrapped AS bytea[]))
        AS anew (subject, wrapped)
    WHERE held.subject = anew.subject
    """
)


async def rewrap_keys(database: Database) -> int:
    """Wrap with the newest key all that another one wraps; how many there were.

    May be stopped and run again. Raises CannotOpen when the older key is not at hand.
    """
    total = 0
    while True:
        async with database.as_system() as session:
            ring = keyring(session)
            columns = subject_key.c
            query = (
                select(columns.subject, columns.wrapped, columns.wrapped_by)
                .where(columns.wrapped_by != ring.name)
                .limit(AT_ONCE)
                .with_for_update(skip_locked=True)
            )
            held = (await session.execute(query)).all()
            anew = [ring.wrap(id, ring.unwrap(id, old, by)) for id, old, by in held]
            await session.execute(
                REPLACE,
                {
                    "subjects": [row.subject for row in held],
                    "wrapped": anew,
                    "wrapped_by": ring.name,
                },
            )
        total += len(held)
        if len(held) < AT_ONCE:
            return total


async def keys_by_wrapping(database: Database) -> dict[str, int]:
    """Name of a wrapping key → how many data keys it wraps."""
    async with database.as_system() as session:
        counted = select(subject_key.c.wrapped_by, func.count()).group_by(
            subject_key.c.wrapped_by
        )
        rows = (await session.execute(counted)).all()
    return {row[0]: row[1] for row in rows}
