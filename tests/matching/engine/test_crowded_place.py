"""More than fit into the buffer at one place: the best of all of them all the same."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from random import Random
from typing import Any
from uuid import UUID

import numpy as np
import pytest

from services.matching.engine.clock import microseconds
from services.matching.engine.facts import PostingFacts
from services.matching.engine.index import Index
from services.matching.engine.kernel_moment import moment_of
from services.matching.engine.kernel_pair import (
    Sides,
    Weights,
    applied_weights,
    eligible_score,
    tie_of,
)
from services.matching.engine.kernel_time import Moment
from services.matching.engine.native import compiled
from services.matching.engine.order import native_points
from services.matching.engine.pipeline import Request, rank_workers
from services.matching.engine.scratch import BUFFER
from services.matching.engine.supply import Supply, supply
from services.matching.engine.whatif import what_if_posting
from tests.matching.engine.builders import (
    LONDON,
    NOW,
    RELATED,
    a_posting,
    a_worker,
    asked,
    claim,
    days_ago,
    floor,
    place,
)

COUNT = 72_000
COPIES = 12_000
KINDS: tuple[dict[str, Any], ...] = (
    {},
    {"skills": [claim("forklift-driving", 5), claim("baking", 2)]},
    {"skills": [claim("tractor-driving", 4)], "last_active_at": days_ago(20)},
    {"credit": {"shows": 9, "bookings": 9}, "pay_floors": [floor(1100)]},
    {"languages": []},
    {"pay_floors": []},
)


@pytest.fixture(scope="module")
def town() -> Index:
    """Few kinds of people, so that thousands are equals, all within a street."""
    assert COUNT == COPIES * len(KINDS) > BUFFER
    rng = Random(11)
    index = Index(RELATED)
    kinds = [supply(a_worker(**changes)) for changes in KINDS]
    for kind in kinds:
        index.put_workers(
            [
                index.pack_worker(copy(rng, kind), index.names.intern)
                for _ in range(COPIES)
            ]
        )
    return index


def copy(rng: Random, kind: Supply) -> Supply:
    """The same at one of a few doors, under another id."""
    [base] = kind.bases
    door = replace(base, lon=round(base.lon + rng.randrange(4) * 0.002, 6))
    return replace(kind, id=UUID(int=rng.getrandbits(128)), bases=(door,))


@compiled
def judge_everyone(
    moment: Moment, applied: Weights, posting: Any, sides: Sides, points: Any, ties: Any
) -> None:
    """Every worker one after the other: no buckets, no bits, no buffer."""
    rows = sides.workers.rows
    for row in range(len(points)):
        value = eligible_score(moment, applied, rows[row], posting, sides)
        points[row] = -1 if value < 0.0 else native_points(value)
        ties[row] = tie_of(rows[row], posting)


def brute_force(
    index: Index, posting: PostingFacts, now: datetime, weights: Any
) -> tuple[list[UUID], list[int]]:
    """All who are eligible, in order, and their points."""
    side, alone = index.workers, index.postings_alone(posting)
    sides = Sides(side.shelf.table, alone, index.zone_arrays(now))
    row = alone.rows[0]
    points = np.zeros(side.count, np.int64)
    ties = np.zeros(side.count, np.uint64)
    judge_everyone(
        moment_of(microseconds(now), row, alone.words, sides.zones),
        applied_weights(row, np.array(weights, np.float64)),
        row,
        sides,
        points,
        ties,
    )
    order = np.lexsort((ties, -points))
    eligible = order[points[order] >= 0]
    return side.ids(eligible), points[eligible].tolist()


POSTINGS: dict[str, dict[str, Any]] = {
    "one skill": {},
    "no skill": {"required_skills": [], "preferred_skills": [asked("cooking", 1)]},
    "two sites": {"pick_up_points": [{**LONDON, "lon": -0.118}]},
    "far and wide": {"radius_km": None, "lodging": True},
    "nobody": {
        "required_skills": [asked("forklift-driving", 5)],
        "pay": None,
        "languages": [{"language": "en", "level": 6}],
    },
}


@pytest.mark.parametrize("k", [0, 1, 7, 1000, 2500])
@pytest.mark.parametrize("name", POSTINGS)
def test_the_best_of_a_crowd_are_those_of_a_look_at_everyone(
    town: Index, name: str, k: int
) -> None:
    posting = a_posting(**POSTINGS[name])
    ids, points = brute_force(town, posting, NOW, ())
    ranking = rank_workers(town, posting, Request(NOW, k=k, possible=0))
    assert [match.id for match in ranking.matches] == ids[:k]
    assert [round(m.score * 1e6) for m in ranking.matches] == points[:k]
    assert dict(ranking.funnel)["not_blocked"] == len(ids)
    assert (len(ids) > BUFFER // 2) == (name != "nobody")


def test_among_thousands_of_equals_the_hash_decides(town: Index) -> None:
    """With nothing weighed that tells them apart."""
    posting, weights = a_posting(), {"availability_slack": 1.0}
    ids, points = brute_force(town, posting, NOW, (0, 0, 1, 0, 0, 0))
    assert len(set(points)) == 1
    ranking = rank_workers(town, posting, Request(NOW, k=1000, weights=weights))
    assert [match.id for match in ranking.matches] == ids[:1000]


def test_a_crowd_is_counted_whole(town: Index) -> None:
    ranking = rank_workers(town, a_posting(), Request(NOW, k=0))
    funnel = dict(ranking.funnel)
    assert ranking.considered == COUNT
    assert funnel["within_reach"] == funnel["has_required_skills"] == COUNT
    assert funnel["pay_meets_floor"] == COUNT - COPIES
    assert funnel["not_blocked"] == COUNT - 2 * COPIES
    assert ranking.possible_total == COPIES


def test_effects_over_a_crowd_are_those_of_a_look_at_everyone(town: Index) -> None:
    found = what_if_posting(town, a_posting(), Request(NOW))
    gains = {(one.kind, one.step): one.gain for one in found.effects}
    assert (found.considered, found.eligible) == (COUNT, COUNT - 2 * COPIES)
    assert gains["language_dropped", "en"] == COPIES


def test_who_leaves_a_crowd_is_found_no_more_and_the_others_are() -> None:
    index = Index(RELATED)
    kind = supply(a_worker(places=[place()]))
    rng = Random(12)
    people = [copy(rng, kind) for _ in range(3000)]
    index.put_workers([index.pack_worker(p, index.names.intern) for p in people])
    for person in people[100:]:
        assert index.drop_worker(person.id)
    ranking = rank_workers(index, a_posting(), Request(NOW, k=1000))
    assert {m.id for m in ranking.matches} == {p.id for p in people[:100]}
