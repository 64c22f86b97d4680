"""An index changed in place answers as one built anew, and wastes no space."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

import pytest

from services.matching.engine.count import count_workers
from services.matching.engine.facts import PostingFacts, WorkerFacts
from services.matching.engine.index import Index
from services.matching.engine.keeping import STEP
from services.matching.engine.layout import Run
from services.matching.engine.pipeline import Request, rank_postings, rank_workers
from services.matching.engine.posting_rows import posting_words
from services.matching.engine.side import Side
from services.matching.engine.supply import supply
from services.matching.engine.terms import Place, SkillClaim
from services.matching.engine.worker_rows import worker_words
from tests.matching.engine import generated
from tests.matching.engine.builders import (
    NOW,
    WORKER_ID,
    a_posting,
    a_supply,
    a_worker,
    asked,
    claim,
    floor,
    place,
)
from tests.matching.engine.builders import RELATED as FORKLIFTS
from tests.matching.engine.crowds import RADII_KM, odd_posting, odd_worker
from tests.matching.engine.generated import (
    HUBS,
    RELATED,
    generated_posting,
    generated_worker,
    moment,
)

IDS = [UUID(int=number) for number in range(60)]
REQUEST = Request(NOW)


@dataclass
class Town:
    """An index that was changed again and again, and what it should hold."""

    rng: Random
    now: datetime
    hub: int
    index: Index = field(default_factory=lambda: Index(RELATED))
    people: dict[UUID, WorkerFacts] = field(default_factory=dict)
    jobs: dict[UUID, PostingFacts] = field(default_factory=dict)

    @classmethod
    def changed(cls, seed: int, changes: int) -> Town:
        rng = Random(seed)
        town = cls(rng, moment(rng), rng.randrange(len(HUBS)))
        for _ in range(changes):
            rng.choice(CHANGES)(town, rng.choice(IDS))
        return town

    def a_worker(self) -> WorkerFacts:
        make = self.rng.choice((generated_worker, odd_worker))
        return make(self.rng, self.now, hub=self.hub)

    def a_posting(self) -> PostingFacts:
        make = self.rng.choice((generated_posting, odd_posting))
        return make(self.rng, self.now, hub=self.hub)

    def put(self, worker: WorkerFacts) -> None:
        self.index.put_worker(worker)
        self.people[worker.id] = worker

    def fresh(self) -> Index:
        fresh = Index(RELATED)
        for worker in self.people.values():
            fresh.put_worker(worker)
        for posting in self.jobs.values():
            fresh.put_posting(posting)
        return fresh


def comes(town: Town, id: UUID) -> None:
    town.put(replace(town.a_worker(), id=id))


def goes(town: Town, id: UUID) -> None:
    assert town.index.drop_worker(id) == (town.people.pop(id, None) is not None)


def is_published(town: Town, id: UUID) -> None:
    town.jobs[id] = replace(town.a_posting(), id=id)
    town.index.put_posting(town.jobs[id])


def is_filled(town: Town, id: UUID) -> None:
    assert town.index.drop_posting(id) == (town.jobs.pop(id, None) is not None)


def _changing(change: Callable[[Town, WorkerFacts], WorkerFacts]) -> Any:
    """One thing becomes another, for a worker that there is."""

    def changed(town: Town, id: UUID) -> None:
        if id in town.people:
            town.put(change(town, town.people[id]))

    return changed


def _moved(town: Town, worker: WorkerFacts) -> WorkerFacts:
    return replace(worker, places=town.a_worker().places)


def _travelling(town: Town, worker: WorkerFacts) -> WorkerFacts:
    radius = town.rng.choice(RADII_KM)
    places = [each._replace(radius_km=float(radius)) for each in worker.places]
    return replace(worker, places=tuple(places))


def _settled(town: Town, worker: WorkerFacts) -> WorkerFacts:
    return replace(worker, places=worker.places[:1])


def _asking(town: Town, worker: WorkerFacts) -> WorkerFacts:
    return replace(worker, pay_floors=town.a_worker().pay_floors)


def _resting(town: Town, worker: WorkerFacts) -> WorkerFacts:
    return replace(worker, active=not worker.active)


def _lodging(town: Town, worker: WorkerFacts) -> WorkerFacts:
    return replace(worker, accepts_lodging=not worker.accepts_lodging)


def _at_home(town: Town, worker: WorkerFacts) -> WorkerFacts:
    return replace(worker, accepts_remote=not worker.accepts_remote)


def _known(town: Town, worker: WorkerFacts) -> WorkerFacts:
    other = town.a_worker()
    return replace(
        worker,
        credit=other.credit,
        markets=other.markets,
        kinds=other.kinds,
        certificates=other.certificates,
    )


def _learned(town: Town, worker: WorkerFacts) -> WorkerFacts:
    return replace(worker, skills=town.a_worker().skills)


def _better(town: Town, worker: WorkerFacts) -> WorkerFacts:
    skills = [each._replace(level=town.rng.randint(1, 5)) for each in worker.skills]
    return replace(worker, skills=tuple(skills))


CHANGES: tuple[Callable[[Town, UUID], None], ...] = (
    *(comes, comes, goes, is_published, is_published, is_filled),
    *map(
        _changing,
        (
            _moved,
            _travelling,
            _settled,
            _asking,
            _resting,
            _lodging,
            _at_home,
            _known,
            _learned,
            _better,
        ),
    ),
)


@pytest.mark.parametrize("seed", range(16))
def test_updates_in_place_equal_a_fresh_build(seed: int) -> None:
    town = Town.changed(seed, 1500)
    fresh = town.fresh()
    request = Request(town.now)
    for id, worker in town.people.items():
        assert town.index.worker(id) == supply(worker)
    for _ in range(5):
        posting, worker = town.a_posting(), town.a_worker()
        assert rank_workers(town.index, posting, request) == rank_workers(
            fresh, posting, request
        )
        assert rank_postings(town.index, supply(worker), request) == rank_postings(
            fresh, supply(worker), request
        )


@pytest.mark.parametrize("seed", range(4))
def test_everyone_who_left_left_nothing_behind(seed: int) -> None:
    town = Town.changed(seed, 600)
    for id in list(town.people):
        goes(town, id)
    for id in list(town.jobs):
        is_filled(town, id)
    for side in (town.index.workers, town.index.postings):
        assert side.room.space.ends.tolist() == [0, 0], "no entry stands anywhere"
        assert side.shelf.space.ends.tolist() == [0, 0], "no word is held"
        assert (side.count, side.live) == (0, 0)


def standing(side: Side) -> int:
    """How many entries there are."""
    return int(side.buckets.leaves["weight"].sum())


def held_words(side: Side, length: Callable[[Any], int]) -> int:
    return sum(int(length(row)) for row in side.shelf.table.rows if row["held"])


def test_space_stays_within_a_small_factor_of_what_is_held() -> None:
    town = Town.changed(5, 0)
    entries, words = [], []
    for round in range(60):
        for id in IDS:
            comes(town, id)
            is_published(town, id)
        for id in IDS[:: 2 + round % 3]:
            goes(town, id)
            is_filled(town, id)
        entries.append(standing(town.index.workers))
        words.append(held_words(town.index.workers, worker_words))
    for side, length in (
        (town.index.workers, worker_words),
        (town.index.postings, posting_words),
    ):
        assert len(side.shelf.table.rows) <= 2 * len(IDS)
        assert side.shelf.counts[0] <= len(IDS)
        most = max(held_words(side, length), max(words))
        assert STEP * side.shelf.space.ends[0] <= 6 * most
    assert town.index.workers.room.space.ends[0] <= 6 * max(entries)


def test_the_same_ones_put_again_take_no_more_space() -> None:
    town = Town.changed(6, 0)
    for id in IDS:
        comes(town, id)
        is_published(town, id)
    sides = (town.index.workers, town.index.postings)
    before = [(standing(side), side.shelf.space.ends.tolist()) for side in sides]
    begun = [int(side.room.space.ends[0]) for side in sides]
    for _ in range(20):
        for id in IDS:
            town.put(town.people[id])
            town.index.put_posting(town.jobs[id])
    assert before == [
        (standing(side), side.shelf.space.ends.tolist()) for side in sides
    ]
    for side, end in zip(sides, begun, strict=True):
        assert side.room.space.ends[0] <= 2 * end


def a_traveller(radius_km: float) -> WorkerFacts:
    return a_worker(places=[place(radius_km=radius_km)])


@pytest.mark.parametrize(
    ("before", "after"), [(20, 5000), (5000, 20), (100, 100.001), (100.001, 100)]
)
def test_a_radius_that_becomes_far_or_near_is_seen(before: float, after: float) -> None:
    index = Index(FORKLIFTS)
    index.put_worker(a_traveller(before))
    index.put_worker(a_traveller(after))
    paris = a_posting(place={"lat": 48.86, "lon": 2.35}, radius_km=None)
    assert len(rank_workers(index, paris, REQUEST).matches) == (after == 5000)
    assert len(rank_workers(index, a_posting(), REQUEST).matches) == 1
    assert index.drop_worker(WORKER_ID)
    assert standing(index.workers) == 0


def test_a_worker_of_300_skills_at_40_places_is_held_and_found_everywhere() -> None:
    index = Index(FORKLIFTS)
    index.put_worker(a_worker(id=str(UUID(int=5))))
    busiest = a_worker(
        skills=[claim(f"craft-{number}") for number in range(300)],
        places=[place({"lat": float(n), "lon": -2.0 * n}) for n in range(40)],
        accepts_lodging=True,
        accepts_remote=True,
    )
    for _ in range(3):
        index.put_worker(busiest)
    assert index.worker(WORKER_ID) == supply(busiest)
    for number in (0, 17, 39):
        posting = a_posting(
            required_skills=[asked(f"craft-{7 * number}", 5)],
            place={"lat": float(number), "lon": -2.0 * number},
        )
        assert [m.id for m in rank_workers(index, posting, REQUEST).matches] == [
            WORKER_ID
        ]
    # whoever was everywhere is put where one place is, and leaves the others
    index.put_worker(a_worker())
    assert standing(index.workers) == 4, "two workers, each with one skill"
    assert len(rank_workers(index, a_posting(), REQUEST).matches) == 2


def test_a_posting_of_many_sites_and_skills_is_held_and_found() -> None:
    index = Index(FORKLIFTS)
    sites = [{"lat": float(n), "lon": 3.0 * n} for n in range(1, 41)]
    posting = a_posting(
        pick_up_points=sites,
        preferred_skills=[asked(f"craft-{number}") for number in range(300)],
    )
    index.put_posting(posting)
    index.put_posting(posting)
    for at in (sites[0], sites[-1]):
        worker = a_supply(places=[place(at)])
        assert len(rank_postings(index, worker, REQUEST).matches) == 1
    index.put_posting(a_posting())
    assert len(rank_postings(index, a_supply(), REQUEST).matches) == 1
    assert (
        rank_postings(index, a_supply(places=[place(sites[0])]), REQUEST).matches == ()
    )


def test_a_batch_goes_on_where_there_was_no_room() -> None:
    """Each needs more of everything than there is at first."""
    rng = Random(9)
    now = moment(rng)
    workers = [
        replace(odd_worker(rng, now, hub=0), id=UUID(int=number))
        for number in range(300)
    ]
    index, one_by_one = Index(RELATED), Index(RELATED)
    index.put_workers(
        [index.pack_worker(supply(each), index.names.intern) for each in workers]
    )
    for worker in workers:
        one_by_one.put_worker(worker)
    assert index.worker_count == 300
    for _ in range(10):
        posting = odd_posting(rng, now, hub=0)
        request = Request(now)
        assert count_workers(index, posting, request) == count_workers(
            one_by_one, posting, request
        )
        assert rank_workers(index, posting, request) == rank_workers(
            one_by_one, posting, request
        )


def test_the_last_of_a_batch_that_names_one_twice_is_kept() -> None:
    index = Index(FORKLIFTS)
    told = [a_supply(), a_supply(skills=[claim("cooking")]), a_supply(active=False)]
    index.put_workers([index.pack_worker(each, index.names.intern) for each in told])
    assert (index.worker_count, index.workers.live) == (1, 0)
    assert index.worker(WORKER_ID) == a_supply(active=False)


def a_crowd(rng: Random, now: datetime, count: int) -> list[WorkerFacts]:
    return [
        replace(odd_worker(rng, now, hub=0), id=UUID(int=number))
        for number in range(count)
    ]


def differently(rng: Random, now: datetime, worker: WorkerFacts) -> WorkerFacts:
    """The same person, changed a little or altogether."""
    other = replace(odd_worker(rng, now, hub=0), id=worker.id)
    changes = (
        worker,
        replace(worker, pay_floors=other.pay_floors),
        replace(worker, credit=other.credit, last_active_at=other.last_active_at),
        replace(worker, markets=other.markets, kinds=other.kinds),
        replace(worker, places=other.places),
        replace(worker, skills=other.skills),
        replace(worker, active=not worker.active),
        other,
    )
    return rng.choice(changes)


def packed(index: Index, workers: list[WorkerFacts]) -> list[Run]:
    return [index.pack_worker(supply(each), index.names.intern) for each in workers]


def assert_hold_the_same(
    index: Index, other: Index, rng: Random, now: datetime
) -> None:
    for _ in range(20):
        posting, request = odd_posting(rng, now, hub=0), Request(now)
        assert rank_workers(index, posting, request) == rank_workers(
            other, posting, request
        )


@pytest.mark.parametrize("seed", range(3))
def test_a_batch_of_all_changes_at_once_is_as_one_after_the_other(seed: int) -> None:
    rng = Random(seed)
    now = moment(rng)
    crowd = a_crowd(rng, now, 200)
    index, one_by_one = Index(RELATED), Index(RELATED)
    for _ in range(5):
        # some twice, some three times
        batch = [differently(rng, now, each) for each in rng.choices(crowd, k=300)]
        index.put_workers(packed(index, batch))
        for worker in batch:
            one_by_one.put_worker(worker)
        assert_hold_the_same(index, one_by_one, rng, now)


@pytest.mark.parametrize("dropped", [True, False])
def test_what_was_looked_up_before_another_change_is_looked_up_again(
    dropped: bool,
) -> None:
    rng = Random(5)
    now = moment(rng)
    crowd = a_crowd(rng, now, 200)
    index, one_by_one = Index(RELATED), Index(RELATED)
    for each in (index, one_by_one):
        each.put_workers(packed(each, crowd))
    edits = [replace(each, pay_floors=()) for each in crowd[:100]]
    found = index.find_workers(packed(index, edits))
    others = a_crowd(Random(6), now, 150)
    for each in (index, one_by_one):
        if dropped:
            for worker in crowd[50:150]:
                each.drop_worker(worker.id)
        else:
            each.put_workers(packed(each, others))
    index.workers.put(found)
    for worker in edits:
        one_by_one.put_worker(worker)
    assert_hold_the_same(index, one_by_one, rng, now)


@pytest.mark.parametrize("active", [True, False])
def test_who_is_counted_as_considered_follows_activity(active: bool) -> None:
    index = Index(FORKLIFTS)
    for each in (not active, active, not active, active):
        index.put_worker(a_worker(active=each))
    assert rank_workers(index, a_posting(), REQUEST).considered == active
    assert index.drop_worker(WORKER_ID)
    assert rank_workers(index, a_posting(), REQUEST).considered == 0


def test_floors_that_rise_and_fall_are_seen() -> None:
    index = Index(FORKLIFTS)
    offers = a_posting()
    for floors, found in (
        ([floor(1500)], 1),
        ([floor(2100)], 0),
        ([floor(2100), floor(9, "piece")], 0),
        ([floor(1999), floor(2000)], 1),
        ([], 0),
        ([floor(9_000_000, "month", "CNY")], 0),
        ([floor(0)], 1),
    ):
        index.put_worker(a_worker(pay_floors=floors))
        assert len(rank_workers(index, offers, REQUEST).matches) == found


def test_an_expiry_that_passes_needs_no_update() -> None:
    index = Index(FORKLIFTS)
    ends = NOW + timedelta(hours=1)
    index.put_posting(a_posting(expires_at=ends))
    for later, found in ((timedelta(0), 1), (timedelta(hours=1), 0)):
        ranking = rank_postings(index, a_supply(), Request(NOW + later))
        assert (ranking.considered, len(ranking.matches)) == (found, found)


def test_places_and_skills_of_generated_towns_are_used() -> None:
    """The changes above would say little of people who are all alike."""
    town = Town.changed(1, 1500)
    places: set[Place] = {each for who in town.people.values() for each in who.places}
    skills: set[SkillClaim] = {s for who in town.people.values() for s in who.skills}
    assert len(places) > 40
    assert max(len(who.skills) for who in town.people.values()) > 64
    assert len({s.skill for s in skills}) > len(generated.SKILLS)
