"""An index under changes: how many a second, what they cost questions, and starting.

A thread puts batches packed beforehand through the gate while another asks postings
packed beforehand. Each worker changes back and forth, so that no change is of nothing.
"""

from __future__ import annotations

import gc
import multiprocessing
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from itertools import cycle, islice
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import orjson

from services.matching.engine.clock import microseconds
from services.matching.engine.doors import door_of
from services.matching.engine.facts import posting_facts
from services.matching.engine.index import Index
from services.matching.engine.searching import find_best_workers, own_desk
from services.matching.engine.side import Batch, batch_of
from services.matching.engine.snapshot import load, save
from services.matching.engine.taxonomy import RelatedSkills
from services.matching.engine.warm import warm_up
from services.matching.engine.worker_rows import WORKER
from tests.benchmarks.engine.market import Market, a_market
from tests.benchmarks.engine.ordering import TOP
from tests.benchmarks.engine.queries import Query
from tests.benchmarks.engine.timing import undisturbed
from tests.benchmarks.engine.world import NOW
from tests.benchmarks.figures import Figure, Unit, tell

MILLION = 1_000_000
READ = 100_000  # documents that a cold start is measured with
AT_ONCE = 500
CHANGED = 40_000
QUESTIONS = 400
ROUNDS, SECONDS = 5, 1.0
SCALAR_RATE, RELOCATION_RATE = 300_000, 20_000
# about what comes in 7 ms
SCALAR_BATCH, RELOCATION_BATCH = 2_048, 128

T = TypeVar("T")
Document = dict[str, Any]
Change = Callable[[Market, np.random.Generator, int], Document]


def main(scale: int, *, as_json: bool = False) -> None:
    warm_up()
    market = a_market(scale)

    def told(name: str, value: float, unit: Unit, target: float | None = None) -> None:
        tell(Figure(name, value, unit, target), as_json=as_json)

    microseconds_each = _cold_start(market, min(scale, READ))
    told("cold start: parse, read, pack and put a worker", microseconds_each, "us")
    told(
        "cold start: a million workers at this rate (no database)",
        microseconds_each * MILLION / 1e6,
        "s",
        60.0,
    )
    index = filled(market, range(scale))
    told("memory: bytes a worker", _bytes(index) / scale, "count", 750.0)
    for name, value, unit, target in _kept(index, scale):
        told(name, value, unit, target)
    asked = market.random_queries(QUESTIONS)
    rng = np.random.default_rng(9)
    changes: list[Batch] = []
    for name, change, rate, size in (
        ("scalar changes", scalar, SCALAR_RATE, SCALAR_BATCH),
        ("relocations", relocated, RELOCATION_RATE, RELOCATION_BATCH),
    ):
        batches = _batches(market, index, rng, change, size)
        with undisturbed():
            most = _rate_alone(index, batches)
            done, slower = _together(index, batches, asked, rate)
        changes += batches[: len(batches) // 2]
        told(f"{name}: nobody asks", most, "1/s")
        told(f"{name}: while questions are asked", done, "1/s", 0.95 * rate)
        told(f"questions while {name}: so much as many", slower, "share", 1 / 1.2)
    for what, size in zip(
        ("loaded", "after a million changes"),
        _resident_sizes(index, changes),
        strict=True,
    ):
        told(f"memory: resident bytes a worker, {what}", size / scale, "count", 750.0)


def scalar(market: Market, rng: np.random.Generator, row: int) -> Document:
    """One of what changes often: signs of life, the floor, the record, a booking."""
    document = market.worker_document(row)
    later = NOW - timedelta(minutes=int(rng.integers(0, 5_000)))
    changes: Sequence[Document] = (
        {"confirmed_at": later},
        {"last_active_at": later},
        {"pay_floors": [{**document["pay_floors"][0], "amount": 1_850}]},
        {"credit": {"shows": 7, "bookings": 8}},
        {"busy": [{"start": later, "end": later + timedelta(hours=8)}]},
    )
    return document | changes[int(rng.integers(len(changes)))]


def relocated(market: Market, rng: np.random.Generator, row: int) -> Document:
    """At home where somebody else of the market is."""
    other = market.worker_document(int(rng.integers(len(market.workers))))
    return market.worker_document(row) | {"places": other["places"]}


def batched(items: Iterable[T], size: int) -> Iterator[list[T]]:
    rest = iter(items)
    while some := list(islice(rest, size)):
        yield some


def _cold_start(market: Market, count: int) -> float:
    """Processor time for the documents as the read model has them, in microseconds."""
    texts = [orjson.dumps(market.worker_document(row)) for row in range(count)]
    index = Index(market.related_skills())
    with undisturbed():
        started = time.thread_time()
        for some in batched(texts, AT_ONCE):
            index.put_workers([index.read_worker(orjson.loads(text)) for text in some])
        return (time.thread_time() - started) / count * 1e6


def filled(market: Market, rows: Sequence[int]) -> Index:
    index = Index(market.related_skills())
    for some in batched(rows, AT_ONCE):
        index.put_workers(
            [index.read_worker(market.worker_document(row)) for row in some]
        )
    return index


def _bytes(index: Index) -> int:
    """Of all that is in use; what an array has beyond is no memory yet."""
    with tempfile.TemporaryDirectory(prefix="rollcall-bench-") as directory:
        path = Path(directory) / "index"
        save(index, {}, path)
        return path.stat().st_size


def _resident() -> int:
    """Bytes of this process that are in memory."""
    gc.collect()
    status = Path("/proc/self/status").read_text()
    return 1024 * int(status.partition("VmRSS:")[2].split()[0])


def _resident_sizes(index: Index, changes: Sequence[Batch]) -> tuple[int, int]:
    """What the index takes in a process that has nothing else: loaded, and after a
    million changes."""
    with (
        tempfile.TemporaryDirectory(prefix="rollcall-bench-") as directory,
        ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool,
    ):
        path = Path(directory) / "index"
        save(index, {}, path)
        return pool.submit(_resident_of, path, index.related, list(changes)).result()


def _resident_of(
    path: Path, related: RelatedSkills, changes: Sequence[Batch]
) -> tuple[int, int]:
    warm_up()
    before = _resident()
    index, _ = load(path, related, lambda _: True)
    loaded = _resident() - before
    _change_anybody(index, changes, np.random.default_rng(11))
    return loaded, _resident() - before


def _change_anybody(
    index: Index, batches: Sequence[Batch], rng: np.random.Generator
) -> None:
    """A million changes, each of somebody at random."""
    side, done = index.workers, 0
    slots = len(side.buckets.pages)
    for rows, words in cycle(batches):
        if done >= MILLION:
            return
        anybody = side.shelf.table.rows[rng.integers(0, side.count, len(rows))]
        changed = rows.copy()
        changed["id_high"], changed["id_low"] = anybody["id_high"], anybody["id_low"]
        side.put(side.find(Batch(changed, words), slots))
        done += len(rows)


def _kept(index: Index, scale: int) -> Iterator[tuple[str, float, Unit, float | None]]:
    with tempfile.TemporaryDirectory(prefix="rollcall-bench-") as directory:
        path = Path(directory) / "index"
        started = time.perf_counter()
        save(index, {}, path)
        saved = time.perf_counter() - started
        started = time.perf_counter()
        load(path, index.related, lambda _: True)
        loaded = time.perf_counter() - started
        for what, seconds in (("saved", saved), ("loaded", loaded)):
            yield f"file: {what}, checked", seconds, "s", None
            yield f"file: a million workers {what}", seconds * MILLION / scale, "s", 3.0


def _batches(
    market: Market, index: Index, rng: np.random.Generator, change: Change, size: int
) -> list[Batch]:
    """All there, then all back."""
    rows = rng.permutation(len(market.workers))[:CHANGED].tolist()
    there = [index.read_worker(change(market, rng, row)) for row in rows]
    back = [index.read_worker(market.worker_document(row)) for row in rows]
    return [
        batch_of(WORKER, some) for runs in (there, back) for some in batched(runs, size)
    ]


def _rate_alone(index: Index, batches: Sequence[Batch]) -> float:
    side = index.workers
    slots = len(side.buckets.pages)
    started = time.perf_counter()
    for batch in batches:
        found = side.find(batch, slots)
        with index.writing():
            side.put(found)
    return sum(len(b.rows) for b in batches) / (time.perf_counter() - started)


def _together(
    index: Index, batches: Sequence[Batch], asked: Sequence[Query], rate: int
) -> tuple[float, float]:
    """Updates a second, and how many questions were answered beside as many without:
    medians of rounds of both in turn."""
    ask = _asker(index, asked)
    ask(SECONDS)
    done, shares = [], []
    for _ in range(ROUNDS):
        alone = ask(SECONDS)
        with _changing(index, batches, rate) as count:
            started = time.perf_counter()
            beside = ask(SECONDS)
            done.append(count() / (time.perf_counter() - started))
        shares.append(beside / alone)
    return float(np.median(done)), float(np.median(shares))


def _asker(index: Index, asked: Sequence[Query]) -> Callable[[float], float]:
    """What asks for some seconds, and says how many questions a second that were."""
    alone = [
        door_of(*index.postings_alone(posting_facts(each.document))) for each in asked
    ]
    now, weights = microseconds(NOW), np.array((), np.float64)
    zones, desk, side = index.zones_door(NOW), own_desk(index), index.workers

    def ask(seconds: float) -> float:
        started = time.perf_counter()
        for count, posting in enumerate(cycle(alone), 1):
            with index.reading():
                find_best_workers(
                    now,
                    weights,
                    0,
                    posting,
                    side.door,
                    zones,
                    desk.door,
                    TOP,
                )
            took = time.perf_counter() - started
            if took > seconds:
                return count / took
        raise AssertionError("no questions")

    return ask


@contextmanager
def _changing(
    index: Index, batches: Sequence[Batch], rate: int
) -> Iterator[Callable[[], int]]:
    """Another thread puts so many a second; gives what counts them so far."""
    stop, count, side = threading.Event(), 0, index.workers
    slots = len(side.buckets.pages)

    def write() -> None:
        nonlocal count
        started = time.perf_counter()
        for batch in cycle(batches):
            ahead = count / rate - (time.perf_counter() - started)
            if stop.wait(ahead) if ahead > 0.0 else stop.is_set():
                return
            found = side.find(batch, slots)
            with index.writing():
                side.put(found)
            count += len(batch.rows)

    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield lambda: count
    finally:
        stop.set()
        thread.join()
