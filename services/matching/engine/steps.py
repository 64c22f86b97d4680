"""Where to look for whom a posting may reach, or for what may reach a worker."""

# Records are typed by numba; for mypy their fields are Any.
# mypy: disable-error-code="no-any-return"

from __future__ import annotations

from typing import Any, NamedTuple

from services.matching.engine.buckets import (
    FIRST_SKILL,
    Buckets,
    weight_between,
)
from services.matching.engine.entries import IS_FAR
from services.matching.engine.layout import f8_at, whole
from services.matching.engine.native import compiled, inlined
from services.matching.engine.pieces import around_it, aside
from services.matching.engine.posting_rows import (
    MEMBER_WORDS,
    NO_GROUP,
    REQUIREMENT_WORDS,
    SITE_WORDS,
    members_at,
    requirements_at,
)
from services.matching.engine.strips import (
    FAR,
    NEAR_KM,
    PLACELESS,
    REMOTE,
    Circle,
    circle,
)
from services.matching.engine.worker_rows import PLACE_WORDS

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


@inlined
def steps_of_worker(worker: Any) -> int:
    return 2 + whole(worker.places_n)


@inlined
def place_circle(number: int, worker: Any, w: Any) -> Circle:
    """Around the place that a step of a worker's is for; the first two have none."""
    if number < 2:
        return circle(whole(0), whole(0), 0.0)
    place = worker.at + PLACE_WORDS * (number - 2)
    return circle(whole(w[place + 8]), whole(w[place + 9]), f8_at(w, place + 6))


@compiled
def step_of_worker(
    number: int, slot: int, here: Circle, worker: Any, buckets: Buckets, memory: Any
) -> Step:
    """Where to look in a slot for all postings that may reach a worker.

    `here` is the step's `place_circle`.
    """
    if not worker.live:
        return Step(0, 0, 0.0, 0, ANYWHERE)
    if number == 0:
        count = aside(buckets, slot, REMOTE, memory) if worker.remote else 0
        return Step(count, 0, 0.0, 0, SURE)
    if number == 1:
        lodged = worker.lodging and worker.places_n > 0
        count = aside(buckets, slot, FAR, memory) if lodged else 0
        return Step(count, 0, 0.0, 0, SURE)
    count = around_it(buckets, slot, here, memory)
    # those with lodging are found in FAR
    return Step(count, here.lat, here.km, IS_FAR if worker.lodging else 0, ANYWHERE)


@compiled
def rarest_here(
    posting: Any, buckets: Buckets, first: int, last: int, but: int, p: Any
) -> int:
    """The required group that the fewest hold in the strips, of all but one; NO_GROUP
    if none is asked."""
    best, fewest = NO_GROUP, whole(1) << 62
    for number in range(whole(posting.requirements_n)):
        asked = requirements_at(posting) + REQUIREMENT_WORDS * number
        if not p[asked + 3]:
            break
        if number == but:
            continue
        weight = 0
        at = members_at(posting) + MEMBER_WORDS * p[asked + 4]
        for place in range(p[asked + 5]):
            slot = FIRST_SKILL + whole(p[at + MEMBER_WORDS * place + 2])
            weight += weight_between(buckets, slot, first, last)
        if weight < fewest:
            best, fewest = number, weight
    return best


@compiled
def strips_of(posting: Any, p: Any) -> tuple[int, int]:
    """The first and the last strip in which its workers are weighed up."""
    if posting.remote:
        return REMOTE, REMOTE
    if posting.sites_n == 0:
        return FAR, FAR
    around = site_circle(posting, 0, p)
    return around.first, around.last
