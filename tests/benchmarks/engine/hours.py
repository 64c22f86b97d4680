"""Weekly hours as half hours: who is free when, and what a shift needs, as bits.

Bit `slot` of a week is the half hour that starts `slot` half hours after Monday 00:00
UTC. A week is 336 bits in WORDS words of 64, the lowest bit first.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

DAY = 48
WEEK = 7 * DAY
WORDS = 6
HOUR = 2
AT_ONCE = 50_000

Edge = tuple[int, int]


def draw_hours(
    rng: np.random.Generator, count: int
) -> tuple[NDArray[Any], NDArray[Any]]:
    """When each is free on each weekday: (count, 7) half hours of the local day.

    A day on which it opens when it closes is not worked; above 48 is the next day.
    """
    kind = rng.choice(6, count, p=[0.36, 0.14, 0.12, 0.08, 0.06, 0.24])[:, None]
    opens, closes = (np.zeros((count, 7), np.int64) for _ in range(2))
    weekend = np.arange(7) >= 5

    def fill(number: int, start: Edge, end: Edge, share: Any) -> None:
        """Those of a kind, on a share of their days, between the random edges."""
        days = (kind == number) & (rng.random((count, 7)) < share)
        opens[days] = rng.integers(start[0], start[1], (count, 7))[days]
        closes[days] = rng.integers(end[0], end[1], (count, 7))[days]

    fill(0, (13, 18), (34, 40), np.where(weekend, 0.15, 0.95))  # office hours
    fill(1, (32, 36), (44, 48), np.where(weekend, 0.5, 0.9))  # evenings
    fill(2, (12, 20), (36, 47), np.where(weekend, 0.95, 0.05))  # weekends
    fill(3, (40, 45), (58, 64), 0.8)  # nights
    fill(4, (0, 30), (32, 48), 0.6)  # any
    fill(5, (8, 14), (42, 48), 0.95)  # nearly always
    return opens.astype(np.int8), closes.astype(np.int8)


def weeks(
    opens: NDArray[Any], closes: NDArray[Any], offset: NDArray[Any]
) -> NDArray[Any]:
    """The free half hours of local days as (count, WORDS) bits of the UTC week."""
    packed = np.zeros((len(opens), WORDS), np.uint64)
    for first in range(0, len(opens), AT_ONCE):
        rows = slice(first, first + AT_ONCE)
        local = _local_week(opens[rows], closes[rows])
        utc = np.empty_like(local)
        for ahead in np.unique(offset[rows]):
            there = offset[rows] == ahead
            utc[there] = np.roll(local[there], -int(ahead), axis=1)
        packed[rows] = pack(utc)
    return packed


def _local_week(opens: NDArray[Any], closes: NDArray[Any]) -> NDArray[Any]:
    """(count, WEEK) flags; Sunday night goes on into Monday."""
    slot = np.arange(2 * DAY)
    free = np.zeros((len(opens), WEEK), bool)
    for day in range(7):
        held = (slot >= opens[:, day, None]) & (slot < closes[:, day, None])
        free[:, day * DAY : (day + 1) * DAY] |= held[:, :DAY]
        after = (day + 1) % 7
        free[:, after * DAY : (after + 1) * DAY] |= held[:, DAY:]
    return free


def pack(flags: NDArray[Any]) -> NDArray[Any]:
    """(count, WEEK) flags as (count, WORDS) words."""
    padded = np.zeros((len(flags), WORDS * 8), np.uint8)
    bits = np.packbits(flags, axis=1, bitorder="little")
    padded[:, : bits.shape[1]] = bits
    return padded.view(np.uint64)


def unpack(words: NDArray[Any]) -> NDArray[Any]:
    """(count, WORDS) words as (count, WEEK) flags."""
    octets = np.ascontiguousarray(words).view(np.uint8)
    return np.unpackbits(octets, axis=1, bitorder="little")[:, :WEEK].astype(bool)


def shift_flags(start: int, slots: int, room: int = 0) -> NDArray[Any]:
    """(WEEK,) flags of a shift from slot `start`, with `room` slots on both sides."""
    flags = np.zeros(WEEK, bool)
    flags[np.arange(start - room, start + slots + room) % WEEK] = True
    return flags


def covered(
    free: NDArray[Any], shifts: tuple[tuple[int, int], ...], room: int = 0
) -> NDArray[Any]:
    """How many of the shifts lie wholly in each week of (count, WORDS) `free`."""
    count = np.zeros(len(free), np.int64)
    for start, slots in shifts:
        mask = pack(shift_flags(start, slots, room)[None])[0]
        fits = np.ones(len(free), bool)
        for word in np.flatnonzero(mask):
            fits &= free[:, word] & mask[word] == mask[word]
        count += fits
    return count
