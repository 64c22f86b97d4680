"""How fast a posting is ranked, against two plain ways that give the same answer.

A plain loop over the rules' twins, and the vectorised filter that a good numpy
programmer would write for this market: it is given every advantage (one place a worker,
one zone, whole half hours, no exceptions, one floor by the hour).
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from random import Random
from typing import Any, NamedTuple
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from services.matching.engine.demand import Demand, demand
from services.matching.engine.facts import (
    PostingFacts,
    WorkerFacts,
    posting_facts,
    worker_facts,
)
from services.matching.engine.index import Index
from services.matching.engine.order import GOLDEN, MIX_1, MIX_2, key
from services.matching.engine.pair import part_weights
from services.matching.engine.pipeline import Request, rank_postings, rank_workers
from services.matching.engine.supply import supply
from services.matching.engine.taxonomy import RelatedSkills
from services.matching.engine.warm import warm_up
from tests.matching.engine.plain import plain_rank_workers

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
TOP = 50
OCCUPATIONS = 60
SKILLS_AN_OCCUPATION = 8
HALF_HOURS = 7 * 48
CITIES = (
    (51.51, -0.13),
    (53.48, -2.24),
    (52.48, -1.90),
    (55.86, -4.25),
    (51.45, -2.59),
    (53.80, -1.55),
    (54.98, -1.61),
    (50.82, -0.14),
)


def skill(occupation: int, number: int) -> str:
    return f"skill-{(occupation * SKILLS_AN_OCCUPATION + number) % 480}"


RELATED = RelatedSkills(
    {
        skill(occupation, number): {
            skill(occupation, number + 1): 0.6,
            skill(occupation, number + 3): 0.4,
        }
        for occupation in range(OCCUPATIONS)
        for number in range(SKILLS_AN_OCCUPATION)
    }
)


def a_worker(rng: Random) -> WorkerFacts:
    lat, lon = rng.choice(CITIES)
    occupation = rng.randrange(OCCUPATIONS)
    opens, closes = rng.choice(((6, 22), (8, 18), (7, 15), (14, 23)))
    return worker_facts(
        {
            "id": UUID(int=rng.getrandbits(128)),
            "active": True,
            "markets": ["temporary", "labor"],
            "kinds": ["temporary", "part_time"],
            "skills": [
                {"skill": skill(occupation, n), "level": rng.randint(1, 5)}
                for n in rng.sample(range(SKILLS_AN_OCCUPATION), 5)
            ],
            "places": [
                {
                    "lat": round(lat + rng.gauss(0, 0.1), 2) + 0.005,
                    "lon": round(lon + rng.gauss(0, 0.15), 2) + 0.005,
                    "radius_km": rng.choice((10, 20, 30, 50)),
                }
            ],
            "zone": "UTC",
            "weekly": [
                {"weekday": day, "start": f"{opens:02}:00", "end": f"{closes:02}:00"}
                for day in range(7)
                if rng.random() < 0.8
            ],
            "confirmed_at": (NOW - timedelta(days=15 * rng.random())).isoformat(),
            "pay_floors": [
                {"unit": "hour", "amount": rng.randrange(1100, 1900), "currency": "GBP"}
            ],
            "certificates": [{"certificate": "first-aid"}]
            if rng.random() < 0.7
            else [],
            "languages": [{"language": "en", "level": rng.randint(2, 6)}],
            "last_active_at": (NOW - timedelta(days=60 * rng.random())).isoformat(),
        }
    )


def a_posting(rng: Random) -> PostingFacts:
    lat, lon = rng.choice(CITIES)
    occupation = rng.randrange(OCCUPATIONS)
    required, preferred = rng.sample(range(SKILLS_AN_OCCUPATION), 2)
    return posting_facts(
        {
            "id": UUID(int=rng.getrandbits(128)),
            "organisation": UUID(int=5),
            "market": "temporary",
            "kind": "temporary",
            "required_skills": [
                {"skill": skill(occupation, required), "level": rng.randint(1, 3)}
            ],
            "preferred_skills": [
                {"skill": skill(occupation, preferred), "level": 1, "weight": 0.5}
            ],
            "certificates": ["first-aid"] if rng.random() < 0.5 else [],
            "languages": [{"language": "en", "level": 3}],
            "pay": {
                "currency": "GBP",
                "unit": "hour",
                "minimum": 1200,
                "maximum": 1700,
            },
            "place": {"lat": lat, "lon": lon, "country": "GB"},
            "radius_km": 30,
            "shifts": [
                {"start": f"2026-12-0{day}T09:00Z", "end": f"2026-12-0{day}T14:00Z"}
                for day in (1, 2, 3)
            ],
        }
    )


class Vectors:
    """This market's workers as whole numpy arrays, filtered one rule at a time."""

    def __init__(self, workers: Sequence[WorkerFacts]) -> None:
        people = [supply(worker) for worker in workers]
        self.ids = [person.id for person in people]
        self.keys = np.array([key(person.id) for person in people], np.uint64)
        self.at = np.array([person.bases[0].at for person in people])
        self.radius = np.array([person.bases[0].radius_km for person in people])
        self.names = {
            name: number
            for number, name in enumerate(sorted({n for p in people for n in p.levels}))
        }
        self.levels = np.zeros((len(self.names), len(people)), np.int8)
        self.free = np.zeros((len(people), HALF_HOURS), bool)
        for row, person in enumerate(people):
            for name, level in person.levels.items():
                self.levels[self.names[name], row] = level
            for start, end in person.pattern:
                self.free[row, start // 30 : end // 30] = True
        self.confirmed = np.array([person.confirmed_us for person in people])
        self.floor = np.array([person.floors[0].amount for person in people])
        self.first_aid = np.array(["first-aid" in p.certificates for p in people])
        self.english = np.array([person.languages["en"] for person in people])
        self.active = np.array([person.last_active_us for person in people])

    def rank(self, posting: Demand) -> list[tuple[UUID, int]]:
        """The top ids with their points."""
        chord = self.at - np.array(posting.sites[0][0])
        half = np.sqrt((chord * chord).sum(1)) / 2.0
        km = 2.0 * 6371.0088 * np.arcsin(np.minimum(1.0, half))
        radius = np.inf if posting.radius_km is None else posting.radius_km
        rows = np.flatnonzero((km <= self.radius) & (km <= radius))
        earned = np.zeros(len(rows))
        for asked in posting.requirements:
            best = np.zeros(len(rows))
            for name, credit in asked.members:
                if name in self.names:
                    level = self.levels[self.names[name], rows].astype(float)
                    if asked.required:
                        level[level < asked.level] = 0.0
                    best = np.maximum(best, credit * level / 5.0)
            earned += asked.weight * best
            if asked.required:
                rows, earned = rows[best > 0.0], earned[best > 0.0]
        fresh = posting.now_us - self.confirmed[rows] <= 14 * 86_400_000_000
        rows, earned = rows[fresh], earned[fresh]
        roomy = np.zeros(len(rows))
        fits = np.ones(len(rows), bool)
        for ((start, end),) in posting.shifts:
            first, last = [(m + 3 * 1440) % (7 * 1440) // 30 for m in (start, end)]
            fits &= self.free[rows, first:last].all(1)
            roomy += self.free[rows, first - 2 : last + 2].all(1)
        assert posting.pay is not None
        fits &= self.floor[rows] <= posting.pay.top
        if posting.certificates:
            fits &= self.first_aid[rows]
        fits &= self.english[rows] >= posting.languages[0].level
        rows, earned, roomy = rows[fits], earned[fits], roomy[fits]
        top, shifts = float(posting.pay.top), len(posting.shifts)
        days = (posting.now_us - self.active[rows]) / 86_400_000_000.0
        parts = {
            "skill_fit": np.minimum(1.0, earned / posting.total_weight),
            "closeness": np.exp(-km[rows] / posting.tau_km),
            "availability_slack": (shifts + roomy) / (2.0 * shifts),
            "pay_fit": np.minimum(1.0, (top - self.floor[rows]) / (0.25 * top)),
            "reliability": np.full(len(rows), 0.8),
            "recency": np.exp(-days / 30.0),
        }
        score = np.zeros(len(rows))
        for name, weight in part_weights(posting, None).items():
            score += weight * parts[name]
        points = np.floor(score * 1e6 + 0.5).astype(np.int64)
        own = np.uint64(key(posting.id))
        ties = mixed(mixed(self.keys[rows] + np.uint64(GOLDEN)) ^ own)
        order = np.lexsort((ties, -points))[:TOP]
        return [(self.ids[rows[o]], int(points[o])) for o in order]


def mixed(values: NDArray[Any]) -> NDArray[Any]:
    values = (values ^ (values >> np.uint64(30))) * np.uint64(MIX_1)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(MIX_2)
    finished: NDArray[Any] = values ^ (values >> np.uint64(31))
    return finished


class Timing(NamedTuple):
    median_ms: float
    p99_ms: float


def timed(calls: Sequence[Callable[[], Any]]) -> Timing:
    taken = []
    for call in calls:
        start = time.perf_counter()
        call()
        taken.append((time.perf_counter() - start) * 1000.0)
    taken.sort()
    return Timing(taken[len(taken) // 2], taken[math.ceil(0.99 * len(taken)) - 1])


def main(scale: int) -> None:
    """Rank postings over `scale` workers in each way, and print how they compare."""
    rng = Random(1)
    workers = [a_worker(rng) for _ in range(scale)]
    postings = [a_posting(rng) for _ in range(200)]
    request = Request(NOW, k=TOP)
    warm_up()

    index = Index(RELATED)
    start = time.perf_counter()
    for worker in workers:
        index.put_worker(worker)
    put_us = (time.perf_counter() - start) / scale * 1e6
    for posting in postings:
        index.put_posting(posting)
    vectors = Vectors(workers)
    asked = [demand(posting, NOW, RELATED) for posting in postings]

    for posting, each in zip(postings, asked, strict=True):
        ranking = rank_workers(index, posting, request)
        found = [(match.id, round(match.score * 1e6)) for match in ranking.matches]
        assert found == vectors.rank(each)
    plainly = plain_rank_workers(workers, postings[0], request, RELATED)
    assert plainly.matches == rank_workers(index, postings[0], request).matches
    assert plainly.funnel == rank_workers(index, postings[0], request).funnel

    engine = timed([partial(rank_workers, index, p, request) for p in postings])
    bare = Request(NOW, k=0, possible=0)
    unexplained = timed([partial(rank_workers, index, p, bare) for p in postings])
    numpy = timed([partial(vectors.rank, each) for each in asked])
    plain = timed([partial(plain_rank_workers, workers, postings[0], request, RELATED)])
    reverse = timed([partial(rank_postings, index, w, request) for w in workers[:200]])

    print(f"ranking {scale:,} workers, top {TOP} (equal answers, checked first)")
    print(f"  put_worker               {put_us:9.1f} µs each, in bulk")
    for name, timing in (
        ("rank_workers, explained", engine),
        ("rank_workers, rows only", unexplained),
        ("numpy, not explained", numpy),
        ("plain loop, explained", plain),
    ):
        ratio = timing.median_ms / engine.median_ms
        print(
            f"  {name:24} {timing.median_ms:9.2f} ms median"
            f" {timing.p99_ms:9.2f} ms p99 {ratio:9.1f} x"
        )
    print(
        f"  rank_postings over {len(postings)}    {reverse.median_ms:9.2f} ms median"
        f" {reverse.p99_ms:9.2f} ms p99"
    )


if __name__ == "__main__":
    main(100_000)
