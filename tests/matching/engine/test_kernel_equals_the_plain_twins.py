"""The kernel gives what the plain rules and scores give, to the last bit."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime
from random import Random
from typing import Any
from uuid import UUID

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from services.matching.engine import kernel_filters as native
from services.matching.engine.clock import microseconds
from services.matching.engine.demand import demand
from services.matching.engine.doors import door_of
from services.matching.engine.explaining import Asked, Figures, parts_of
from services.matching.engine.facts import PostingFacts, WorkerFacts
from services.matching.engine.index import Index
from services.matching.engine.kernel_evidence import FIGURES, find_figures
from services.matching.engine.kernel_moment import moment_of
from services.matching.engine.kernel_pair import (
    Sides,
    applied_weights,
    eligible_score,
    judge,
    part_values,
)
from services.matching.engine.kernel_pair import total as native_total
from services.matching.engine.kernel_reach import nearest_km
from services.matching.engine.kernel_scores import skill_fit
from services.matching.engine.kernel_time import Moment, covered_shifts
from services.matching.engine.pair import (
    Context,
    Explanation,
    explain_pair,
    part_weights,
    score_parts,
    total,
)
from services.matching.engine.pipeline import Request, rank_postings, rank_workers
from services.matching.engine.ranking import Part
from services.matching.engine.rules import ASKS, FILTERS, Outcome
from services.matching.engine.scores import SCORES
from services.matching.engine.supply import supply
from tests.matching.engine.generated import (
    HUBS,
    RELATED,
    generated_posting,
    generated_worker,
    moment,
)
from tests.matching.engine.plain import plain_rank_postings, plain_rank_workers

MARKETS_OWN = np.empty(0)
"""Weights that a caller leaves to the posting's market."""


@dataclass(frozen=True)
class Pairs:
    """Workers and postings in an index, each in the row of its place here."""

    now: datetime
    index: Index
    sides: Sides
    workers: list[WorkerFacts]
    postings: list[PostingFacts]

    @classmethod
    def generated(cls, rng: Random, side: int) -> Pairs:
        now, hub = moment(rng), rng.randrange(len(HUBS))
        index = Index(RELATED)
        ids = [UUID(int=number) for number in range(side)]
        workers = [
            replace(generated_worker(rng, now, hub=hub), id=number) for number in ids
        ]
        postings = [
            replace(
                generated_posting(rng, now, hub=hub),
                id=number,
                turned_away=tuple(id for id in ids if rng.random() < 0.08),
            )
            for number in ids
        ]
        for worker in workers:
            index.put_worker(worker)
        for posting in postings:
            index.put_posting(posting)
        sides = Sides(
            index.workers.shelf.table,
            index.postings.shelf.table,
            index.zone_arrays(now),
        )
        return cls(now, index, sides, workers, postings)

    def moment(self, posting: int) -> Moment:
        now_us, row = microseconds(self.now), self.sides.postings.rows[posting]
        return moment_of(now_us, row, self.sides.postings.words, self.sides.zones)

    def explanation(self, worker: int, posting: int) -> Explanation:
        context = Context(self.now, RELATED)
        return explain_pair(self.workers[worker], self.postings[posting], context)

    def evidence(self, posting: int) -> list[tuple[Part, ...]]:
        """The kernel's parts of every worker for a posting."""
        count, now_us = len(self.workers), microseconds(self.now)
        asked = Asked.read(self.sides.postings, posting, self.index.names, None)
        figures = np.zeros(count, FIGURES)
        claims = np.full((count, len(asked.skills), 2), -1, np.int32)
        find_figures(
            now_us,
            True,
            posting,
            np.arange(count),
            count,
            door_of(*self.sides.workers),
            door_of(*self.sides.postings),
            door_of(*self.sides.zones),
            figures,
            claims,
        )
        told = map(Figures._make, figures.tolist())
        return [
            parts_of(each, held, asked, now_us)
            for each, held in zip(told, claims.tolist(), strict=True)
        ]


def differences_of_pairs(rng: Random, side: int, seen: Counter[str]) -> list[str]:
    """Compare side x side pairs rule by rule and part by part."""
    pairs = Pairs.generated(rng, side)
    different = []
    for p in range(side):
        evidence = pairs.evidence(p)
        for w in range(side):
            twin = pairs.explanation(w, p)
            seen["eligible"] += twin.eligible
            seen["possible"] += twin.possible
            found = [
                *differing_verdicts(pairs, w, p, twin, seen),
                *differing_judgement(pairs, w, p, twin),
                *differing_parts(pairs, w, p),
            ]
            if twin.eligible and evidence[w] != twin.parts:
                found.append(f"{evidence[w]}, {twin.parts}")
            different += [
                f"{each} {pairs.workers[w]} {pairs.postings[p]}" for each in found
            ]
    return different


def differing_verdicts(
    pairs: Pairs, w: int, p: int, twin: Explanation, seen: Counter[str]
) -> list[str]:
    different = []
    for (name, said), bits in zip(
        twin.verdicts, native_verdicts(pairs, w, p), strict=True
    ):
        seen[f"{name} {said.outcome.name}"] += 1
        if bits != expected(said.outcome, said.ask):
            different.append(f"{name}: {bits}, {said}")
    return different


def native_verdicts(pairs: Pairs, w: int, p: int) -> tuple[int, ...]:
    """Every rule of the kernel, in the order of FILTERS."""
    workers, postings, zones = pairs.sides
    moment = pairs.moment(p)
    worker, posting = workers.rows[w], postings.rows[p]
    pair, words = (worker, posting), (workers.words, postings.words)
    return (
        native.within_reach(*pair, moment, *words),
        native.has_required_skills(*pair, *words),
        native.free_for_the_schedule(*pair, moment, *words, zones),
        native.pay_meets_floor(*pair, int(posting["top"]), workers.words),
        native.wants_this_work(*pair),
        native.holds_certificates(*pair, moment.last, *words),
        native.speaks_languages(*pair, *words),
        native.not_blocked(*pair, workers.words),
        native.not_turned_away(*pair, postings.words),
    )


def differing_judgement(pairs: Pairs, w: int, p: int, twin: Explanation) -> list[str]:
    """The rules in a row, and the short cut to the score of whoever is eligible."""
    workers, postings, _ = pairs.sides
    pair = (workers.rows[w], postings.rows[p])
    different = []
    judged = judge(pairs.moment(p), *pair, pairs.sides)
    fails = not (twin.eligible or twin.possible)
    asks = native.FAIL if fails else expected(Outcome.WANT, twin.ask)
    if judged != (twin.passed, asks):
        different.append(f"{judged}, {twin}")
    applied = applied_weights(pair[1], MARKETS_OWN)
    value = eligible_score(pairs.moment(p), applied, *pair, pairs.sides)
    if value != (twin.score if twin.eligible else -1.0):
        different.append(f"{value}, {twin}")
    return different


def differing_parts(pairs: Pairs, w: int, p: int) -> list[str]:
    """Parts have a value for any pair, so they are compared for the unfit too."""
    asked = demand(pairs.postings[p], pairs.now, RELATED)
    said = score_parts(supply(pairs.workers[w]), asked, part_weights(asked, None))
    value, parts = native_score(pairs, w, p)
    values = {part.name: part.value for part in said}
    if (value, parts) == (total(said), values):
        return []
    return [f"{parts}, {values}"]


def native_score(pairs: Pairs, w: int, p: int) -> tuple[float, dict[str, float]]:
    workers, postings, zones = pairs.sides
    worker, posting = workers.rows[w], postings.rows[p]
    moment, words = pairs.moment(p), (workers.words, postings.words)
    km, _ = nearest_km(worker, posting, moment, *words)
    covered = covered_shifts(worker, posting, moment, 0, 0, *words, zones)
    fit = skill_fit(worker, posting, 0.0, 0, *words)
    parts = part_values(moment, worker, posting, pairs.sides, fit, km, covered)
    applied = applied_weights(posting, MARKETS_OWN)
    value: Any = native_total(parts, applied, posting)
    names = [part.__name__ for part in SCORES]
    return value, {
        name: each
        for name, each in zip(names, parts, strict=True)
        if not math.isnan(each)
    }


def expected(outcome: Outcome, ask: tuple[str, ...]) -> int:
    if outcome is Outcome.WANT:
        return sum(1 << ASKS.index(name) for name in ask)
    return native.PASS if outcome is Outcome.PASS else native.FAIL


def test_kernel_equals_twins_over_10_000_pairs() -> None:
    seen: Counter[str] = Counter()
    different = []
    for seed in range(100):
        different += differences_of_pairs(Random(seed), 10, seen)
    print(  # noqa: T201 (the count is the evidence)
        f"{len(different)} differences over 10,000 pairs: {dict(seen)}"
    )
    assert different == []
    assert seen["eligible"] > 300
    assert seen["possible"] > 300
    for rule in FILTERS:
        assert seen[f"{rule.__name__} PASS"] > 100
        assert seen[f"{rule.__name__} FAIL"] > 100


@settings(max_examples=60, deadline=None)
@given(st.randoms(use_true_random=False))
def test_kernel_equals_twins_on_any_small_market(rng: Random) -> None:
    assert differences_of_pairs(rng, 2, Counter()) == []


def test_kernel_equals_twins_over_200_rankings() -> None:
    different = 0
    matched = asked = 0
    for seed in range(100):
        rng = Random(seed)
        now, hub = moment(rng), rng.randrange(len(HUBS))
        workers = [generated_worker(rng, now, hub=hub) for _ in range(60)]
        postings = [generated_posting(rng, now, hub=hub) for _ in range(60)]
        index = Index(RELATED)
        for worker in workers:
            index.put_worker(worker)
        for posting in postings:
            index.put_posting(posting)
        weights = rng.choice((None, {"closeness": 0.75, "recency": 0.25}))
        request = Request(now, k=rng.choice((0, 1, 5, 50)), weights=weights)
        fast = rank_workers(index, postings[0], request)
        plain = plain_rank_workers(workers, postings[0], request, RELATED)
        different += replace(fast, applied_weights={}) != plain
        matched += len(fast.matches)
        asked += fast.possible_total
        fast = rank_postings(index, supply(workers[0]), request)
        plain = plain_rank_postings(postings, workers[0], request, RELATED)
        different += fast != plain
        matched += len(fast.matches)
        asked += fast.possible_total
    print(  # noqa: T201 (the count is the evidence)
        f"{different} differences over 200 rankings "
        f"({matched} matches, {asked} possible)"
    )
    assert different == 0
    assert matched > 200
    assert asked > 200
