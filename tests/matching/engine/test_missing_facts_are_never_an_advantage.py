"""Deleting a fact of a worker never makes eligible and never raises a rank.

The facts meant are those that a worker could choose to leave out: skills, places,
hours, floors altogether, certificates, languages, what is sought, what is accepted,
when confirmed and last active. Not meant are restrictions, which exist to narrow: busy
exceptions, bookings, blocked organisations, a place's dates, one of several floors; nor
the credit record, which is the platform's and which no worker can delete.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from services.matching.engine.facts import WorkerFacts
from services.matching.engine.index import Index
from services.matching.engine.pair import Context, explain_pair
from services.matching.engine.pipeline import Request, rank_workers
from tests.matching.engine.generated import (
    HUBS,
    RELATED,
    generated_posting,
    generated_worker,
    moment,
)

LISTS = (
    "markets",
    "kinds",
    "skills",
    "places",
    "weekly",
    "certificates",
    "languages",
)


def deletions(worker: WorkerFacts) -> Iterator[tuple[str, WorkerFacts]]:
    """The worker with one fact less, for each fact there is."""
    for name in LISTS:
        facts = getattr(worker, name)
        for gone in range(len(facts)):
            fewer = facts[:gone] + facts[gone + 1 :]
            yield f"one of {name}", replace(worker, **{name: fewer})
        if len(facts) > 1:
            none: dict[str, Any] = {name: ()}
            yield f"all {name}", replace(worker, **none)
    for gone, exception in enumerate(worker.exceptions):
        if exception.free:
            fewer = worker.exceptions[:gone] + worker.exceptions[gone + 1 :]
            yield "free exception", replace(worker, exceptions=fewer)
    if worker.pay_floors:
        yield "all pay_floors", replace(worker, pay_floors=())
    if worker.confirmed_at:
        yield "confirmed_at", replace(worker, confirmed_at=None)
    if worker.last_active_at:
        yield "last_active_at", replace(worker, last_active_at=None)
    if worker.accepts_remote:
        yield "accepts_remote", replace(worker, accepts_remote=False)
    if worker.accepts_lodging:
        yield "accepts_lodging", replace(worker, accepts_lodging=False)


def advantages(rng: Random, seen: Counter[str]) -> list[str]:
    """What was deleted where a deletion helped."""
    now, hub = moment(rng), rng.randrange(len(HUBS))
    worker = generated_worker(rng, now, hub=hub)
    found = []
    for _ in range(3):
        posting = generated_posting(rng, now, hub=hub)
        context = Context(now, RELATED)
        whole = explain_pair(worker, posting, context)
        for fact, less in deletions(worker):
            left = explain_pair(less, posting, context)
            seen[f"eligible before, {left.eligible} after"] += whole.eligible
            seen["pairs"] += 1
            if left.eligible and not (whole.eligible and left.points <= whole.points):
                found.append(f"{fact}: {worker} {posting}")
    return found


@settings(max_examples=40, deadline=None)
@given(st.randoms(use_true_random=False))
def test_deleting_any_fact_never_helps(rng: Random) -> None:
    assert advantages(rng, Counter()) == []


def test_deleting_any_fact_never_helps_over_many_workers() -> None:
    seen: Counter[str] = Counter()
    found = []
    for seed in range(220):
        found += advantages(Random(seed), seen)
    print(  # noqa: T201 (the count is the evidence)
        f"{len(found)} advantages over {seen['pairs']} deletions: {dict(seen)}"
    )
    assert found == []
    assert seen["eligible before, True after"] > 300
    assert seen["eligible before, False after"] > 100


def test_deleting_any_fact_never_raises_a_rank_among_others() -> None:
    checked = 0
    for seed in range(150):
        rng = Random(seed)
        now, hub = moment(rng), rng.randrange(len(HUBS))
        posting = generated_posting(rng, now, hub=hub)
        index = Index(RELATED)
        workers = [generated_worker(rng, now, hub=hub) for _ in range(80)]
        for worker in workers:
            index.put_worker(worker)
        request = Request(now)
        ranks = {m.id: m.rank for m in rank_workers(index, posting, request).matches}
        for worker in workers[:4] + [w for w in workers if w.id in ranks][:2]:
            for _, less in deletions(worker):
                index.put_worker(less)
                matches = rank_workers(index, posting, Request(now, possible=0)).matches
                after = {match.id: match.rank for match in matches}
                assert after.get(less.id, 81) >= ranks.get(less.id, 81)
                checked += less.id in ranks
            index.put_worker(worker)
        if checked > 300:
            break
    assert checked > 300
