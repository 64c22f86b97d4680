"""What an entry tells of somebody without a look at their row, and where they stand.

`bits`, from the lowest: level (3), radius class (6), pay class (8), markets (3), kinds
(6), ALWAYS, reliability class (3), FAR, SEVERAL. Each says too little rather than too
much: what the bits reject, a rule rejects. The signature has a bit for each skill held
(of a posting: for each that has no stand-in), and above those a bit for each quarter of
a day of the week that has free time (of a posting: that must have).
"""

# mypy: disable-error-code="no-any-return"

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.matching.engine.buckets import (
    ASKS_NONE,
    BITS,
    EVERYONE,
    FIRST_SKILL,
    Buckets,
    Room,
    bucket_at,
    delete,
    entry_of,
    insert,
)
from services.matching.engine.kernel_quarters import dated_quarters
from services.matching.engine.kernel_scores import reliability
from services.matching.engine.layout import f8_at, i8_at, id_of, level_of, whole
from services.matching.engine.native import compiled, inlined
from services.matching.engine.order import GOLDEN
from services.matching.engine.pay import PIECE, UNITS
from services.matching.engine.posting_rows import (
    MEMBER_WORDS,
    NO_GROUP,
    NO_KIND,
    REQUIREMENT_WORDS,
    SITE_WORDS,
    members_at,
    requirements_at,
)
from services.matching.engine.quarters import QUARTERS
from services.matching.engine.strips import (
    FAR,
    NEAR_KM,
    PLACELESS,
    REMOTE,
    strip_of,
)
from services.matching.engine.supply import FIRST_DAY, LAST_DAY
from services.matching.engine.worker_rows import (
    FLOOR_WORDS,
    PLACE_WORDS,
    floors_at,
    skills_at,
)

HOUR = UNITS.index("hour")

RADIUS, PAY, MARKETS, KINDS = 3, 9, 17, 20
ALWAYS = 1 << 26
RELIABILITY = 27
IS_FAR = 1 << 30
SEVERAL = 1 << 31

WIDEST = 63  # the class of every radius that is FAR
ANY_PAY = 255

SKILL_BITS = 64 - QUARTERS
OF_SKILLS = np.uint64((1 << SKILL_BITS) - 1)

_GOLDEN = np.uint64(GOLDEN)
_HALF = np.uint64(32)
_BITS = np.uint64(SKILL_BITS)
_ONE = np.uint64(1)


@inlined
def skill_bit(skill: int) -> np.uint64:
    mixed = (np.uint64(skill + 1) * _GOLDEN) >> _HALF
    return _ONE << ((mixed * _BITS) >> _HALF)


@inlined
def quarter_bits(quarters: int) -> np.uint64:
    return np.uint64(quarters) << _BITS


@inlined
def radius_class(km: float) -> int:
    """Class c stands for up to c x c / 32 km; WIDEST for any."""
    if km > NEAR_KM:
        return WIDEST
    kind = math.ceil(math.sqrt(km * 32.0))
    if kind * kind < km * 32.0:
        kind += 1
    return kind


@inlined
def pay_class(amount: float) -> int:
    """Eighths of an octave; grows with the amount."""
    return min(ANY_PAY, int(8.0 * math.log2(1.0 + amount)))


@inlined
def least_pay(kind: int) -> float:
    """No amount of this class is less."""
    return (2.0 ** (kind / 8.0) - 1.0) * 0.999


@inlined
def reliability_class(value: float) -> int:
    return min(7, max(0, math.ceil((value - 0.5) * 14.0)))


@inlined
def most_reliable(kind: int) -> float:
    return 1.0 if kind == 7 else 0.5 + kind / 14.0 + 1e-9


@compiled
def floor_class(worker: Any, w: Any) -> int:
    """The class of the floor per hour, where no other floor could be compared instead:
    all in one currency, and none by the piece."""
    highest = whole(0)
    at = floors_at(worker)
    for number in range(worker.floors_n):
        floor = at + FLOOR_WORDS * number
        if w[floor + 2] != w[at + 2] or w[floor + 3] == PIECE:
            return 0
        if w[floor + 3] == HOUR:
            highest = max(highest, i8_at(w, floor))
    return pay_class(float(highest))


@inlined
def seen_kinds(mask: int) -> int:
    """Six bits of kinds; one that has no bit of its own sets them all."""
    return mask if mask < 64 else 63


@compiled
def worker_bits(worker: Any, w: Any, number: int) -> int:
    """The bits of place `number` (of nowhere in particular: -1), without a level."""
    markets = whole(worker.markets)
    bits = ALWAYS
    bits |= floor_class(worker, w) << PAY
    bits |= (markets if markets < 8 else 7) << MARKETS
    bits |= seen_kinds(whole(worker.kinds)) << KINDS
    bits |= reliability_class(reliability(worker)) << RELIABILITY
    if number < 0:
        return bits | WIDEST << RADIUS
    place = worker.at + PLACE_WORDS * number
    radius = f8_at(w, place + 6)
    bits |= radius_class(radius) << RADIUS
    if is_far(worker, radius):
        bits |= IS_FAR
    if worker.places_n > 1 or w[place + 10] != FIRST_DAY or w[place + 11] != LAST_DAY:
        bits |= SEVERAL
    return bits


@inlined
def is_far(worker: Any, radius: float) -> bool:
    return radius > NEAR_KM or worker.lodging


@compiled
def signature(worker: Any, words: Any) -> np.uint64:
    sign = quarter_bits(whole(worker.quarters))
    at = skills_at(worker)
    for number in range(worker.skills_n):
        sign |= skill_bit(id_of(whole(words[at + number])))
    return sign


class Standing(NamedTuple):
    """The entries of one worker or posting: `places[i]` is (slot, strip, lat, lon,
    bits), and all have the same signature."""

    places: NDArray[Any]
    sign: NDArray[Any]


def new_standing(entries: int) -> Standing:
    return Standing(np.zeros((entries, 5), np.int64), np.zeros(1, np.uint64))


@inlined
def worker_entries(worker: Any) -> int:
    """At most so many entries a worker has."""
    return (2 * worker.places_n + 2) * (worker.skills_n + 1)


@compiled
def list_worker(worker: Any, words: Any, row: int, into: Standing) -> int:
    """Where a worker stands; how many entries that are."""
    if not worker.live:
        return 0
    into.sign[0] = signature(worker, words)
    count = 0
    for number in range(-1, worker.places_n):
        bits = worker_bits(worker, words, number)
        strip, lat, lon = REMOTE, 0, row
        if number >= 0:
            place = worker.at + PLACE_WORDS * number
            lat, lon = whole(words[place + 8]), whole(words[place + 9])
            strip = strip_of(lat)
        elif worker.places_n == 0:
            stand(into, count, EVERYONE, PLACELESS, 0, row, bits)
            count += 1
        while number >= 0 or worker.remote:
            stand(into, count, EVERYONE, strip, lat, lon, bits)
            count += 1
            at = skills_at(worker)
            for skill in range(worker.skills_n):
                word = whole(words[at + skill])
                slot = FIRST_SKILL + id_of(word)
                stand(into, count, slot, strip, lat, lon, bits | level_of(word))
                count += 1
            if strip == FAR or not bits & IS_FAR:
                break
            strip = FAR
    return count


@inlined
def stand(
    into: Standing, number: int, slot: int, strip: int, lat: int, lon: int, bits: int
) -> None:
    into.places[number, 0] = slot
    into.places[number, 1] = strip
    into.places[number, 2] = lat
    into.places[number, 3] = lon
    into.places[number, 4] = bits


@compiled
def add_all(
    buckets: Buckets, room: Room, standing: Standing, count: int, row: int
) -> None:
    places = standing.places
    for i in range(count):
        insert(
            buckets,
            room,
            places[i, 0],
            places[i, 1],
            places[i, 2],
            places[i, 3],
            row,
            places[i, 4],
            standing.sign[0],
        )


@compiled
def remove_all(
    buckets: Buckets, room: Room, standing: Standing, count: int, row: int
) -> None:
    places = standing.places
    for i in range(count):
        delete(buckets, room, places[i, 0], places[i, 1], places[i, 3], row)


@compiled
def rewrite_all(buckets: Buckets, standing: Standing, count: int, row: int) -> None:
    """Write bits and signature anew where nothing else has changed."""
    places = standing.places
    for i in range(count):
        slot, strip = places[i, 0], places[i, 1]
        place = entry_of(buckets, bucket_at(buckets, slot, strip), places[i, 3], row)
        buckets.entries[place, BITS] = np.int32(places[i, 4])
        buckets.signs[place] = standing.sign[0]


@compiled
def posting_bits(posting: Any) -> int:
    """Without a level. ALWAYS stands for a kind that does not matter."""
    bits = 0
    if posting.paid:
        offered = posting.top / posting.hours[posting.unit]
        bits |= pay_class(offered * (1.0 + 1e-6)) << PAY
    else:
        bits |= ANY_PAY << PAY
    market, kind = posting.market, posting.kind
    if market >= 0:
        bits |= (1 << market if market < 3 else 7) << MARKETS
    if kind == NO_KIND:
        bits |= ALWAYS | 63 << KINDS
    elif kind >= 0:
        bits |= (1 << kind if kind < 6 else 63) << KINDS
    bits |= radius_class(posting.radius) << RADIUS
    if posting.lodging:
        bits |= IS_FAR
    if posting.sites_n > 1:
        bits |= SEVERAL
    return bits


@compiled
def required_signature(posting: Any, quarters: int, words: Any) -> np.uint64:
    """The skills that are required and that nothing else stands in for, and the
    `quarters` that must have free time."""
    sign = quarter_bits(quarters)
    for number in range(whole(posting.requirements_n)):
        asked = requirements_at(posting) + REQUIREMENT_WORDS * number
        if words[asked + 3] and words[asked + 5] == 1:
            member = members_at(posting) + MEMBER_WORDS * words[asked + 4]
            sign |= skill_bit(whole(words[member + 2]))
    return sign


@inlined
def posting_entries(posting: Any) -> int:
    """At most so many entries a posting has."""
    return (2 * posting.sites_n + 1) * (posting.members_n + 2)


@compiled
def rarest_group(buckets: Buckets, posting: Any, words: Any) -> int:
    """The required group whose members the fewest postings already stand under."""
    best, fewest = NO_GROUP, whole(1) << 62
    for number in range(whole(posting.requirements_n)):
        asked = requirements_at(posting) + REQUIREMENT_WORDS * number
        if not words[asked + 3]:
            break
        weight = 0
        first = members_at(posting) + MEMBER_WORDS * words[asked + 4]
        for place in range(words[asked + 5]):
            slot = FIRST_SKILL + whole(words[first + MEMBER_WORDS * place + 2])
            for page in buckets.pages[slot]:
                if page >= 0:
                    weight += whole(buckets.leaves[page].weight)
        if weight < fewest:
            best, fewest = number, weight
    return best


@compiled
def list_posting(posting: Any, words: Any, row: int, into: Standing) -> int:
    """Where a posting stands; how many entries that are."""
    bits = posting_bits(posting)
    into.sign[0] = required_signature(posting, dated_quarters(posting, words), words)
    first, members, level = whole(0), whole(0), whole(0)
    if posting.group != NO_GROUP:
        asked = requirements_at(posting) + REQUIREMENT_WORDS * posting.group
        first = members_at(posting) + MEMBER_WORDS * words[asked + 4]
        members, level = whole(words[asked + 5]), whole(words[asked + 2])
    count = 0
    for number in range(1 if posting.remote else posting.sites_n):
        strip, lat, lon = REMOTE, 0, row
        if not posting.remote:
            site = posting.at + SITE_WORDS * number
            lat, lon = whole(words[site + 6]), whole(words[site + 7])
            strip = strip_of(lat)
        while True:
            stand(into, count, EVERYONE, strip, lat, lon, bits)
            count += 1
            if posting.group == NO_GROUP:
                stand(into, count, ASKS_NONE, strip, lat, lon, bits)
                count += 1
            for member in range(members):
                slot = FIRST_SKILL + whole(words[first + MEMBER_WORDS * member + 2])
                stand(into, count, slot, strip, lat, lon, bits | level)
                count += 1
            if strip in (REMOTE, FAR) or not posting.lodging:
                break
            strip = FAR
    return count
