from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.profiles.workers.rules import RULES, ProfileDocument, profile_faults
from services.profiles.workers.schemas import WorkerProfile
from tests.profiles.builders import NOW, a_worker

SECTIONS = [name for name in WorkerProfile.model_fields if name != "display_name"]

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["skill", "lat", "lon", "start", "end", "weekday", "unit"]),
            inner,
        )
    ),
    max_leaves=20,
)


def pointers(document: dict[str, Any], now: datetime = NOW) -> list[str]:
    return [fault.pointer for fault in profile_faults(document, now)]


def an_exception(start: str, end: str) -> dict[str, Any]:
    return {"start": start, "end": end, "free": True}


def test_a_right_profile_has_no_fault() -> None:
    assert pointers(a_worker()) == []


@given(
    st.lists(st.tuples(st.integers(0, 60), st.integers(1, 20)), max_size=6),
)
def test_exceptions_overlap_when_they_share_a_minute(
    drawn: list[tuple[int, int]],
) -> None:
    day = datetime(2027, 1, 1)  # noqa: DTZ001
    exceptions = [
        an_exception(
            (day + timedelta(minutes=start)).isoformat(timespec="minutes"),
            (day + timedelta(minutes=start + length)).isoformat(timespec="minutes"),
        )
        for start, length in drawn
    ]
    spans = [set(range(start, start + length)) for start, length in drawn]
    shared = any(a & b for a, b in combinations(spans, 2))
    assert bool(pointers({"exceptions": exceptions})) == shared


@given(
    st.dictionaries(
        st.sampled_from(SECTIONS),
        anything,
    )
    | anything
)
def test_a_document_of_any_shape_is_passed_over_not_stumbled_on(document: Any) -> None:
    profile_faults(document, NOW)


def test_exceptions_back_to_back_do_not_overlap() -> None:
    away = [
        an_exception("2027-01-01T00:00", "2027-01-02T00:00"),
        an_exception("2027-01-02T00:00", "2027-01-03T00:00"),
    ]
    assert pointers({"exceptions": away}) == []


@pytest.mark.parametrize(
    ("zone", "start", "end", "told"),
    [
        ("Europe/London", "2027-03-28T00:59", "2027-03-28T02:00", []),
        ("Europe/London", "2027-03-28T01:00", "2027-03-28T02:00", ["start"]),
        ("Europe/London", "2027-03-27T12:00", "2027-03-28T01:59", ["end"]),
        ("Europe/London", "2027-10-31T01:00", "2027-10-31T01:30", []),
        ("America/New_York", "2027-03-14T02:00", "2027-03-14T02:59", ["start", "end"]),
        # Lord Howe's clock moves by half an hour
        ("Australia/Lord_Howe", "2027-10-03T02:15", "2027-10-03T02:30", ["start"]),
        ("Asia/Kolkata", "2027-03-28T01:30", "2027-03-28T02:30", []),
        # Samoa had no 30 December 2011
        ("Pacific/Apia", "2011-12-30T12:00", "2011-12-31T12:00", ["start"]),
    ],
)
def test_a_wall_time_that_the_clock_skips_is_refused(
    zone: str, start: str, end: str, told: list[str]
) -> None:
    document = {"zone": zone, "exceptions": [an_exception(start, end)]}
    assert pointers(document) == [f"/exceptions/0/{name}" for name in told]


@pytest.mark.parametrize(
    ("zone", "expires_on", "refused"),
    [
        ("Europe/London", "2026-11-24", False),
        ("Europe/London", "2026-11-23", True),
        # it is already the 25th there
        ("Pacific/Kiritimati", "2026-11-24", True),
        # and still the 24th here, when London has the 25th
        ("Pacific/Pago_Pago", "2026-11-24", False),
    ],
)
def test_a_certificate_is_good_through_its_last_day_where_the_worker_is(
    zone: str, expires_on: str, refused: bool
) -> None:
    held = {"certificate": "forklift-licence", "expires_on": expires_on}
    document = {"zone": zone, "certificates": [held]}
    now = datetime(2026, 11, 24, 12, tzinfo=UTC)
    assert bool(pointers(document, now)) == refused


def test_every_rule_can_be_broken() -> None:
    """No rule of the list is idle: each alone finds a fault in this document."""
    document = {
        "zone": "Europe/London",
        "markets": ["labor", "labor"],
        "places": [{"available_from": "2027-01-02", "available_until": "2027-01-01"}],
        "weekly": [
            {"weekday": 1, "start": "08:00", "end": "08:00"},
            {"weekday": 0, "start": "08:00", "end": "10:00"},
            {"weekday": 0, "start": "09:00", "end": "10:00"},
        ],
        "exceptions": [
            an_exception("2027-03-28T01:30", "2027-03-28T01:00"),
            an_exception("2027-05-01T00:00", "2027-05-03T00:00"),
            an_exception("2027-05-02T00:00", "2027-05-04T00:00"),
        ],
        "certificates": [{"certificate": "c", "expires_on": "2020-01-01"}],
    }
    judged = ProfileDocument(document, NOW)
    idle = [rule.__name__ for rule in RULES if not list(rule(judged))]
    assert idle == []
