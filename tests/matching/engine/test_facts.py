"""Facts are read from feed documents, strictly where a slip would mislead."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from services.matching.engine.facts import posting_facts, worker_facts
from services.matching.engine.terms import Credit, Pay, Site, Span, WeeklyInterval
from tests.matching.engine.builders import (
    a_posting,
    a_worker,
    asked,
    claim,
    exception,
    floor,
    pay,
    place,
    posting_document,
    shift,
    weekly,
    worker_document,
)


def test_a_worker_document_is_read_whole() -> None:
    worker = a_worker(
        places=[place(available_from="2026-12-01")],
        exceptions=[exception("2026-12-24T18:00", "2026-12-27T00:00", free=False)],
    )
    assert worker.places[0].available_from == date(2026, 12, 1)
    assert worker.exceptions[0].start.tzinfo is None
    assert worker.confirmed_at == datetime(2026, 11, 23, 9, tzinfo=UTC)
    assert worker.skills[0] == ("forklift-driving", 4, None)
    assert (worker.busy, worker.credit) == ((), Credit(0, 0))


def test_bookings_and_credit_are_read_when_there_are_any() -> None:
    busy = {"start": "2026-12-01T09:00:00+01:00", "end": "2026-12-01T10:00:00Z"}
    worker = a_worker(busy=[busy], credit={"shows": 3, "bookings": 4})
    assert worker.credit == Credit(3, 4)
    assert worker.busy == (
        Span(
            datetime(2026, 12, 1, 8, tzinfo=UTC), datetime(2026, 12, 1, 10, tzinfo=UTC)
        ),
    )


def test_hours_without_a_zone_are_not_declared() -> None:
    worker = a_worker(zone=None)
    assert (worker.weekly, worker.exceptions, worker.zone) == ((), (), "UTC")


def test_a_posting_document_is_read_whole() -> None:
    posting = a_posting(starts_on="2027-01-04", expires_at="2026-12-24T00:00:00Z")
    assert posting.site == Site(51.505, -0.125)
    assert posting.country == "GB"
    assert posting.pay == Pay("GBP", "hour", 2000, None)
    assert posting.starts_on == date(2027, 1, 4)
    assert posting.needed is None
    assert len(posting.shifts) == 1


def test_a_sparse_document_is_enough() -> None:
    worker = worker_facts({"id": "00000000-0000-0000-0000-000000000001"})
    assert not worker.active
    posting = posting_facts(
        {
            "id": "00000000-0000-0000-0000-000000000001",
            "organisation": "00000000-0000-0000-0000-000000000002",
            "market": "labor",
        }
    )
    assert (posting.pay, posting.site, posting.needed) == (None, None, None)


def test_the_top_of_the_range_is_whichever_end_is_named() -> None:
    assert a_posting(pay=pay(9) | {"maximum": None}).pay == Pay("GBP", "hour", 4, None)
    empty = pay(9) | {"minimum": None, "maximum": None}
    assert a_posting(pay=empty).pay is None


@pytest.mark.parametrize(
    ("start", "end", "read"),
    [
        ("09:00", "17:00", (0, 540, 1020)),
        ("22:00", "06:00", (0, 1320, 1800)),
        ("22:00", "00:00", (0, 1320, 1440)),
        ("00:00", "23:59", (0, 0, 1439)),
    ],
)
def test_an_interval_that_ends_before_it_starts_ends_the_next_day(
    start: str, end: str, read: tuple[int, int, int]
) -> None:
    assert WeeklyInterval.read(weekly(0, start, end)) == read


@pytest.mark.parametrize(
    "changes",
    [
        {"id": "not-an-id"},
        {"weekly": [weekly(0, "09:00", "24:00")]},
        {"weekly": [weekly(0, "09:00", "09:00")]},
        {"weekly": [weekly(7, "09:00", "17:00")]},
        {"weekly": [weekly(0, "09.00", "17.00")]},
        {"weekly": [weekly(0, "+9:00", "17:00")]},
        {"weekly": [weekly(0, "09", "17:00")]},
        {"weekly": [weekly(0, "09:60", "17:00")]},
        {"exceptions": [exception("2026-12-02T00:00", "2026-12-01T00:00", free=True)]},
        {"exceptions": [exception("2026-12-01T00:00Z", "2026-12-02", free=True)]},
        {"confirmed_at": "2026-12-01T00:00:00"},
        {"pay_floors": [{"unit": "fortnight", "amount": 1, "currency": "GBP"}]},
        {"busy": [{"start": "2026-12-01T10:00:00Z", "end": "2026-12-01T10:00:00Z"}]},
        {"skills": [claim("welding", 6)]},
        {"languages": [{"language": "en", "level": 0}]},
        {"places": [place({"lat": float("nan"), "lon": 0.0})]},
        {"places": [place({"lat": 0.0, "lon": 181.0})]},
        {"places": [place(radius_km=-1.0)]},
        {"pay_floors": [floor(-1)]},
        {"pay_floors": [floor(10**16)]},
        {"credit": {"shows": -1, "bookings": 0}},
    ],
)
def test_a_malformed_worker_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 (the reason differs by case)
        worker_facts(worker_document(**changes))


@pytest.mark.parametrize(
    "changes",
    [
        {"shifts": [shift("2026-12-01T10:00", "2026-12-01T09:00")]},
        {"weekly": [weekly(0, "09:00", "17:00")]},
        {"commitment": {"kind": "at_least", "count": None}},
        {"commitment": {"kind": "most", "count": 1}},
        {"required_skills": [asked("welding", 1, -1.0)]},
        {"required_skills": [asked("welding", 1, float("nan"))]},
        {"commitment": {"kind": "at_least", "count": 2**40}},
        {"radius_km": float("inf")},
        {"pay": pay(1, "fortnight")},
        {"pay": pay(1, "month", hours_per_month=0)},
    ],
)
def test_a_malformed_posting_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 (the reason differs by case)
        posting_facts(posting_document(**changes))
