"""Where a worker or a posting stands: their entries, one behind the other.

They are written into an array of them from any place on, so that those of many can
stand in one.
"""

# mypy: disable-error-code="no-any-return"

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.matching.engine.buckets import (
    ASKS_NONE,
    EVERYONE,
    FIRST_SKILL,
    Buckets,
)
from services.matching.engine.entries import (
    IS_FAR,
    posting_bits,
    required_signature,
    worker_bits,
)
from services.matching.engine.kernel_rough_hours import dated_hours
from services.matching.engine.layout import id_of, level_of, whole
from services.matching.engine.native import compiled, inlined
from services.matching.engine.posting_rows import (
    MEMBER_WORDS,
    NO_GROUP,
    REQUIREMENT_WORDS,
    SITE_WORDS,
    members_at,
    requirements_at,
)
from services.matching.engine.strips import FAR, PLACELESS, REMOTE, strip_of
from services.matching.engine.worker_rows import PLACE_WORDS, skills_at

SLOT, STRIP, LAT, LON, BITS = range(5)


def new_standing(entries: int) -> NDArray[Any]:
    """Room for so many entries, each (slot, strip, lat, lon, bits)."""
    return np.zeros((entries, 5), np.int64)


@inlined
def stand(
    into: Any, number: int, slot: int, strip: int, lat: int, lon: int, bits: int
) -> None:
    into[number, SLOT] = slot
    into[number, STRIP] = strip
    into[number, LAT] = lat
    into[number, LON] = lon
    into[number, BITS] = bits


@inlined
def worker_entries(worker: Any) -> int:
    """At most so many entries a worker has."""
    return (2 * worker.places_n + 2) * (worker.skills_n + 1)


@compiled
def list_worker(worker: Any, words: Any, row: int, into: Any, first: int) -> int:
    """Write where a worker stands from `first` on; where that ends."""
    if not worker.live:
        return first
    count = first
    for number in range(-1, worker.places_n):
        strip, lat, lon = REMOTE, 0, row
        if number >= 0:
            place = worker.at + PLACE_WORDS * number
            lat, lon = whole(words[place + 8]), whole(words[place + 9])
            strip = strip_of(lat)
        elif worker.places_n > 0 and not worker.remote:
            continue
        bits = worker_bits(worker, words, number)
        if number < 0 and worker.places_n == 0:
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
def posting_entries(posting: Any) -> int:
    """At most so many entries a posting has."""
    return (2 * posting.sites_n + 1) * (posting.members_n + 2)


@compiled
def posting_sign(posting: Any, words: Any) -> np.uint64:
    """The signature of all of a posting's entries."""
    return required_signature(posting, dated_hours(posting, words), words)


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


@inlined
def settle_posting(posting: Any, words: Any, buckets: Buckets) -> None:
    posting.group = rarest_group(buckets, posting, words)


@inlined
def settle_worker(worker: Any, words: Any, buckets: Buckets) -> None:
    """Where a worker stands, the worker alone decides."""


@compiled
def list_posting(posting: Any, words: Any, row: int, into: Any, first: int) -> int:
    """Write where a posting stands from `first` on; where that ends."""
    bits = posting_bits(posting)
    member, members, level = whole(0), whole(0), whole(0)
    if posting.group != NO_GROUP:
        asked = requirements_at(posting) + REQUIREMENT_WORDS * posting.group
        member = members_at(posting) + MEMBER_WORDS * words[asked + 4]
        members, level = whole(words[asked + 5]), whole(words[asked + 2])
    count = first
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
            for place in range(members):
                slot = FIRST_SKILL + whole(words[member + MEMBER_WORDS * place + 2])
                stand(into, count, slot, strip, lat, lon, bits | level)
                count += 1
            if strip in (REMOTE, FAR) or not posting.lodging:
                break
            strip = FAR
    return count
