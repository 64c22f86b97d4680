"""When people work: weekly patterns in local wall time, and days that differ."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any

Interval = dict[str, Any]
Pattern = list[Interval]

WEEKDAYS = range(5)
ALL_DAYS = range(7)

# market → pattern → share
PATTERN_SHARES: dict[str, dict[str, float]] = {
    "temporary": {
        "flexible": 0.24,
        "day": 0.18,
        "evening": 0.14,
        "night": 0.13,
        "weekend": 0.12,
        "irregular": 0.12,
        "full-time": 0.07,
    },
    "labor": {
        "full-time": 0.45,
        "day": 0.2,
        "flexible": 0.15,
        "evening": 0.06,
        "night": 0.08,
        "irregular": 0.06,
    },
    "talent": {
        "day": 0.72,
        "full-time": 0.16,
        "flexible": 0.08,
        "irregular": 0.04,
    },
}


def weekly_pattern(name: str, random: Random) -> Pattern:
    """A pattern of that name, drawn: starts and ends differ by half hours or so."""
    match name:
        case "day":
            start = random.choice(("07:00", "07:30", "08:00", "08:30", "09:00"))
            return _daily(WEEKDAYS, start, random.choice(("17:00", "17:30", "18:00")))
        case "full-time":
            start, end = random.choice((("05:30", "19:00"), ("06:00", "22:30")))
            return _daily(range(random.choice((5, 6))), start, end)
        case "evening":
            start = random.choice(("15:30", "16:00", "17:00", "18:00"))
            return _daily(
                random.choice((WEEKDAYS, ALL_DAYS)),
                start,
                random.choice(("22:00", "23:30", "00:00", "01:00")),
            )
        case "night":
            start = random.choice(("20:00", "21:00", "21:30", "22:00"))
            days = random.choice((ALL_DAYS, (6, 0, 1, 2, 3), (3, 4, 5, 6)))
            return _daily(days, start, random.choice(("06:00", "06:30", "07:30")))
        case "weekend":
            weekend = _daily((5, 6), random.choice(("06:00", "07:00")), "23:00")
            evening = _daily((4,), "16:00", "23:00") if random.random() < 0.5 else []
            return evening + weekend
        case "flexible":
            # round the clock in two halves: an interval never equals a whole day
            if random.random() < 0.3:
                return _halves()
            return _daily(ALL_DAYS, "06:00", random.choice(("22:00", "00:00")))
        case "irregular":
            return list(_irregular(random))
    raise ValueError(name)


def dated_exceptions(random: Random, today: date) -> list[dict[str, Any]]:
    """One or two stretches of the next weeks that differ from the pattern.

    In order, apart from each other, and at hours when no clock is put forward.
    """
    stretches: list[dict[str, Any]] = []
    day = today
    for _ in range(1 if random.random() < 0.7 else 2):
        day += timedelta(days=random.randrange(1, 15))
        free = random.random() < 0.35
        first, last = (7, 20) if free else (random.randrange(5, 14), 22)
        length = 0 if free else random.choice((0, 0, 1, 2, 6))
        start = datetime.combine(day, time(first))
        end = datetime.combine(day + timedelta(days=length), time(last))
        stretches.append(
            {"start": f"{start:%Y-%m-%dT%H:%M}", "end": f"{end:%Y-%m-%dT%H:%M}"}
            | {"free": free}
        )
        day = end.date()
    return stretches


def _daily(days: Sequence[int], start: str, end: str) -> Pattern:
    return [{"weekday": day, "start": start, "end": end} for day in sorted(days)]


def _halves() -> Pattern:
    return [
        {"weekday": day, "start": start, "end": end}
        for day in ALL_DAYS
        for start, end in (("00:00", "12:00"), ("12:00", "00:00"))
    ]


def _irregular(random: Random) -> Iterator[Interval]:
    for day in sorted(random.sample(ALL_DAYS, random.randrange(3, 6))):
        start = random.randrange(6 * 4, 15 * 4)  # quarters of an hour
        end = start + random.randrange(4 * 4, 9 * 4)
        yield {"weekday": day, "start": _clock(start), "end": _clock(end)}


def _clock(quarters: int) -> str:
    return f"{quarters // 4 % 24:02}:{quarters % 4 * 15:02}"
