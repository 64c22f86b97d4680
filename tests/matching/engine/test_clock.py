"""Zones as segments of constant offset."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo, available_timezones

import pytest

from services.matching.engine.clock import (
    EPOCH,
    ceil_minute,
    floor_minute,
    local_day,
    minute_of_week,
    segments,
    spans_of_wall_time,
    year_segments,
)


def utc(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> int:
    return floor_minute(datetime(year, month, day, hour, minute, tzinfo=UTC))


def test_seconds_are_floored_at_the_start_and_ceiled_at_the_end() -> None:
    instant = datetime(2026, 1, 1, 0, 0, 30, tzinfo=UTC)
    assert ceil_minute(instant) == floor_minute(instant) + 1
    assert ceil_minute(instant.replace(second=0)) == floor_minute(instant)


def test_the_week_begins_on_monday() -> None:
    assert minute_of_week(utc(2026, 11, 23)) == 0
    assert minute_of_week(utc(2026, 11, 22, 23, 59)) == 7 * 1440 - 1


def test_london_has_three_segments_a_year_changing_to_the_minute() -> None:
    assert year_segments("Europe/London", 2026) == (
        (utc(2026, 1, 1), utc(2026, 3, 29, 1), 0),
        (utc(2026, 3, 29, 1), utc(2026, 10, 25, 1), 60),
        (utc(2026, 10, 25, 1), utc(2027, 1, 1), 0),
    )


def test_segments_are_cut_to_what_is_asked_and_cross_the_new_year() -> None:
    start, end = utc(2026, 12, 31, 23), utc(2027, 1, 1, 1)
    assert [(s.start, s.end) for s in segments("UTC", start, end)] == [
        (start, start + 60),
        (start + 60, end),
    ]


def test_every_zone_agrees_with_zoneinfo_at_random_instants() -> None:
    rng = Random(8)
    for zone in sorted(available_timezones()):
        minute = floor_minute(datetime(2005, 1, 1, tzinfo=UTC))
        minute += rng.randrange(40 * 365 * 1440)
        (segment,) = segments(zone, minute, minute + 1)
        instant = EPOCH + timedelta(minutes=minute)
        offset = instant.astimezone(ZoneInfo(zone)).utcoffset()
        assert offset == timedelta(minutes=segment.offset)


@pytest.mark.parametrize("year", [1, 1850, 1911, 2500, 9999])
def test_any_year_that_python_knows_can_be_read(year: int) -> None:
    for zone in ("Europe/Amsterdam", "Pacific/Apia", "America/New_York", "UTC"):
        row = year_segments(zone, year)
        assert [a.end for a in row[:-1]] == [b.start for b in row[1:]]
        assert EPOCH + timedelta(minutes=row[0].start) == datetime(
            year, 1, 1, tzinfo=UTC
        )


def test_a_repeated_hour_is_two_spans_and_a_skipped_one_none() -> None:
    wall = utc(2026, 10, 25, 1)
    assert spans_of_wall_time("Europe/London", wall, wall + 60) == [
        (utc(2026, 10, 25, 0), utc(2026, 10, 25, 1)),
        (utc(2026, 10, 25, 1), utc(2026, 10, 25, 2)),
    ]
    wall = utc(2026, 3, 29, 1)
    assert spans_of_wall_time("Europe/London", wall, wall + 60) == []


def test_a_day_that_a_zone_left_out_does_not_exist() -> None:
    wall = utc(2011, 12, 30)
    assert spans_of_wall_time("Pacific/Apia", wall, wall + 1440) == []


def test_the_local_day_is_the_places() -> None:
    late = utc(2026, 12, 1, 23)
    days = [local_day(zone, late) for zone in ("America/New_York", "Asia/Kolkata")]
    assert days[1] == days[0] + 1
