"""The table of workers in PostgreSQL, one row a worker, neighbours side by side."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import asyncpg
import numpy as np
from numpy.typing import NDArray

from tests.benchmarks.engine.hours import WEEK, shift_flags, unpack
from tests.benchmarks.engine.peers.scoring import Scorer
from tests.benchmarks.engine.places import centres
from tests.benchmarks.engine.workers import NO_SKILL, Workers, claim

AT_ONCE = 20_000

# `claims` holds every level from 1 to the worker's own, for the index on it.
TABLE = f"""
CREATE UNLOGGED TABLE worker (
    id int, lat float8, lon float8, x float8, y float8, z float8, radius float8,
    floor int, currency int, wants int, certificates int, languages bigint,
    reliability float8, recency float8,
    free bit({WEEK}), skills int[], levels int[], claims int[]
)
"""


async def load_workers(connection: Any, workers: Workers) -> None:
    await connection.execute(TABLE)
    lat, lon = workers.cells.T
    order = np.lexsort((lon, lat // 5))
    scorer = Scorer(workers)
    for first in range(0, len(order), AT_ONCE):
        rows = order[first : first + AT_ONCE]
        await connection.copy_records_to_table(
            "worker", records=_records(workers, scorer, rows)
        )
    await connection.execute("ALTER TABLE worker ADD PRIMARY KEY (id)")


def _records(
    workers: Workers, scorer: Scorer, rows: NDArray[Any]
) -> Iterator[tuple[Any, ...]]:
    columns: list[Any] = [
        rows.tolist(),
        *centres(workers.cells[rows]).T.tolist(),
        *workers.at[rows].T.tolist(),
        workers.radius[rows].tolist(),
    ]
    columns += [
        held[rows].tolist()
        for held in (
            workers.floor,
            workers.currency,
            workers.wants,
            workers.certificates,
            workers.languages,
            scorer.reliability,
            scorer.recency,
        )
    ]
    skills, levels = workers.skills[rows].tolist(), workers.levels[rows].tolist()
    columns += [
        bit_strings(unpack(workers.free[rows])),
        [[skill for skill in own if skill != NO_SKILL] for own in skills],
        [[level for level in own if level] for own in levels],
        [_claims(own, at) for own, at in zip(skills, levels, strict=True)],
    ]
    return zip(*columns, strict=True)


def _claims(skills: list[int], levels: list[int]) -> list[int]:
    return [
        claim(skill, lower)
        for skill, level in zip(skills, levels, strict=True)
        for lower in range(1, level + 1)
    ]


def bit_strings(flags: NDArray[Any]) -> list[asyncpg.BitString]:
    """Rows of flags as bit(n) values."""
    width = flags.shape[1]
    return [
        asyncpg.BitString.frombytes(octets.tobytes(), width)
        for octets in np.packbits(flags, axis=1)
    ]


def shift_bits(
    shifts: tuple[tuple[int, int], ...], room: int
) -> list[asyncpg.BitString]:
    """What each shift needs of a week, with `room` half hours around."""
    flags = [shift_flags(start, slots, room) for start, slots in shifts]
    return bit_strings(np.array(flags))


def all_bits(shifts: tuple[tuple[int, int], ...]) -> asyncpg.BitString:
    """What all shifts together need of a week."""
    flags = [shift_flags(start, slots) for start, slots in shifts]
    return bit_strings(np.logical_or.reduce(flags)[None])[0]
