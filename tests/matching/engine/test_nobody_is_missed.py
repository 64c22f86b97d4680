"""Entries say too little rather than too much: whom they reject, a rule rejects."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from random import Random
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.matching.engine.buckets import EVERYONE, FIRST_SKILL
from services.matching.engine.clock import microseconds
from services.matching.engine.count import count_workers
from services.matching.engine.entries import (
    SKILL_BITS,
    WIDEST,
    least_pay,
    most_reliable,
    pay_class,
    radius_class,
    reliability_class,
    required_signature,
    skill_bit,
)
from services.matching.engine.facts import PostingFacts, WorkerFacts
from services.matching.engine.gathering import NEARNESS, gather
from services.matching.engine.index import Index
from services.matching.engine.kernel_moment import moment_of
from services.matching.engine.kernel_pair import applied_weights
from services.matching.engine.kernel_rough_hours import needed_hours, note_shifts
from services.matching.engine.layout import Table
from services.matching.engine.pair import Context, explain_pair
from services.matching.engine.pieces import begin
from services.matching.engine.pipeline import (
    Ranking,
    Request,
    rank_postings,
    rank_workers,
)
from services.matching.engine.scratch import Scratch, new_question, new_scratch
from services.matching.engine.steps import step_of_posting, steps_of_posting
from services.matching.engine.strips import NEAR_KM
from services.matching.engine.supply import supply
from services.matching.engine.wanted import wanted_of
from tests.matching.engine.builders import (
    LUTON,
    NOW,
    a_posting,
    a_worker,
    asked,
    claim,
    floor,
    pay,
    place,
    weekly,
)
from tests.matching.engine.builders import RELATED as FORKLIFTS
from tests.matching.engine.crowds import (
    MANY_KINDS,
    MANY_MARKETS,
    odd_posting,
    odd_worker,
)
from tests.matching.engine.generated import (
    HUBS,
    RELATED,
    generated_posting,
    generated_worker,
    moment,
)
from tests.matching.engine.plain import plain_rank_postings, plain_rank_workers

EVERYBODY = 1000


@dataclass(frozen=True)
class Crowd:
    """Workers and postings at one hub, in an index of many thousand names."""

    now: datetime
    index: Index
    workers: list[WorkerFacts]
    postings: list[PostingFacts]

    @classmethod
    def generated(cls, rng: Random, side: int) -> Crowd:
        now, hub = moment(rng), rng.randrange(len(HUBS))
        index = Index(RELATED)
        know_many_names(rng, index)
        workers = [
            replace(
                rng.choice((generated_worker, odd_worker))(rng, now, hub=hub),
                id=UUID(int=number),
            )
            for number in range(side)
        ]
        postings = [
            replace(
                rng.choice((generated_posting, odd_posting))(rng, now, hub=hub),
                id=UUID(int=number),
            )
            for number in range(side)
        ]
        for worker in workers:
            index.put_worker(worker)
        for posting in postings:
            index.put_posting(posting)
        return cls(now, index, workers, postings)

    def eligible(self, posting: PostingFacts) -> Iterator[tuple[UUID, float]]:
        context = Context(self.now, RELATED)
        for worker in self.workers:
            if worker.active:
                judged = explain_pair(worker, posting, context)
                if judged.eligible:
                    yield worker.id, judged.score


def know_many_names(rng: Random, index: Index) -> None:
    """So that skills have high numbers, and any market or kind the first ones."""
    for number in range(rng.choice((0, 9000))):
        index.names.intern("skill", f"name-{number}")
    for vocabulary, names in (("market", MANY_MARKETS), ("kind", MANY_KINDS)):
        for name in rng.sample(names, len(names)):
            index.names.intern(vocabulary, name)


def without_weights(ranking: Ranking) -> Ranking:
    return replace(ranking, applied_weights={})


def a_request(rng: Random, now: datetime) -> Request:
    return Request(
        now,
        k=rng.choice((0, 1, 3, EVERYBODY)),
        possible=rng.choice((0, 1, EVERYBODY)),
        weights=rng.choice(
            (
                None,
                {"closeness": 1.0},
                {"skill_fit": 1.0},
                {"pay_fit": 0.5, "reliability": 0.5},
            )
        ),
    )


@pytest.mark.parametrize("seed", range(12))
def test_rankings_of_odd_crowds_have_everyone_and_count_everyone(seed: int) -> None:
    rng = Random(seed)
    crowd = Crowd.generated(rng, 60)
    matched = possible = 0
    for posting, worker in zip(crowd.postings, crowd.workers, strict=True):
        request = a_request(rng, crowd.now)
        found = rank_workers(crowd.index, posting, request)
        assert without_weights(found) == plain_rank_workers(
            crowd.workers, posting, request, RELATED
        )
        assert count_workers(crowd.index, posting, request).funnel == found.funnel
        ours = rank_postings(crowd.index, supply(worker), request)
        assert ours == plain_rank_postings(crowd.postings, worker, request, RELATED)
        matched += len(found.matches) + len(ours.matches)
        possible += found.possible_total + ours.possible_total
    assert matched > 10
    assert possible > 10


@settings(max_examples=60, deadline=None)
@given(st.randoms(use_true_random=False))
def test_rankings_of_any_small_crowd_have_everyone(rng: Random) -> None:
    crowd = Crowd.generated(rng, 4)
    request = Request(crowd.now, k=EVERYBODY, possible=EVERYBODY)
    for posting in crowd.postings:
        assert without_weights(
            rank_workers(crowd.index, posting, request)
        ) == plain_rank_workers(crowd.workers, posting, request, RELATED)
    for worker in crowd.workers:
        assert rank_postings(
            crowd.index, supply(worker), request
        ) == plain_rank_postings(crowd.postings, worker, request, RELATED)


@pytest.mark.parametrize("seed", range(8))
def test_who_is_eligible_stands_in_every_group_with_no_less_than_the_score(
    seed: int,
) -> None:
    """Whichever required group is taken to look for a posting's workers."""
    rng = Random(100 + seed)
    crowd = Crowd.generated(rng, 80)
    looked = 0
    for posting in crowd.postings:
        eligible = dict(crowd.eligible(posting))
        for bounds in bounds_by_group(crowd.index, crowd.now, posting):
            for id, score in eligible.items():
                assert bounds.get(id, -1.0) >= score
                looked += 1
    assert looked > 20


def bounds_by_group(
    index: Index, now: datetime, posting: PostingFacts
) -> Iterator[dict[UUID, float]]:
    """Whom the entries let through by each required group, and by none, with the most
    that each one's score can be."""
    alone = index.postings_alone(posting)
    scratch = new_scratch(len(index.workers.shelf.table.rows))
    sizes = requirement_members(alone)
    required = len(posting.required_skills)
    for group in range(-1, required):
        first = sum(sizes[:group]) if group >= 0 else 0
        members = range(first, first + (sizes[group] if group >= 0 else 1))
        bounds: dict[UUID, float] = {}
        for member in members:
            slot = EVERYONE
            if group >= 0:
                slot = FIRST_SKILL + member_skill(index, posting, group, member - first)
            for id, bound in gathered(index, now, alone, slot, group, member, scratch):
                bounds[id] = max(bound, bounds.get(id, -1.0))
        yield bounds


def requirement_members(alone: Table) -> list[int]:
    """How many members each requirement of a posting has."""
    row = alone.rows[0]
    at = 8 * int(row["sites_n"]) + 4 * int(row["shifts_n"])
    return [
        int(alone.words[at + 6 * number + 5])
        for number in range(int(row["requirements_n"]))
    ]


def member_skill(index: Index, posting: PostingFacts, group: int, place: int) -> int:
    """The number of a group's nth skill among those that are known."""
    skill = posting.required_skills[group].skill
    numbers = [index.names.find("skill", name) for name, _ in RELATED.group(skill)]
    return [number for number in numbers if number >= 0][place]


def gathered(
    index: Index,
    now: datetime,
    alone: Table,
    slot: int,
    group: int,
    member: int,
    scratch: Scratch,
) -> Iterator[tuple[UUID, float]]:
    """Whoever is let through in one slot, from every step of a posting."""
    side, memory, row = index.workers, scratch.memory[0], alone.rows[0]
    zones = index.zone_arrays(now)
    asked_at = moment_of(microseconds(now), row, alone.words, zones)
    hours = needed_hours(row, asked_at.monday, alone.words, zones)
    new_question(scratch)
    wanted = wanted_of(
        row,
        group,
        member,
        applied_weights(row, np.empty(0)),
        np.uint64(required_signature(row, hours, alone.words)),
        note_shifts(row, asked_at.monday, alone.words, zones, memory),
        alone.words,
        memory,
    )
    # the highest bit would make a plain number of it that has no room
    wanted = wanted._replace(sign=np.uint64(wanted.sign))
    radius = float(row["radius"])
    for number in range(0 if row["remote"] else 1, steps_of_posting(row)):
        step = step_of_posting(
            number, slot, radius, row, alone.words, side.buckets, memory
        )
        begin(memory)
        assert not gather(side.buckets, step, wanted, memory)
    found = int(memory["buffered"])
    return zip(
        side.ids(memory["rows"][:found]),
        memory["bounds"][:found].tolist(),
        strict=True,
    )


def let_through(worker: WorkerFacts, posting: PostingFacts) -> bool:
    index = Index(FORKLIFTS)
    index.put_worker(worker)
    scratch = new_scratch(64)
    skill = index.names.find("skill", "forklift-driving")
    alone = index.postings_alone(posting)
    return bool(list(gathered(index, NOW, alone, FIRST_SKILL + skill, 0, 0, scratch)))


@pytest.mark.parametrize(
    "changes",
    [
        {"places": [place(LUTON, 20)]},
        {"places": [place(LUTON, 500)]},
        {"skills": [claim("forklift-driving", 2)]},
        {"pay_floors": [floor(2500)]},
        {"markets": ["talent"]},
        {"kinds": ["full_time"]},
        {"active": False},
    ],
)
def test_who_clearly_does_not_fit_is_not_looked_at(changes: dict[str, Any]) -> None:
    posting = a_posting(required_skills=[asked("forklift-driving", 3)])
    assert let_through(a_worker(), posting)
    assert not let_through(a_worker(**changes), posting)


def test_hours_at_another_time_of_day_or_on_another_day_are_not_looked_at() -> None:
    """As far as halves of days and the hours of any day tell, which is a lot."""
    monday = [weekly(0, "08:00", "16:00")]
    posting = a_posting(shifts=[], weekly=monday)
    fits, late, other = (
        a_worker(weekly=[weekly(day, *hours)])
        for day, hours in (
            (0, ("07:30", "16:30")),
            (0, ("11:00", "20:00")),
            (1, ("07:30", "16:30")),
        )
    )
    assert let_through(fits, posting)
    assert not let_through(late, posting)
    assert not let_through(other, posting)


@pytest.mark.parametrize("needed", [1, 2, 3])
def test_whoever_can_take_too_few_of_the_shifts_is_not_looked_at(needed: int) -> None:
    shifts = [weekly(day, "08:00", "16:00") for day in range(3)]
    posting = a_posting(
        shifts=[], weekly=shifts, commitment={"kind": "at_least", "count": needed}
    )
    for days in range(1, 4):
        free = [weekly(day, "08:00", "16:00") for day in range(days)]
        assert let_through(a_worker(weekly=free), posting) == (days >= needed)


def test_a_required_skill_with_no_stand_in_is_asked_of_the_signature() -> None:
    both = [asked("forklift-driving", 1), asked("welding", 1)]
    posting = a_posting(required_skills=both)
    skills = [claim("forklift-driving"), claim("welding")]
    assert let_through(a_worker(skills=skills), posting)
    index = Index(FORKLIFTS)
    index.put_worker(a_worker(id=str(UUID(int=9)), skills=[claim("welding")]))
    index.put_worker(a_worker(skills=[claim("forklift-driving")]))
    skill = index.names.find("skill", "forklift-driving")
    alone = index.postings_alone(posting)
    found = gathered(index, NOW, alone, FIRST_SKILL + skill, 0, 0, new_scratch(64))
    assert list(found) == []


@settings(deadline=None)
@given(st.floats(0, 1e6))
def test_a_radius_class_reaches_as_far_as_the_radius(km: float) -> None:
    kind = radius_class(km)
    if km > NEAR_KM:
        assert kind == WIDEST
    else:
        assert kind < WIDEST - 1
        assert kind**2 / 32.0 >= km > (kind - 1) ** 2 / 32.0 - 1e-9 or km == 0.0


@settings(deadline=None)
@given(st.floats(0, 1e15), st.floats(0, 1e15))
def test_a_pay_class_grows_with_the_amount_and_says_no_more(a: float, b: float) -> None:
    low, high = sorted((a, b))
    assert 0 <= pay_class(low) <= pay_class(high) <= 255
    assert least_pay(pay_class(a)) <= a


def test_pay_classes_tell_an_eighth_of_an_octave_apart() -> None:
    assert pay_class(1500.0) < pay_class(1500.0 * 2 ** (1 / 8) + 1)


@settings(deadline=None)
@given(st.floats(0, 1))
def test_a_reliability_class_says_no_less_than_the_value(value: float) -> None:
    kind = reliability_class(value)
    assert 0 <= kind <= 7
    assert most_reliable(kind) >= value


def test_nearness_is_never_less_than_its_exponential() -> None:
    for number, value in enumerate(NEARNESS.tolist()):
        assert value >= math.exp(-(number + 1) / 64.0)
        assert value <= math.exp(-number / 64.0) * 1.001


def test_bits_of_skills_are_spread_over_the_signature() -> None:
    bits = [int(skill_bit(skill)) for skill in range(20_000)]
    assert all(bit.bit_count() == 1 for bit in bits)
    assert len(set(bits)) == SKILL_BITS
    most = max(bits.count(1 << place) for place in range(SKILL_BITS))
    assert most < 2 * 20_000 / SKILL_BITS


def test_a_floor_by_the_piece_or_of_another_currency_hides_no_one() -> None:
    """Such a worker's floors cannot be compared with one another."""
    index = Index(FORKLIFTS)
    several = [floor(9_000_000), floor(5, "piece")]
    index.put_worker(a_worker(pay_floors=several))
    mixed = [floor(9_000_000, currency="CNY"), floor(5)]
    index.put_worker(a_worker(id=str(UUID(int=8)), pay_floors=mixed))
    by_the_piece = a_posting(pay=pay(9, "piece"))
    request = Request(NOW)
    assert len(rank_workers(index, by_the_piece, request).matches) == 1
    assert len(rank_workers(index, a_posting(), request).matches) == 1
