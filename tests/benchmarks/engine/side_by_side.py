"""Rollcall's engine beside its peers: first equal answers, then how long each takes.

Every engine holds the same market and answers the same queries exactly. An oracle says
what is right; nothing is timed unless all of them answer as it does.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from tests.benchmarks.engine.comparing import (
    HOT,
    IN_TURNS,
    Times,
    Wanted,
    measured,
    ratios,
    table,
)
from tests.benchmarks.engine.engines import engines
from tests.benchmarks.engine.market import Market, a_market
from tests.benchmarks.engine.oracle import right_answer
from tests.benchmarks.engine.ordering import Ranked
from tests.benchmarks.engine.peers.peer import Peer
from tests.benchmarks.engine.question_sets import all_queries
from tests.benchmarks.engine.timing import hot, taking_turns
from tests.benchmarks.figures import Figure, tell

PICTURE = Path(__file__).resolve().parents[3] / "docs" / "engine-benchmark.svg"


def main(scale: int, *, as_json: bool = False, picture: bool = False) -> None:
    """Tell the figures for a market of `scale` workers; `picture` draws them too."""
    market = a_market(scale)
    queries, kinds = all_queries(market)
    with engines(scale) as compared:
        for engine in compared:
            started = time.perf_counter()
            engine.build(market, queries)
            seconds = time.perf_counter() - started
            tell(Figure(f"build: {engine.name}", seconds, "s"), as_json=as_json)
        right = [right_answer(market.workers, query) for query in queries]
        _tell_sizes(market, right, as_json)
        for figure in wrong_answers(compared, right):
            tell(figure, as_json=as_json)
            if not figure.ok:
                raise SystemExit(f"{figure.name}: {figure.value:g}")
        times: Times = {engine.name: hot(engine, len(queries)) for engine in compared}
        turns = taking_turns(compared, len(queries))
    _tell_times("hot", times, kinds, HOT, as_json)
    _tell_times("in turns", turns, kinds, IN_TURNS, as_json)
    if picture:
        from tests.benchmarks.engine.picture import draw

        draw(PICTURE, times, kinds, scale)


def wrong_answers(
    compared: Sequence[Peer], right: Sequence[Ranked]
) -> Iterator[Figure]:
    """Of each engine how many queries it answers otherwise than the oracle does."""
    for engine in compared:
        wrong = sum(
            engine.rank(number).pairs() != answer.pairs()
            for number, answer in enumerate(right)
        )
        yield Figure(f"wrong answers: {engine.name}", wrong, "count", 0)


def _tell_times(
    how: str,
    times: Times,
    kinds: Mapping[str, slice],
    wanted: Sequence[Wanted],
    as_json: bool,
) -> None:
    """For people a table stands for the many figures of single engines."""
    if as_json:
        for figure in measured(how, times, kinds):
            tell(figure, as_json=True)
    else:
        print(table(how, times, kinds), flush=True)
    for figure in ratios(how, times, kinds, wanted):
        tell(figure, as_json=as_json)


def _tell_sizes(market: Market, right: Sequence[Ranked], as_json: bool) -> None:
    found = sum(len(answer.rows) for answer in right) / len(right)
    for name, count in (
        ("workers", float(len(market.workers))),
        ("queries", float(len(right))),
        ("workers in an answer, on average", found),
    ):
        tell(Figure(name, count, "count"), as_json=as_json)
