"""The figures of the queue as Prometheus reads them.

All of it comes from the database, so every process of the service tells the same and
none has to be scraped before it ends: take the `max` over instances, never the sum.
"""

from __future__ import annotations

from collections.abc import Sequence

import structlog
from prometheus_client import Metric
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
)
from sqlalchemy.exc import SQLAlchemyError

from services.matching.runs.figures import (
    BOUNDS,
    EVENTS,
    STATES,
    Figures,
    Tallies,
    read_figures,
)
from services.matching.runs.lanes import LANES, MODES
from services.matching.runs.workers import WORKER_STATES
from shared.database import Database

log = structlog.get_logger(__name__)


async def queue_metrics(database: Database) -> Sequence[Metric]:
    """All families; only `rollcall_queue_read` 0 while the database is away."""
    try:
        async with database.as_system() as session:
            figures = await read_figures(session)
    except (SQLAlchemyError, OSError) as error:
        log.warning("queue not read for its metrics", error=repr(error))
        return [_read(0)]
    return [_read(1), *families(figures)]


def families(figures: Figures) -> list[Metric]:
    """The families of these figures."""
    return [
        _runs(figures.tallies),
        _events(figures.tallies),
        _times(
            figures.tallies,
            "waited",
            "rollcall_run_wait_seconds",
            "From when a run was due to each claim of it",
        ),
        _times(
            figures.tallies,
            "ran",
            "rollcall_run_seconds",
            "From the claim of a run to its list",
        ),
        *_lanes(figures),
        *_workers(figures),
        *_feeds(figures),
        *_index(figures),
    ]


def _read(value: int) -> Metric:
    help = "Whether the database could be asked how the queue stands"
    return GaugeMetricFamily("rollcall_queue_read", help, value)


def _runs(tallies: Tallies) -> Metric:
    family = GaugeMetricFamily(
        "rollcall_runs", "Runs that are kept, by state", labels=("lane", "state")
    )
    for lane in LANES:
        for state in STATES:
            kept = tallies.counts.get((lane, f"are {state}"), 0)
            family.add_metric((lane, state), kept)
    return family


def _events(tallies: Tallies) -> Metric:
    family = CounterMetricFamily(
        "rollcall_run_events_total",
        "What has happened to runs",
        labels=("lane", "event"),
    )
    for lane in LANES:
        for event in EVENTS:
            happened = tallies.counts.get((lane, event), 0)
            family.add_metric((lane, event.replace(" ", "_")), happened)
    return family


def _times(tallies: Tallies, what: str, name: str, help: str) -> Metric:
    family = HistogramMetricFamily(name, help, labels=("lane",))
    for lane in LANES:
        buckets, total = [], 0
        for bucket, bound in enumerate((*map(str, BOUNDS), "+Inf")):
            total += tallies.buckets.get((lane, what, bucket), 0)
            buckets.append((bound, total))
        family.add_metric((lane,), buckets, tallies.seconds.get((lane, what), 0.0))
    return family


LANE_GAUGES = {
    "rollcall_lane_oldest_ready_seconds": (
        "oldest_ready_seconds",
        "How long the oldest run that is due has waited",
    ),
    "rollcall_lane_oldest_dead_seconds": (
        "oldest_dead_seconds",
        "How long ago the oldest dead letter died",
    ),
    "rollcall_lane_scheduled": ("later", "Waiting runs that are not due yet"),
    "rollcall_lane_stalled": ("stalled", "Running with an expired lease"),
    "rollcall_lane_quarantined": (
        "quarantined",
        "Dead letters that have lost too many workers",
    ),
    "rollcall_lane_slots": ("slots", "Slots of live workers that take from the lane"),
    "rollcall_lane_weight": ("weight", "How often the lane is looked into first"),
    "rollcall_lane_most_running": (
        "most_running",
        "Runs that it may have under way; infinite without a limit",
    ),
    "rollcall_lane_most_waiting": (
        "most_waiting",
        "Waiting runs from which on requests are refused",
    ),
}
UNBOUNDED = {"rollcall_lane_most_running": float("inf")}


def _lanes(figures: Figures) -> list[Metric]:
    found: list[Metric] = []
    for name, (figure, help) in LANE_GAUGES.items():
        family = GaugeMetricFamily(name, help, labels=("lane",))
        for lane in LANES:
            value = figures.lanes[lane][figure]
            nothing = UNBOUNDED.get(name, 0.0)
            family.add_metric((lane,), nothing if value is None else value)  # type: ignore[arg-type]
        found.append(family)
    modes = GaugeMetricFamily(
        "rollcall_lane_mode", "1 for the lane's mode", labels=("lane", "mode")
    )
    for lane in LANES:
        for mode in MODES:
            modes.add_metric((lane, mode), figures.lanes[lane]["mode"] == mode)
    return [*found, modes]


def _workers(figures: Figures) -> list[Metric]:
    live = [worker for worker in figures.workers if worker["live"]]
    states = GaugeMetricFamily(
        "rollcall_workers", "Live worker processes, by state", labels=("state",)
    )
    for state in WORKER_STATES:
        states.add_metric((state,), sum(each["state"] == state for each in live))
    lost = [worker for worker in figures.workers if not worker["live"]]
    return [
        states,
        _gauge("rollcall_workers_missing", "Workers not seen any more", len(lost)),
        _gauge(
            "rollcall_worker_slots",
            "Slots of all live workers",
            sum(worker["slots"] for worker in live),  # type: ignore[misc]
        ),
        _gauge(
            "rollcall_worker_busy",
            "Slots of theirs in use",
            sum(worker["busy"] for worker in live),  # type: ignore[misc]
        ),
    ]


def _feeds(figures: Figures) -> list[Metric]:
    lag = GaugeMetricFamily(
        "rollcall_feed_lag_seconds",
        "How old what was applied of a followed feed may be",
        labels=("feed",),
    )
    for feed in figures.feeds:
        lag.add_metric((feed["feed"],), feed["lag_seconds"])
    writer = GaugeMetricFamily(
        "rollcall_oldest_writer_seconds",
        "For how long the oldest writing transaction holds feeds back",
        labels=("login", "application"),
    )
    held = figures.writer
    if held is not None and held["open_seconds"] is not None:
        writer.add_metric(
            (held["login"] or "", held["application"] or ""), held["open_seconds"]
        )
    return [lag, writer]


def _index(figures: Figures) -> list[Metric]:
    """The worst of the live workers' indexes."""
    indexes = [
        worker["index"]
        for worker in figures.workers
        if worker["live"] and worker["index"] is not None
    ]
    changes = max((index.behind_changes for index in indexes), default=0)  # type: ignore[attr-defined]
    seconds = max((index.behind_seconds for index in indexes), default=0.0)  # type: ignore[attr-defined]
    return [
        _gauge(
            "rollcall_change_log_seq",
            "The last place in the change log",
            figures.newest,
        ),
        _gauge(
            "rollcall_index_behind_changes",
            "Changes that the index of some live worker lacks",
            changes,
        ),
        _gauge(
            "rollcall_index_behind_seconds",
            "The age of the oldest change that some live worker's index lacks",
            seconds,
        ),
    ]


def _gauge(name: str, help: str, value: float) -> Metric:
    return GaugeMetricFamily(name, help, value)
