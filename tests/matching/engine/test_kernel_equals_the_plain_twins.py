"""The kernel gives what the plain rules and scores give, to the last bit."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace
from random import Random
from typing import Any
from uuid import UUID

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from services.matching.engine import kernel
from services.matching.engine import kernel_filters as native
from services.matching.engine.clock import microseconds
from services.matching.engine.demand import demand
from services.matching.engine.index import Index
from services.matching.engine.kernel_time import Hours, work_period
from services.matching.engine.pair import (
    Context,
    explain_pair,
    part_weights,
    score_parts,
    total,
)
from services.matching.engine.pipeline import Request, rank_postings, rank_workers
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


def differences_of_pairs(rng: Random, side: int, seen: Counter[str]) -> list[str]:
    """Compare side x side pairs rule by rule and part by part."""
    now, hub = moment(rng), rng.randrange(len(HUBS))
    index = Index(RELATED)
    workers = [generated_worker(rng, now, hub=hub) for _ in range(side)]
    postings = [generated_posting(rng, now, hub=hub) for _ in range(side)]
    for number, worker in enumerate(workers):
        index.put_worker(replace(worker, id=UUID(int=number)))
    for number, posting in enumerate(postings):
        index.put_posting(replace(posting, id=UUID(int=number)))
    tables = (index.worker_arrays(), index.posting_arrays(), index.zone_arrays(now))
    now_us, parts = microseconds(now), np.zeros(len(SCORES))
    different = []
    for w, worker in enumerate(workers):
        for p, posting in enumerate(postings):
            twin = explain_pair(worker, posting, Context(now, RELATED))
            seen["eligible"] += twin.eligible
            seen["possible"] += twin.possible
            worker_row, posting_row = tables[0].rows[w], tables[1].rows[p]
            period = work_period(now_us, posting_row, tables[1].shifts, tables[2])
            natively = native_verdicts(now_us, period, worker_row, posting_row, *tables)
            for (name, said), bits in zip(twin.verdicts, natively, strict=True):
                seen[f"{name} {said.outcome.name}"] += 1
                if bits != expected(said.outcome, said.ask):
                    different.append(f"{name}: {bits}, {said} {worker} {posting}")
            judged = kernel.judge(now_us, period, worker_row, posting_row, *tables)
            fails = not (twin.eligible or twin.possible)
            if judged[0] != twin.passed or judged[2] != fails:
                different.append(f"{judged}, {twin} {worker} {posting}")
            # Parts have a value for any pair, so compare them for the unfit too.
            asked = demand(posting, now, RELATED)
            said_parts = score_parts(supply(worker), asked, part_weights(asked, None))
            score = kernel.score(
                now_us, period, np.empty(0), worker_row, posting_row, *tables, parts
            )
            native_values = {
                part.__name__: value
                for part, value in zip(SCORES, parts.tolist(), strict=True)
                if not math.isnan(value)
            }
            values = {part.name: part.value for part in said_parts}
            if score != total(said_parts) or native_values != values:
                different.append(f"{native_values}, {values} {worker} {posting}")
    return different


def native_verdicts(
    now_us: int, period: Any, worker: Any, posting: Any, w: Any, p: Any, zones: Any
) -> tuple[int, ...]:
    """Every rule of the kernel, in the order of FILTERS."""
    first, last, monday = period
    hours = Hours(w.pattern, w.free, w.busy)
    pair = (worker, posting)
    return (
        native.within_reach(*pair, first, last, w.places, p.sites),
        native.has_required_skills(*pair, w.skills, p.requirements, p.members),
        native.free_for_the_schedule(*pair, now_us, monday, hours, p.shifts, zones),
        native.pay_meets_floor(*pair, w.floors),
        native.wants_this_work(*pair, w.markets, w.kinds),
        native.holds_certificates(*pair, last, w.certificates, p.certificates),
        native.speaks_languages(*pair, w.languages, p.languages),
        native.not_blocked(*pair, w.blocked),
    )


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
