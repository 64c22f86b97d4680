"""What the database has kept of every run, and what in it cannot be."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg

from services.matching.runs.leases import LOST, QUARANTINED

LAWFUL = {
    (None, "queued"),
    (None, "done"),
    ("queued", "running"),
    ("queued", "cancelled"),
    ("running", "done"),
    ("running", "queued"),
    ("running", "dead"),
    ("running", "cancelled"),
    ("dead", "queued"),
    ("dead", "cancelled"),
    ("cancelled", "queued"),
}

Row = Mapping[str, Any]
Counts = Counter[tuple[str, str]]


@dataclass(frozen=True)
class History:
    """Rows of match_run, match_run_event and match_run_tally, of one moment."""

    runs: Sequence[Row]
    events: Sequence[Row]
    tallies: Sequence[Row]

    def done(self) -> int:
        return sum(run["state"] == "done" for run in self.runs)

    def ended(self) -> int:
        """Runs that are done or were laid aside or called off."""
        return sum(run["state"] not in ("queued", "running") for run in self.runs)

    def doubled(self) -> int:
        """Runs that have been done more than once, and tokens that ended twice."""
        runs = Counter(e["run_id"] for e in self.events if e["became"] == "done")
        ends = Counter(e["token"] for e in self.events if _ends_a_claim(e))
        return sum(n > 1 for n in runs.values()) + sum(n > 1 for n in ends.values())

    def early(self) -> int:
        """Runs that were last claimed before they were due."""
        return sum(
            run["started_at"] is not None and run["started_at"] < run["run_at"]
            for run in self.runs
            if run["state"] == "done"
        )

    def slowest_recovery(self, deaths: Mapping[int, float]) -> float:
        """The most seconds from the death of a worker (pid → seconds since 1970) to the
        end of a run that it held; 0 when it held none."""
        died: dict[Any, float] = {}
        seconds = [0.0]
        for event in self.events:
            run, at = event["run_id"], event["at"].timestamp()
            if event["because"] == LOST:
                died.setdefault(run, deaths[int(event["worker"].split(":")[-2])])
            elif event["became"] == "done" and run in died:
                seconds.append(at - died[run])
        return max(seconds)

    def faults(self) -> list[str]:
        """Everything that contradicts a promise, in words."""
        by_run: dict[Any, list[Row]] = defaultdict(list)
        for event in self.events:
            by_run[event["run_id"]].append(event)
        found = [
            f"run {run['id']}: {fault}"
            for run in self.runs
            for fault in _faults_of(run, by_run[run["id"]])
        ]
        claims = Counter(e["token"] for e in self.events if e["became"] == "running")
        found += [f"token {token} drawn twice" for token, n in claims.items() if n > 1]
        return found + self.miscounted()

    def miscounted(self) -> list[str]:
        """Where the sums of the tallies are not what the rows say."""
        told: Counts = Counter()
        for row in self.tallies:
            told[row["lane"], row["what"]] += row["n"]
        true = _truth(self.runs, self.events)
        return [
            f"{lane}: {what}: {told[lane, what]} told, {true[lane, what]} true"
            for lane, what in sorted(told.keys() | true.keys())
            if told[lane, what] != true[lane, what]
        ]


def _faults_of(run: Row, events: Sequence[Row]) -> Iterable[str]:
    state, token, attempts, lost = None, None, 0, 0
    for event in events:
        was, became = event["was"], event["became"]
        if was != state:
            yield f"was {state}, and then said to have been {was}"
        if was != became and (was, became) not in LAWFUL:
            yield f"{was} became {became}"
        if became == "running":
            if token is not None and event["token"] <= token:
                yield f"token {event['token']} after {token}"
            if event["attempts"] != attempts + 1:
                yield f"attempt {event['attempts']} after {attempts}"
            token = event["token"]
        elif was == "running" and event["token"] != token:
            yield f"{became} by token {event['token']}, held by {token}"
        lost += event["because"] in (LOST, QUARANTINED) and was == "running"
        state, attempts = became, event["attempts"]
    if state != run["state"]:
        yield f"is {run['state']}, and its history ends {state}"
    if lost != run["lost"]:
        yield f"lost {run['lost']} workers, its history says {lost}"


def _ends_a_claim(event: Row) -> bool:
    return bool(event["was"] == "running" and event["became"] != "running")


def _truth(runs: Sequence[Row], events: Sequence[Row]) -> Counts:
    """What the tallies must sum up to, counted from runs and events."""
    true: Counts = Counter((run["lane"], f"are {run['state']}") for run in runs)
    lost: Counter[Any] = Counter()
    for event in events:
        lane, was, became = event["lane"], event["was"], event["became"]
        run = event["run_id"]
        true[lane, _kind(event, event["lost"] > lost[run])] += 1
        lost[run] = event["lost"]
        if became == "running" and was != "running":
            true[lane, "waited"] += 1
        if became == "done" and was == "running":
            true[lane, "ran"] += 1
    return true


def _kind(event: Row, lost: bool) -> str:
    was, became = event["was"], event["became"]
    if was is None:
        return "arrived" if became == "queued" else "made at once"
    if was == became:
        return "raised"
    if became == "running":
        return "claimed"
    if became != "queued":
        return str(became)
    if was != "running":
        return "revived"
    if lost:
        return "lost"
    return "failed" if event["because"] == "failed" else "given back"


async def load(database_url: str) -> History:
    """Read all three tables in one snapshot."""
    connection = await asyncpg.connect(database_url)
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            runs = await connection.fetch(
                "SELECT id, posting_id, lane, state, attempts, lost, token, run_at,"
                " started_at, finished_at, because, error FROM matching.match_run"
            )
            events = await connection.fetch(
                "SELECT * FROM matching.match_run_event ORDER BY id"
            )
            tallies = await connection.fetch("SELECT * FROM matching.match_run_tally")
    finally:
        await connection.close()
    return History(runs, events, tallies)
