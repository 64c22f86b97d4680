"""The effects of single changes are what judging everybody again gives."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from services.matching.engine.additions import KINDS, Vocabulary
from services.matching.engine.count import count_workers
from services.matching.engine.facts import PostingFacts, WorkerFacts
from services.matching.engine.index import Index
from services.matching.engine.pair import Context, explain_pair
from services.matching.engine.pipeline import Request, rank_workers
from services.matching.engine.relaxations import relaxations
from services.matching.engine.whatif import (
    Effect,
    Openings,
    WhatIf,
    plain_what_if_posting,
    plain_what_if_worker,
    what_if_posting,
    what_if_worker,
)
from tests.matching.engine.builders import (
    NOW,
    a_posting,
    a_worker,
    claim,
    floor,
    place,
)
from tests.matching.engine.builders import RELATED as SMALL
from tests.matching.engine.crowds import odd_posting, odd_worker
from tests.matching.engine.generated import (
    HUBS,
    RELATED,
    generated_posting,
    generated_worker,
    moment,
)

REQUEST = Request(NOW)


def market_of(
    rng: Random, side: int, *, odd: bool = False
) -> tuple[Index, list[WorkerFacts], list[PostingFacts], Request]:
    now, hub = moment(rng), rng.randrange(len(HUBS))
    index = Index(RELATED)
    of_worker, of_posting = [generated_worker], [generated_posting]
    if odd:
        of_worker.append(odd_worker)
        of_posting.append(odd_posting)
    workers = [
        replace(rng.choice(of_worker)(rng, now, hub=hub), id=UUID(int=number))
        for number in range(side)
    ]
    postings = [
        replace(rng.choice(of_posting)(rng, now, hub=hub), id=UUID(int=number))
        for number in range(side)
    ]
    for worker in workers:
        index.put_worker(worker)
    for posting in postings:
        index.put_posting(posting)
    return index, workers, postings, Request(now)


def same_for_a_posting(rng: Random, side: int, *, odd: bool = False) -> WhatIf:
    index, workers, postings, request = market_of(rng, side, odd=odd)
    found = what_if_posting(index, postings[0], request)
    assert found == plain_what_if_posting(workers, postings[0], request, RELATED)
    return found


def same_for_postings(rng: Random, side: int, count: int) -> list[Effect]:
    """The effects for the first postings of one market."""
    index, workers, postings, request = market_of(rng, side)
    effects: list[Effect] = []
    for posting in postings[:count]:
        found = what_if_posting(index, posting, request)
        assert found == plain_what_if_posting(workers, posting, request, RELATED)
        effects += found.effects
    return effects


def same_for_a_worker(rng: Random, side: int, *, odd: bool = False) -> Openings:
    index, workers, postings, request = market_of(rng, side, odd=odd)
    found = what_if_worker(index, workers[0], request)
    assert found == plain_what_if_worker(postings, workers[0], request, RELATED)
    return found


def test_effects_are_differences_of_plain_counts_over_generated_markets() -> None:
    """Brute force: every pair is explained anew, for every relaxation."""
    gains = 0
    for seed in range(10):
        _, workers, postings, request = market_of(Random(seed), 30)
        context = Context(request.now, RELATED)

        def fitting(
            posting: PostingFacts,
            workers: list[WorkerFacts] = workers,
            context: Context = context,
        ) -> int:
            return sum(
                explain_pair(worker, posting, context).eligible
                for worker in workers
                if worker.active
            )

        [posting, *_] = postings
        found = plain_what_if_posting(workers, posting, request, RELATED)
        base = fitting(posting)
        assert found.eligible == base
        for effect, relaxation in zip(
            found.effects, relaxations(posting, request.now), strict=True
        ):
            assert effect.eligible == fitting(relaxation.relaxed)
            assert effect.gain == effect.eligible - base
            gains += effect.gain > 0
    assert gains > 5


def test_the_index_gives_what_the_plain_twins_give() -> None:
    gains = losses = openings = 0
    for seed in range(40):
        for effect in same_for_postings(Random(seed), 25, 6):
            gains += effect.gain > 0
            losses += effect.gain < 0
        openings += len(same_for_a_worker(Random(seed), 25).openings)
    assert gains > 20
    assert losses > 0
    assert openings > 20


def test_index_and_twins_agree_on_crowds_beyond_the_usual() -> None:
    gains = openings = 0
    for seed in range(25):
        found = same_for_a_posting(Random(seed), 30, odd=True)
        gains += sum(effect.gain > 0 for effect in found.effects)
        openings += len(same_for_a_worker(Random(seed), 30, odd=True).openings)
    assert gains > 0
    assert openings > 0


@settings(max_examples=30, deadline=None)
@given(st.randoms(use_true_random=False))
def test_index_and_twins_agree_on_any_small_market(rng: Random) -> None:
    same_for_a_posting(rng, 4)
    same_for_a_worker(rng, 4)


@settings(max_examples=30, deadline=None)
@given(st.randoms(use_true_random=False))
def test_asking_for_less_never_loses_anybody(rng: Random) -> None:
    _, workers, postings, request = market_of(rng, 6)
    for posting in postings[:2]:
        found = plain_what_if_posting(workers, posting, request, RELATED)
        for effect in found.effects:
            assert effect.gain >= 0 or effect.kind == "other_start"
            assert 0 <= effect.eligible <= found.considered


@settings(max_examples=30, deadline=None)
@given(st.randoms(use_true_random=False))
def test_no_addition_closes_a_posting_and_the_widest_opens_all_that_steps_do(
    rng: Random,
) -> None:
    _, workers, postings, request = market_of(rng, 6)
    now, context = request.now, Context(request.now, RELATED)

    def fitting(worker: WorkerFacts) -> set[UUID]:
        return {
            posting.id
            for posting in postings
            if explain_pair(worker, posting, context).eligible
        }

    for worker in workers[:2]:
        base = fitting(worker)
        asked = Vocabulary.of_postings(postings)
        for kind in KINDS:
            widest = fitting(kind.widest(worker, asked, now))
            reached: dict[str, set[UUID]] = {}
            for step in kind.steps(worker, postings, now):
                opened = fitting(step.widened)
                assert base <= opened <= widest
                assert reached.get(step.subject, set()) <= opened
                reached[step.subject] = opened


def test_a_count_is_the_funnel_of_the_ranking() -> None:
    index, _, postings, request = market_of(Random(3), 40)
    for posting in postings:
        counted = count_workers(index, posting, request)
        ranking = rank_workers(index, posting, request)
        assert counted.funnel == ranking.funnel
        assert counted.eligible == ranking.funnel[-1][1]
        assert counted.considered == ranking.considered
        assert counted.possible_total == ranking.possible_total


def test_nineteen_more_would_come_for_one_pound_fifty_more() -> None:
    index = Index(SMALL)
    for number in range(24):
        amount = 1500 if number < 5 else 1650
        index.put_worker(
            replace(a_worker(pay_floors=[floor(amount)]), id=UUID(int=number + 10))
        )
    posting = a_posting(
        pay={"currency": "GBP", "unit": "hour", "minimum": 1400, "maximum": 1500}
    )
    found = what_if_posting(index, posting, REQUEST)
    assert (found.considered, found.eligible) == (24, 5)
    gains = {(one.kind, one.step): one.gain for one in found.effects}
    assert gains["more_pay", "+75"] == 0
    assert gains["more_pay", "+150"] == 19
    assert gains["certificate_dropped", "forklift-licence"] == 0


def test_who_only_might_fit_is_not_counted() -> None:
    unsure = a_worker(pay_floors=[])
    found = plain_what_if_posting([unsure], a_posting(), REQUEST, SMALL)
    assert {effect.eligible for effect in found.effects} == {0}


def test_inactive_workers_are_not_considered() -> None:
    found = plain_what_if_posting([a_worker(active=False)], a_posting(), REQUEST, SMALL)
    assert (found.considered, found.eligible) == (0, 0)
    openings = plain_what_if_worker(
        [a_posting()], a_worker(active=False, skills=[]), REQUEST, SMALL
    )
    assert openings == Openings(0, 0, ())


def test_a_worker_of_no_place_gains_by_nothing() -> None:
    nowhere = a_worker(places=[], skills=[claim("cooking")])
    found = plain_what_if_worker([a_posting()], nowhere, REQUEST, SMALL)
    assert found == Openings(1, 0, ())
    assert not plain_what_if_worker(
        [a_posting()], a_worker(places=[place()]), REQUEST, SMALL
    ).openings
