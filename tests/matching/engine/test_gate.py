"""Many readers or one writer: nobody sees half a change, and nobody is kept out."""

from __future__ import annotations

import multiprocessing
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import nullcontext
from dataclasses import replace
from random import Random
from typing import Any, NamedTuple
from uuid import UUID

import pytest

from services.matching.engine.facts import PostingFacts, WorkerFacts
from services.matching.engine.gate import Gate
from services.matching.engine.index import Index
from services.matching.engine.pipeline import Request, rank_workers
from services.matching.engine.ranking import Ranking
from services.matching.engine.warm import warm_up
from tests.matching.engine.generated import (
    RELATED,
    generated_posting,
    generated_worker,
    moment,
)

PEOPLE = 300
QUESTIONS = 3
VERSIONS = 60
CHANGED_AT_ONCE = 40
SECONDS = 3.0


def test_readers_are_inside_together() -> None:
    gate, together = Gate(), threading.Barrier(2, timeout=5)

    def read() -> None:
        with gate.reading():
            together.wait()

    with ThreadPoolExecutor(2) as pool:
        for reading in [pool.submit(read) for _ in range(2)]:
            reading.result()


def test_a_writer_is_inside_alone() -> None:
    gate = Gate()
    inside: list[str] = []

    def write(name: str) -> None:
        for _ in range(200):
            with gate.writing():
                inside.append(name)
                time.sleep(0)
                assert inside.pop() == name
                assert not inside

    def read() -> None:
        for _ in range(200):
            with gate.reading():
                assert not inside

    with ThreadPoolExecutor(4) as pool:
        tasks = [pool.submit(write, name) for name in ("a", "b")]
        for task in [*tasks, pool.submit(read), pool.submit(read)]:
            task.result()


def test_a_waiting_writer_goes_before_new_readers_and_after_it_those_who_waited() -> (
    None
):
    gate = Gate()
    order: list[str] = []
    gate.enter_read()
    writers = [threading.Thread(target=_write, args=(gate, order)) for _ in range(2)]
    writers[0].start()
    _until(lambda: len(gate._writers) == 1)
    assert not gate.try_read()
    reader = threading.Thread(target=_read, args=(gate, order))
    reader.start()
    _until(lambda: len(gate._readers) == 1)
    writers[1].start()
    _until(lambda: len(gate._writers) == 2)
    gate.leave_read()
    for thread in (*writers, reader):
        thread.join(5)
    assert order == ["write", "read", "write"]
    assert gate.try_read()


def _write(gate: Gate, order: list[str]) -> None:
    with gate.writing():
        order.append("write")


def _read(gate: Gate, order: list[str]) -> None:
    with gate.reading():
        order.append("read")


def _until(condition: Callable[[], bool]) -> None:
    for _ in range(1000):
        if condition():
            return
        time.sleep(0.005)
    raise AssertionError("never")


def test_whoever_fails_inside_leaves() -> None:
    gate = Gate()
    for side in (gate.reading(), gate.writing()):
        with pytest.raises(KeyError), side:
            raise KeyError
    with gate.writing():
        assert not gate.try_read()
    assert gate.try_read()


class Version(NamedTuple):
    """What leads from the version before to this one."""

    put: list[WorkerFacts]
    dropped: list[UUID]


class Story:
    """A circle of versions, and what each of them answers to some questions."""

    def __init__(self, seed: int) -> None:
        rng = Random(seed)
        self.request = Request(now=moment(rng), k=20)
        self.questions = [
            _easy(generated_posting(rng, self.request.now, hub=0))
            for _ in range(QUESTIONS)
        ]
        ids = [UUID(int=number) for number in range(PEOPLE)]
        self.first = {id: self._somebody(rng, id) for id in ids}
        self.versions = list(self._drawn(rng, ids))
        self.answers = self._told()

    def _somebody(self, rng: Random, id: UUID) -> WorkerFacts:
        worker = generated_worker(rng, self.request.now, hub=rng.randrange(2))
        return replace(worker, id=id)

    def _drawn(self, rng: Random, ids: list[UUID]) -> Iterator[Version]:
        """New people, edits, bookings and moves; the last leads back to the first."""
        people = dict(self.first)
        for _ in range(VERSIONS - 1):
            put, dropped = [], []
            for id in rng.sample(ids, CHANGED_AT_ONCE):
                if id in people and rng.random() < 0.2:
                    dropped.append(id)
                    del people[id]
                else:
                    people[id] = self._changed(rng, id, people.get(id))
                    put.append(people[id])
            yield Version(put, dropped)
        yield Version(list(self.first.values()), [])

    def _changed(self, rng: Random, id: UUID, now: WorkerFacts | None) -> WorkerFacts:
        other = self._somebody(rng, id)
        if now is None:
            return other
        return rng.choice(
            (
                replace(now, places=other.places),
                replace(now, busy=other.busy, credit=other.credit),
                replace(now, pay_floors=other.pay_floors, skills=other.skills),
                replace(now, last_active_at=other.last_active_at),
                other,
            )
        )

    def _told(self) -> list[list[Ranking]]:
        """Of every version, from an index that never was anything else."""
        people = dict(self.first)
        answers = []
        for version in self.versions:
            for id in version.dropped:
                del people[id]
            people |= {worker.id: worker for worker in version.put}
            index = Index(RELATED)
            for worker in people.values():
                index.put_worker(worker)
            answers.append(self.ask(index))
        return answers

    def ask(self, index: Index) -> list[Ranking]:
        return [rank_workers(index, each, self.request) for each in self.questions]


def _easy(posting: PostingFacts) -> PostingFacts:
    """One that many fit, so that its answer changes with every version."""
    return replace(
        posting,
        required_skills=posting.required_skills[:1],
        certificates=(),
        languages=(),
        pay=None,
        needed=1,
    )


def apply(index: Index, version: Version) -> None:
    for id in version.dropped:
        index.drop_worker(id)
    for worker in version.put:
        index.put_worker(worker)


class Counted(NamedTuple):
    wrong: int
    right: int
    versions: int


def run(gated: bool) -> Counted:
    """A writer at full speed, and two readers who know every version's answers."""
    warm_up()
    story = Story(1)
    index = Index(RELATED)
    for worker in story.first.values():
        index.put_worker(worker)
    at = VERSIONS - 1
    ends = time.monotonic() + SECONDS
    reading = index.reading if gated else nullcontext
    writing = index.writing if gated else nullcontext

    def write() -> int:
        nonlocal at
        written = 0
        while time.monotonic() < ends:
            with writing():
                at = (at + 1) % VERSIONS
                apply(index, story.versions[at])
            written += 1
        return written

    def read() -> tuple[int, int]:
        wrong, asked = 0, 0
        while time.monotonic() < ends:
            with reading():
                stood = at
                try:
                    answer: Any = story.ask(index)
                except Exception as torn:
                    answer = torn
            wrong += answer != story.answers[stood]
            asked += 1
        return wrong, asked - wrong

    with ThreadPoolExecutor(3) as pool:
        writer, readers = pool.submit(write), [pool.submit(read) for _ in range(2)]
        told = [reader.result() for reader in readers]
    wrong, right = (sum(each) for each in zip(*told, strict=True))
    return Counted(wrong, right, writer.result())


@pytest.mark.slow
def test_every_answer_is_that_of_one_version() -> None:
    story = Story(1)
    told = [str(answer) for answer in story.answers]
    assert len(set(told)) == VERSIONS, "the questions tell versions apart"
    counted = run(gated=True)
    assert counted.wrong == 0
    assert counted.right > 20
    assert counted.versions > 20


@pytest.mark.slow
def test_without_the_gate_they_are_not() -> None:
    """In a process of its own, which may well crash."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        try:
            wrong = pool.submit(run, gated=False).result().wrong
        except BrokenProcessPool:
            wrong = 1
    assert wrong > 0
