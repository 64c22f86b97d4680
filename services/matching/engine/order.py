"""The order of a ranking: rounded score first, then a hash of the pair.

Ids grow with time, so ordering equals by id would favour the oldest accounts; the hash
of (worker, posting) is fixed for a pair and shuffled anew for every posting. Equal
hashes of two pairs (one chance in 2^64) fall back to the order of rows.
"""

from __future__ import annotations

import math
from uuid import UUID

import numpy as np

from services.matching.engine.native import compiled

POINTS = 1_000_000
MASK = (1 << 64) - 1
GOLDEN = 0x9E3779B97F4A7C15
MIX_1 = 0xBF58476D1CE4E5B9
MIX_2 = 0x94D049BB133111EB

_GOLDEN = np.uint64(GOLDEN)
_MIX_1 = np.uint64(MIX_1)
_MIX_2 = np.uint64(MIX_2)
_S30, _S27, _S31 = np.uint64(30), np.uint64(27), np.uint64(31)


def points(score: float) -> int:
    """Millionths of a score, half up."""
    return math.floor(score * 1_000_000.0 + 0.5)


def mix(value: int) -> int:
    """The finaliser of splitmix64 (Steele, Lea, Flood 2014), on 64 bits."""
    value = ((value ^ (value >> 30)) * MIX_1) & MASK
    value = ((value ^ (value >> 27)) * MIX_2) & MASK
    return value ^ (value >> 31)


def key(id: UUID) -> int:
    """64 well-mixed bits of all 128 of an id."""
    return mix(mix((id.int >> 64) + GOLDEN & MASK) ^ (id.int & MASK))


def tie(worker_key: int, posting_key: int) -> int:
    """The place of a pair among equals, smallest first."""
    return mix((mix((worker_key + GOLDEN) & MASK) ^ posting_key) & MASK)


@compiled
def native_points(score: float) -> int:
    return math.floor(score * 1_000_000.0 + 0.5)


@compiled
def native_mix(value: np.uint64) -> np.uint64:
    value = (value ^ (value >> _S30)) * _MIX_1
    value = (value ^ (value >> _S27)) * _MIX_2
    return value ^ (value >> _S31)


@compiled
def native_tie(worker_key: np.uint64, posting_key: np.uint64) -> np.uint64:
    return native_mix(native_mix(worker_key + _GOLDEN) ^ posting_key)


@compiled
def native_key(high: np.uint64, low: np.uint64) -> np.uint64:
    return native_mix(native_mix(high + _GOLDEN) ^ low)
