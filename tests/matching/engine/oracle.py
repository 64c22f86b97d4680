"""Free time minute by minute, straight from zoneinfo: slow and independent."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from services.matching.engine.facts import PostingFacts, WorkerFacts
from services.matching.engine.terms import WeeklyInterval

MINUTE = timedelta(minutes=1)


class Oracle:
    """One worker's week as 10,080 flags, read by the wall clock."""

    def __init__(self, worker: WorkerFacts) -> None:
        self.worker = worker
        self.zone = ZoneInfo(worker.zone)
        self.week = bytearray(7 * 1440)
        for interval in worker.weekly:
            for minute in range(interval.start, interval.end):
                self.week[(interval.weekday * 1440 + minute) % (7 * 1440)] = 1

    def in_pattern(self, wall: datetime) -> bool:
        minute = wall.weekday() * 1440 + wall.hour * 60 + wall.minute
        return bool(self.week[minute])

    def is_free(self, minute: datetime) -> bool:
        """The whole minute that starts at a UTC minute."""
        wall = minute.astimezone(self.zone).replace(tzinfo=None)
        free = self.in_pattern(wall)
        for exception in self.worker.exceptions:
            if exception.start <= wall < exception.end:
                if not exception.free:
                    return False
                free = True
        free = free or any(
            span.start <= minute and minute + MINUTE <= span.end
            for span in self.worker.free
        )
        if not free:
            return False
        return not any(
            busy.start < minute + MINUTE and busy.end > minute
            for busy in self.worker.busy
        )

    def contains(self, start: datetime, end: datetime, room: int = 0) -> bool:
        """Every minute that [start, end) touches, and `room` more on both sides."""
        minute = start.replace(second=0, microsecond=0) - room * MINUTE
        while minute < end + room * MINUTE:
            if not self.is_free(minute):
                return False
            minute += MINUTE
        return True

    def contains_weekly(self, asked: set[datetime], room: int) -> bool:
        """The pattern alone, over the asked minutes and `room` more around each run."""
        reach = range(1, room + 1)
        first = [minute for minute in asked if minute - MINUTE not in asked]
        last = [minute for minute in asked if minute + MINUTE not in asked]
        before = {minute - n * MINUTE for minute in first for n in reach}
        after = {minute + n * MINUTE for minute in last for n in reach}
        return all(
            self.in_pattern(minute.astimezone(self.zone).replace(tzinfo=None))
            for minute in asked | before | after
        )


def minutes_of_week(
    posting: PostingFacts, interval: WeeklyInterval, monday: date
) -> set[datetime]:
    """The UTC minutes of the reference week that a wall-clock interval shows."""
    zone = ZoneInfo(posting.zone)
    midnight = datetime.combine(monday, time())
    start = midnight + timedelta(days=interval.weekday) + interval.start * MINUTE
    end = midnight + timedelta(days=interval.weekday) + interval.end * MINUTE
    first = start.replace(tzinfo=UTC) - timedelta(hours=15)
    length = (end - start) // MINUTE + 30 * 60
    return {
        minute
        for minute in (first + n * MINUTE for n in range(length))
        if start <= minute.astimezone(zone).replace(tzinfo=None) < end
    }


def reference_monday(posting: PostingFacts, now: datetime) -> date:
    day = now.astimezone(ZoneInfo(posting.zone)).date()
    if posting.starts_on is not None and posting.starts_on > day:
        day = posting.starts_on
    while day.weekday() != 0:
        day += timedelta(days=1)
    return day
