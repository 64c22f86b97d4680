"""Time, exact to the minute: plain rules and kernel against zoneinfo itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

from services.matching.engine.clock import (
    DAY,
    EPOCH,
    day_number,
    floor_minute,
    microseconds,
)
from services.matching.engine.demand import demand
from services.matching.engine.facts import PostingFacts, WorkerFacts
from services.matching.engine.index import Index
from services.matching.engine.kernel_moment import moment_of
from services.matching.engine.kernel_time import covered_shifts
from services.matching.engine.rules import ROOM_MINUTES, covers
from services.matching.engine.schedule import occurrences
from services.matching.engine.supply import Supply, supply
from services.matching.engine.terms import Span, WeeklyInterval
from tests.matching.engine.builders import a_posting
from tests.matching.engine.generated import (
    CLOCK_CHANGES,
    RELATED,
    ZONES,
    generated_worker,
    interval,
    moment,
)
from tests.matching.engine.oracle import (
    MINUTE,
    Oracle,
    minutes_of_week,
    reference_monday,
)


def indexed(worker: WorkerFacts) -> Index:
    index = Index(RELATED)
    index.put_worker(worker)
    return index


def native(index: Index, posting: PostingFacts, now: datetime, room: int) -> int:
    """How many shifts the kernel finds covered by the index's one worker."""
    workers, postings = index.workers.shelf.table, index.postings_alone(posting)
    zones, row = index.zone_arrays(now), postings.rows[0]
    moment = moment_of(microseconds(now), row, postings.words, zones)
    return covered_shifts(
        workers.rows[0], row, moment, room, 0, workers.words, postings.words, zones
    )


def dated_cases(rng: Random, worker: Supply, now: datetime) -> Iterator[Span]:
    """Spans around clock changes, and spans that begin and end at a worker's edges."""
    minute = floor_minute(now)
    times = occurrences(worker.zone, worker.pattern, minute, minute + 3 * DAY)
    edges = [edge for span in (*times, *worker.free, *worker.busy) for edge in span]
    for _ in range(5):
        change = rng.choice(CLOCK_CHANGES)
        years = timedelta(days=rng.choice((0, 0, 0, 364, 5 * 364)))
        start = change + years + timedelta(minutes=rng.randrange(-600, 300))
        if rng.random() < 0.3:
            start += timedelta(seconds=rng.randrange(60))
        length = rng.choice((1, 30, 60, 90, rng.randrange(1, 500)))
        yield Span(start, start + timedelta(minutes=length))
    for _ in range(5):
        begin = rng.choice(edges or [minute]) + rng.choice((-1, 0, 0, 1))
        later = [edge for edge in edges if 2 <= edge - begin <= 900]
        end = rng.choice(later or [begin + 30]) + rng.choice((-1, 0, 0, 1))
        yield Span(EPOCH + begin * MINUTE, EPOCH + end * MINUTE)


def test_dated_shifts_equal_the_oracle_over_10_000_cases() -> None:
    differences: list[tuple[WorkerFacts, Span, int]] = []
    cases = covered = 0
    for seed in range(1000):
        rng = Random(seed)
        now = moment(rng)
        worker = generated_worker(rng, now)
        oracle, offered, index = Oracle(worker), supply(worker), indexed(worker)
        for number, shift in enumerate(dated_cases(rng, offered, now)):
            posting = replace(a_posting(), shifts=(shift,), zone=rng.choice(ZONES))
            asked = demand(posting, now, RELATED)
            cases += 1
            for room in (0, ROOM_MINUTES) if number % 10 == 0 else (0,):
                truth = oracle.contains(shift.start, shift.end, room)
                covered += truth
                if (
                    covers(offered, asked, room) != [truth]
                    or native(index, posting, now, room) != truth
                ):
                    differences.append((worker, shift, room))
    print(  # noqa: T201 (the count is the evidence)
        f"{len(differences)} differences over {cases} dated cases, {covered} covered"
    )
    assert differences == []
    assert cases == 10_000
    assert covered > 2_000


def test_weekly_shifts_equal_the_oracle_over_500_cases() -> None:
    differences: list[tuple[WorkerFacts, PostingFacts]] = []
    cases = covered = 0
    for seed in range(250):
        rng = Random(seed)
        now = moment(rng)
        worker = generated_worker(rng, now)
        weekly = WeeklyInterval.read(interval(rng))
        posting = replace(
            a_posting(),
            shifts=(),
            weekly=(weekly,),
            zone=rng.choice(ZONES),
            starts_on=rng.choice((None, now.date() + timedelta(rng.randrange(-9, 30)))),
        )
        monday = reference_monday(posting, now)
        asked = demand(posting, now, RELATED)
        assert asked.first_day == day_number(monday)
        oracle, offered, index = Oracle(worker), supply(worker), indexed(worker)
        minutes = minutes_of_week(posting, weekly, monday)
        for room in (0, ROOM_MINUTES):
            truth = oracle.contains_weekly(minutes, room)
            cases += 1
            covered += truth
            if (
                covers(offered, asked, room) != [truth]
                or native(index, posting, now, room) != truth
            ):
                differences.append((worker, posting))
    print(  # noqa: T201 (the count is the evidence)
        f"{len(differences)} differences over {cases} weekly cases, {covered} covered"
    )
    assert differences == []
    assert covered > 50
