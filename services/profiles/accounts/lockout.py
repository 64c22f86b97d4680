"""Lock-out: how often somebody may try, kept in PostgreSQL.

An attempt is counted before it is made: of 50 passwords sent at once, 50 are counted
and only the first few are looked at. From the fifth failure on a login waits 1, 2, 4 …
seconds, at most 15 minutes, and answers meanwhile as to a wrong password. What is
counted for passwords does not lock the owner out: a code to their own address still
lets them in, and codes have a count of their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

FREE_FAILURES = {"password": 5, "code": 10, "address": 100}
"""How many failures go without waiting, by what is counted. Behind one network address
there may be a whole bureau."""

LONGEST_WAIT_SECONDS = 900
FORGOTTEN_AFTER = "1 day"


@dataclass(frozen=True, slots=True)
class Tried:
    """What an attempt counts against: a login's passwords or codes, or an address."""

    kind: str
    key: bytes


# The row's old values decide; whoever comes second waits for the first and sees its
# count. clock_timestamp(), because such a transaction began before it could see.
COUNT = text(
    f"""
    INSERT INTO profiles.attempt AS a (kind, key, failures, may_try, last_at)
    SELECT kind, key, 1, true, clock_timestamp()
    FROM unnest(CAST(:kinds AS text[]), CAST(:keys AS bytea[]))
        AS tried (kind, key)
    ORDER BY kind, key
    ON CONFLICT (kind, key) DO UPDATE SET
        may_try = a.locked_until IS NULL OR a.locked_until <= clock_timestamp(),
        failures = CASE WHEN a.last_at < clock_timestamp()
            - interval '{FORGOTTEN_AFTER}' THEN 1 ELSE a.failures + 1 END,
        last_at = clock_timestamp()
    RETURNING kind, key, may_try, failures
    """
)

LOCK = text(
    f"""
    UPDATE profiles.attempt AS a SET locked_until = clock_timestamp() + make_interval(
        secs => least(power(2, least(a.failures - free.failures, 30)),
                      {LONGEST_WAIT_SECONDS}))
    FROM unnest(CAST(:kinds AS text[]), CAST(:keys AS bytea[]),
                CAST(:free AS integer[])) AS free (kind, key, failures)
    WHERE a.kind = free.kind AND a.key = free.key AND a.failures >= free.failures
    """
)

# Succeeding forgives the login, but takes back only this one attempt of an address: an
# attacker with an account of their own could wipe the slate again and again.
SETTLE = text(
    """
    UPDATE profiles.attempt SET
        failures = CASE WHEN NOT :good THEN failures
            WHEN kind = 'address' THEN greatest(failures - 1, 0) ELSE 0 END,
        locked_until = CASE WHEN :good AND kind <> 'address' THEN NULL
            ELSE locked_until END
    WHERE (kind, key) IN (
        SELECT * FROM unnest(CAST(:kinds AS text[]), CAST(:keys AS bytea[])))
    """
)

TAKE_BACK = text(
    """
    UPDATE profiles.attempt SET failures = greatest(failures - 1, 0)
    WHERE (kind, key) IN (
        SELECT * FROM unnest(CAST(:kinds AS text[]), CAST(:keys AS bytea[])))
    """
)

FORGET = text(
    "DELETE FROM profiles.attempt"
    f" WHERE last_at < clock_timestamp() - interval '{FORGOTTEN_AFTER}'"
)


async def count_attempt(session: AsyncSession, tried: Sequence[Tried]) -> bool:
    """Count one attempt against each; whether it may be made. Commit it at once."""
    rows = (await session.execute(COUNT, _arrays(tried))).all()
    free = [FREE_FAILURES[each.kind] for each in tried]
    await session.execute(LOCK, _arrays(tried) | {"free": free})
    return all(row.may_try for row in rows)


async def settle(session: AsyncSession, tried: Sequence[Tried], good: bool) -> None:
    """How the attempt ended; as much work either way."""
    await session.execute(SETTLE, _arrays(tried) | {"good": good})


async def take_back(session: AsyncSession, tried: Sequence[Tried]) -> None:
    """It was no attempt: the password was right, and more is asked for."""
    await session.execute(TAKE_BACK, _arrays(tried))


async def forget_old_attempts(session: AsyncSession) -> None:
    await session.execute(FORGET)


def _arrays(tried: Sequence[Tried]) -> dict[str, list[str] | list[bytes]]:
    return {
        "kinds": [each.kind for each in tried],
        "keys": [each.key for each in tried],
    }
