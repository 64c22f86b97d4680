"""The funnel of a worker: how many postings around pass each rule in turn.

Fills `funnel[i]` with what passes the first i + 1 filters, and `heap` with those that
fail nothing but would have to ask, the fewest questions first.
"""

# Records are typed by numba; for mypy their fields are Any.
# mypy: disable-error-code="no-any-return"

from __future__ import annotations

from typing import Any

from services.matching.engine.buckets import EVERYONE
from services.matching.engine.doors import Door
from services.matching.engine.heap import put_in_order
from services.matching.engine.kernel_moment import moment_of
from services.matching.engine.kernel_pair import Sides, judge
from services.matching.engine.layout import whole
from services.matching.engine.native import compiled
from services.matching.engine.nearby import set_aside_those_in, sort_out
from services.matching.engine.opened import (
    BUCKETS,
    LISTS,
    SCRATCH,
    TABLE,
    ZONES,
    open_buckets,
    open_lists,
    open_postings,
    open_scratch,
    open_workers,
    open_zones,
)
from services.matching.engine.pieces import begin, goes_on
from services.matching.engine.scratch import (
    BUFFER,
    LONGEST,
    Scratch,
    first_time,
    new_question,
)
from services.matching.engine.steps import place_circle, step_of_worker, steps_of_worker
from services.matching.engine.tally import Tally, add_up, note


@compiled
def count_postings(
    now_us: int,
    worker_row: int,
    asked_door: Door,
    side_door: Door,
    zones_door: Door,
    desk_door: Door,
    places: int,
) -> tuple[int, int]:
    """As `count_workers`; expired postings are passed over."""
    workers = open_workers(asked_door, TABLE)
    postings, buckets = (
        open_postings(side_door, TABLE),
        open_buckets(side_door, BUCKETS),
    )
    zones = open_zones(zones_door, ZONES)
    scratch, lists = open_scratch(desk_door, SCRATCH), open_lists(desk_door, LISTS)
    new_question(scratch)
    memory = scratch.memory[0]
    worker = workers.rows[worker_row]
    w = workers.words
    sides = Sides(workers, postings, zones)
    memory.passed[:] = 0
    tally = Tally(memory.passed, lists.possible, places)
    for number in range(steps_of_worker(worker)):
        here = place_circle(number, worker, w)
        step = step_of_worker(number, EVERYONE, here, worker, buckets, memory)
        begin(memory)
        while goes_on(memory, step.ranges):
            if memory.buffered > BUFFER - LONGEST:
                judge_postings(now_us, worker, sides, scratch, tally)
            sort_out(buckets, step, 0, memory)
            set_aside_those_in(buckets, memory)
    if worker.places_n == 0 and worker.live:
        # any work that is not remote may be possible, if they say where they are
        for row in range(len(postings.rows)):
            if postings.rows[row].live and not postings.rows[row].remote:
                memory.rows[memory.buffered] = row
                memory.buffered += 1
            if memory.buffered == BUFFER:
                judge_postings(now_us, worker, sides, scratch, tally)
    judge_postings(now_us, worker, sides, scratch, tally)
    add_up(tally, lists.funnel)
    put_in_order(lists.possible, memory.kept)
    return memory.kept, memory.looked


@compiled
def judge_postings(
    now_us: int,
    worker: Any,
    sides: Sides,
    scratch: Scratch,
    tally: Tally,
) -> None:
    memory, rows, p = scratch.memory[0], sides.postings.rows, sides.postings.words
    for i in range(memory.buffered):
        row = whole(memory.rows[i])
        posting = rows[row]
        if posting.expires <= now_us or not first_time(scratch, row):
            continue
        moment = moment_of(now_us, posting, p, sides.zones)
        passed, ask = judge(moment, worker, posting, sides)
        note(passed, ask, worker, posting, row, memory, tally)
    memory.buffered = 0


@compiled
def unexpired(rows: Any, used: int, now_us: int) -> int:
    """How many postings there are to consider."""
    count = 0
    for row in range(used):
        if rows[row].live and rows[row].expires > now_us:
            count += 1
    return count
