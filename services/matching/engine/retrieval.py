"""Which rows a question has to look at: those whose entries no bit rejects.

A posting is answered from the buckets of the required group that the fewest hold in the
circle, a worker from those of each skill held. What is found waits in a buffer with the
most that its score can be.
"""

# Records are typed by numba; for mypy their fields are Any.
# mypy: disable-error-code="no-any-return"

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.matching.engine.buckets import (
    BITS,
    FIRST_SKILL,
    LAT,
    LON,
    PAGE,
    ROW,
    WIDTH,
    Buckets,
    bucket_at,
    weight_between,
)
from services.matching.engine.entries import (
    ALWAYS,
    ANY_PAY,
    IS_FAR,
    KINDS,
    MARKETS,
    PAY,
    RADIUS,
    RELIABILITY,
    least_pay,
    most_reliable,
    pay_class,
    skill_bit,
)
from services.matching.engine.layout import f8_at, prefetch, whole
from services.matching.engine.native import compiled, inlined
from services.matching.engine.pay import GENEROUS_MARGIN
from services.matching.engine.posting_rows import (
    MEMBER_WORDS,
    NO_KIND,
    REQUIREMENT_WORDS,
    SITE_WORDS,
    members_at,
    requirements_at,
)
from services.matching.engine.strips import (
    FAR,
    FLATNESS,
    HALF_TURN,
    KM_A_MICRO,
    LEAST_COSINE,
    NEAR_KM,
    PLACELESS,
    REMOTE,
    STRIPS,
    TURN,
    Circle,
    circle,
    half_width,
    lowest,
)
from services.matching.engine.weights import PARTS

BUFFER = 1 << 16
MOST_PREFERRED = 16
LONGEST = 1 << 13
PIECES = 2 * STRIPS + 8

_F4 = np.float32
_I4 = np.int32
_ONE = np.uint64(1)


# A thread's own working memory. `rows` and `bounds` are the buffer, with `buffered` in
# it; `order` and `histogram` sort it; `distances` is for a piece of one strip. `ends`
# and `scales` are the pieces of buckets to look at: entries `ends[i, 0]` to
# `ends[i, 1]`, whose distance is taken from longitude `ends[i, 2]`, with `scales[i]`
# the squared
# kilometres of a squared millionth of a degree of latitude and longitude; where the
# latter is 0 the distance is more than can be said. `preferred` are bits of skills and
# `preferred_value` what each adds, `values` parts of a score, `passed` counts, `met`
# are strips and their buckets.
MEMORY = np.dtype(
    [
        ("question", np.int64),
        ("buffered", np.int64),
        ("kept", np.int64),
        ("looked", np.int64),
        ("values", np.float64, (len(PARTS),)),
        ("passed", np.int64, (64,)),
        ("preferred", np.uint64, (MOST_PREFERRED,)),
        ("ends", np.int64, (PIECES, 3)),
        ("met", np.int32, (STRIPS, 2)),
        ("scales", np.float64, (PIECES, 2)),
        ("preferred_value", np.float32, (MOST_PREFERRED,)),
        ("histogram", np.int32, (260,)),
        ("distances", np.float32, (LONGEST,)),
        ("rows", np.int32, (BUFFER,)),
        ("bounds", np.float32, (BUFFER,)),
        ("order", np.int32, (BUFFER,)),
    ],
    align=True,
)


class Scratch(NamedTuple):
    """`memory` is one record of MEMORY; `seen[row]` is the number of the last question
    that looked at a row."""

    memory: NDArray[Any]
    seen: NDArray[Any]


def new_scratch(rows: int) -> Scratch:
    """For tables of up to `rows` rows."""
    return Scratch(np.zeros(1, MEMORY), np.zeros(rows, np.int32))


class Wanted(NamedTuple):
    """What an entry must have in one bucket, and what its score can be at most.

    The score of an entry at level L and distance d is at most `base + level * L +
    near * exp(-d / tau) + pay * min(1, (offer - floor) / margin) + trust * reliability`
    and `preferred_value[i]` for each of the `preferred` bits that it has. Entries with
    a bit of `waived` may come from any distance.
    """

    sign: np.uint64
    level: int
    market: int
    kind: int
    pay: int
    waived: int
    base: float
    each_level: float
    near: float
    tau: float
    pay_weight: float
    offered: float
    trust: float
    preferred: int


NEARNESS = np.array([math.exp(-step / 64.0) for step in range(1024)], np.float32)
"""exp(-x) at each 64th of x, rounded up by taking x rounded down."""
SURELY_LESS = 0.9989  # a flat distance may be too long by this (see FLATNESS)


@inlined
def new_question(scratch: Scratch) -> None:
    """Forget who was seen; every two thousand million questions really."""
    memory = scratch.memory[0]
    if memory.question >= (1 << 31) - 2:
        scratch.seen[:] = 0
        memory.question = 0
    memory.question += 1
    memory.buffered = 0
    memory.kept = 0
    memory.looked = 0


@inlined
def first_time(scratch: Scratch, row: int) -> bool:
    """Whether a row is met for the first time in this question."""
    question = scratch.memory[0].question
    if scratch.seen[row] == question:
        return False
    scratch.seen[row] = question
    return True


AHEAD = 6
"""So many candidates ahead their memory is asked for: two waits in one."""


@inlined
def bring_row(rows: Any, row: int) -> None:
    prefetch(rows, whole(row), 0)
    prefetch(rows, whole(row), 64)


@inlined
def bring_words(rows: Any, words: Any, row: int) -> None:
    """Where the row itself has been brought."""
    at = rows[whole(row)].at
    prefetch(words, at, 0)
    prefetch(words, at, 64)
    prefetch(words, at, 128)


@compiled
def around_it(buckets: Buckets, slot: int, around: Circle, memory: Any) -> int:
    """The pieces of a slot's buckets that a circle meets; how many."""
    rise = KM_A_MICRO * KM_A_MICRO
    if slot >= len(buckets.pages):
        return 0
    met, heads, places = memory.met, buckets.heads, 0
    # memory is asked for in three rounds, not one strip after the other
    for number in range(around.first // PAGE, around.last // PAGE + 1):
        page = buckets.pages[slot, number]
        if page < 0:
            continue
        leaf = buckets.leaves[page]
        low, high = max(around.first - number * PAGE, 0), around.last - number * PAGE
        for place in range(low, min(high, PAGE - 1) + 1):
            bucket = whole(leaf.buckets[place])
            if bucket >= 0:
                prefetch(heads, bucket, 0)
                met[places, 0] = number * PAGE + place
                met[places, 1] = bucket
                places += 1
    for place in range(places):
        head = heads[met[place, 1]]
        middle = head.start + head.count // 2
        prefetch(buckets.entries, middle * WIDTH, 0)
        prefetch(buckets.signs, middle, 0)
    count = 0
    for place in range(places):
        strip, bucket = whole(met[place, 0]), whole(met[place, 1])
        at = heads[bucket].start
        end = at + heads[bucket].count
        if not around.flat:
            count = piece(memory, count, at, end, 0, rise, 0.0)
            continue
        half = half_width(around, strip)
        if half < 0:
            continue
        width = rise * around.cosine * LEAST_COSINE[strip]
        entries, lon = buckets.entries, around.lon
        west, east = lon - half, lon + half
        low = lowest(entries, at, end, west)
        high = lowest(entries, low, end, east + 1)
        count = piece(memory, count, low, high, lon, rise, width)
        # what lies beyond the antimeridian
        if west < -HALF_TURN:
            low = lowest(entries, at, end, west + TURN)
            count = piece(memory, count, low, end, lon + TURN, rise, width)
        if east > HALF_TURN:
            high = lowest(entries, at, end, east - TURN + 1)
            count = piece(memory, count, at, high, lon - TURN, rise, width)
    return count


@compiled
def aside(buckets: Buckets, slot: int, strip: int, memory: Any) -> int:
    """The one piece of those who are looked for in no circle; latitudes alone tell how
    far the FAR are, and nothing the others."""
    bucket = bucket_at(buckets, slot, strip)
    if bucket < 0:
        return 0
    at = buckets.heads[bucket].start
    end = at + buckets.heads[bucket].count
    rise = KM_A_MICRO * KM_A_MICRO if strip == FAR else 0.0
    return piece(memory, 0, at, end, 0, rise, 0.0)


@inlined
def piece(
    memory: Any, count: int, at: int, end: int, lon: int, rise: float, width: float
) -> int:
    if at >= end:
        return count
    memory.ends[count, 0] = at
    memory.ends[count, 1] = end
    memory.ends[count, 2] = lon
    memory.scales[count, 0] = rise
    memory.scales[count, 1] = width
    return count + 1


@compiled
def gather(
    buckets: Buckets,
    at: int,
    end: int,
    lat: int,
    lon: int,
    rise: float,
    width: float,
    most: float,
    skipped: int,
    wanted: Wanted,
    memory: Any,
) -> None:
    """Buffer those of the entries [at, end) that may be matches, and what they may get.

    `most` is the square of the farthest distance in kilometres; entries with a bit of
    `skipped` are found elsewhere. The buffer has room for all of them.
    """
    entries, signs, distances = buckets.entries, buckets.signs, memory.distances
    ky, kx, limit = _F4(rise), _F4(width), _F4(most * FLATNESS + 1e-4)
    lat0, lon0, level = _I4(lat), _I4(lon), _I4(wanted.level)
    market, kind, pay = _I4(wanted.market), _I4(wanted.kind), _I4(wanted.pay)
    skip, waived = _I4(skipped), _I4(wanted.waived)
    for i in range(end - at):
        bits = entries[at + i, BITS]
        north = _F4(_I4(entries[at + i, LAT] - lat0))
        east = _F4(_I4(entries[at + i, LON] - lon0))
        square = north * north * ky + east * east * kx
        radius = _I4((bits >> _I4(RADIUS)) & _I4(63))
        reach = _F4(radius) * _F4(radius) * _F4(1.0 / 32.0)
        anywhere = _I4((bits & waived) != _I4(0)) | _I4(radius > _I4(62))
        allowed = reach * reach * _F4(FLATNESS) + _F4(1e-4) + _F4(anywhere) * _F4(1e9)
        bad = (
            _I4((bits & _I4(7)) < level)
            | _I4((bits & market) == _I4(0))
            | _I4((bits & kind) == _I4(0))
            | _I4(((bits >> _I4(PAY)) & _I4(255)) > pay)
            | _I4((bits & skip) != _I4(0))
            | _I4(square > min(limit, allowed))
        )
        distances[i] = square - _F4(bad) * _F4(1e12)
    found = memory.buffered
    for i in range(end - at):
        square = distances[i]
        if square < _F4(0.0):
            continue
        sign = signs[at + i]
        if (sign & wanted.sign) != wanted.sign:
            continue
        bits = whole(entries[at + i, BITS])
        bound = wanted.base + wanted.each_level * (bits & 7)
        step = int(math.sqrt(square) * (64.0 * SURELY_LESS) / wanted.tau)
        bound += wanted.near * NEARNESS[min(step, 1023)]
        if wanted.pay_weight > 0.0:
            floor = least_pay((bits >> PAY) & 255)
            over = (wanted.offered - floor) / (GENEROUS_MARGIN * wanted.offered)
            bound += wanted.pay_weight * min(1.0, max(0.0, over) + 1e-6)
        bound += wanted.trust * most_reliable((bits >> RELIABILITY) & 7)
        for number in range(wanted.preferred):
            if sign & memory.preferred[number]:
                bound += memory.preferred_value[number]
        memory.rows[found] = entries[at + i, ROW]
        memory.bounds[found] = _F4(bound)
        found += 1
    memory.buffered = found


class Weights(NamedTuple):
    """The applied weights of a posting's parts, in the order of SCORES."""

    skill: float
    near: float
    free: float
    pay: float
    trust: float
    fresh: float


@inlined
def wanted_market(posting: Any) -> int:
    """The bits of which an entry must have one; of a market that nobody seeks, none."""
    market = posting.market
    return 0 if market < 0 else (1 << market if market < 3 else 7) << MARKETS


@inlined
def wanted_kind(posting: Any) -> int:
    kind = posting.kind
    if kind == NO_KIND:
        return ALWAYS
    return 0 if kind < 0 else (1 << kind if kind < 6 else 63) << KINDS


@compiled
def wanted_of(
    posting: Any,
    group: int,
    member: int,
    weights: Weights,
    sign: np.uint64,
    p: Any,
    memory: Any,
) -> Wanted:
    """What a posting wants in the bucket of a member of one of its required groups.

    `group` is a requirement's number or -1: the bucket of everyone. Fills the
    preferred bits of `memory`.
    """
    base = weights.free + weights.fresh + 2e-5
    level, each_level, preferred = 0, 0.0, 0
    for number in range(whole(posting.requirements_n)):
        asked = requirements_at(posting) + REQUIREMENT_WORDS * number
        share = 0.0
        if posting.total_weight > 0.0:
            share = weights.skill * f8_at(p, asked) / posting.total_weight
        if number == group:
            credit = f8_at(p, members_at(posting) + MEMBER_WORDS * member)
            level, each_level = whole(p[asked + 2]), share * credit / 5.0
        elif p[asked + 3] or preferred == MOST_PREFERRED:
            base += share
        else:
            bits = np.uint64(0)
            first = members_at(posting) + MEMBER_WORDS * p[asked + 4]
            for place in range(p[asked + 5]):
                bits |= skill_bit(whole(p[first + MEMBER_WORDS * place + 2]))
            memory.preferred[preferred] = bits
            memory.preferred_value[preferred] = share
            preferred += 1
    offered, pay = 1.0, ANY_PAY
    if posting.paid:
        offered = posting.top / posting.hours[posting.unit]
        pay = pay_class(offered * (1.0 + 1e-6))
    return Wanted(
        sign,
        level,
        wanted_market(posting),
        wanted_kind(posting),
        pay,
        IS_FAR if posting.lodging else 0,
        base,
        each_level,
        weights.near,
        posting.tau,
        weights.pay if offered > 0.0 else 0.0,
        offered,
        weights.trust,
        preferred,
    )


@compiled
def rarest_here(posting: Any, buckets: Buckets, first: int, last: int, p: Any) -> int:
    """The required group that the fewest hold in the strips, or -1 if none is asked."""
    best, fewest = -1, whole(1) << 62
    for number in range(whole(posting.requirements_n)):
        asked = requirements_at(posting) + REQUIREMENT_WORDS * number
        if not p[asked + 3]:
            break
        weight = 0
        at = members_at(posting) + MEMBER_WORDS * p[asked + 4]
        for place in range(p[asked + 5]):
            slot = FIRST_SKILL + whole(p[at + MEMBER_WORDS * place + 2])
            weight += weight_between(buckets, slot, first, last)
        if weight < fewest:
            best, fewest = number, weight
    return best


ANYWHERE, SURE, NOWHERE = 0, 1, 2
"""How a piece's entries stand to the work: by their distance, surely within reach
(remote work), or with no place at all."""


class Step(NamedTuple):
    """One of the places that a question is looked for in: `ranges` pieces."""

    ranges: int
    lat: int
    km: float
    skipped: int
    how: int


@compiled
def steps_of_posting(posting: Any) -> int:
    """How many steps it takes."""
    return 1 if posting.remote else 1 + 2 * whole(posting.sites_n)


@compiled
def step_of_posting(
    number: int,
    slot: int,
    radius: float,
    posting: Any,
    p: Any,
    buckets: Buckets,
    memory: Any,
) -> Step:
    """Where to look in a slot for those whom a posting of such a radius may reach.

    The first step is those with no place, whom only counts look at.
    """
    if posting.remote:
        return Step(aside(buckets, slot, REMOTE, memory), 0, 0.0, 0, SURE)
    if number == 0:
        return Step(aside(buckets, slot, PLACELESS, memory), 0, 0.0, 0, NOWHERE)
    at = posting.at + SITE_WORDS * ((number - 1) // 2)
    lat, lon = whole(p[at + 6]), whole(p[at + 7])
    wide = radius > NEAR_KM
    if number % 2 == 1:
        here = circle(lat, lon, min(radius, NEAR_KM))
        count = around_it(buckets, slot, here, memory)
        return Step(count, lat, here.km, IS_FAR if wide else 0, ANYWHERE)
    count = aside(buckets, slot, FAR, memory) if wide else 0
    return Step(count, lat, radius, 0, ANYWHERE)


@inlined
def site_circle(posting: Any, site: int, p: Any) -> Circle:
    """The part of a site's surroundings in which strips are looked at."""
    at = posting.at + SITE_WORDS * site
    km = min(posting.radius, NEAR_KM)
    return circle(whole(p[at + 6]), whole(p[at + 7]), km)
