"""What the rules mean: ages on leap days, days in zones, and what is not known."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.profiles.work_papers.ages import ADULT, birthday, minimum_age
from services.profiles.work_papers.published import NOTHING_SAID, said_of
from services.profiles.work_papers.rules import Reason, ShiftDays, reasons_against
from services.profiles.work_papers.schemas import Basis, RightToWork, WorkPapers

ZONES = (
    "Europe/London",
    "America/New_York",
    "America/Havana",  # its clock is put forward at midnight
    "Africa/Cairo",  # likewise
    "Australia/Lord_Howe",  # by half an hour
    "Pacific/Kiritimati",
    "Pacific/Pago_Pago",
    "Asia/Kathmandu",
)
COUNTRIES = ("IN", "DE", "GB", "CN", "ZZ")
QUARTER = timedelta(minutes=15)

days = st.dates(date(2026, 1, 1), date(2030, 12, 31))
birth_dates = st.dates(date(1925, 1, 1), date(2025, 12, 31))
quarters = st.integers(0, 4 * 24 * 365 * 4).map(
    lambda n: datetime(2026, 1, 1, tzinfo=UTC) + n * QUARTER
)
rights = st.lists(
    st.builds(
        RightToWork,
        country=st.sampled_from(COUNTRIES),
        basis=st.just(Basis.SETTLED),
        expires_on=st.none() | days,
    ),
    unique_by=lambda right: right.country,
)
all_papers = st.builds(
    WorkPapers, birth_date=st.none() | birth_dates, right_to_work=rights
)
shifts = st.builds(
    lambda day, length, country: ShiftDays(day, day + timedelta(days=length), country),
    days,
    st.integers(0, 3),
    st.sampled_from(COUNTRIES),
)


def on(day: date, country: str = "GB") -> ShiftDays:
    return ShiftDays(day, day, country)


def somebody(born: date | None, *rights: RightToWork) -> WorkPapers:
    return WorkPapers(birth_date=born, right_to_work=list(rights))


def right(expires_on: date | None = None, country: str = "GB") -> RightToWork:
    return RightToWork(country=country, basis=Basis.SETTLED, expires_on=expires_on)


def rules(papers: WorkPapers, shift: ShiftDays) -> list[str]:
    return [reason.rule for reason in reasons_against(papers, shift)]


# -- ages ------------------------------------------------------------------------------


def age(born: date, day: date) -> int:
    """Years completed, as everybody counts them."""
    before = (day.month, day.day) < (born.month, born.day)
    return day.year - born.year - before


@given(birth_dates, st.integers(0, 80))
def test_a_birthday_is_the_first_day_of_that_age(born: date, years: int) -> None:
    day = birthday(born, years)
    assert age(born, day) == years
    assert age(born, day - timedelta(days=1)) == years - 1


def test_whoever_is_born_on_a_leap_day_grows_older_on_the_first_of_march() -> None:
    born = date(2012, 2, 29)
    assert birthday(born, 16) == date(2028, 2, 29)
    assert birthday(born, 18) == date(2030, 3, 1)
    assert rules(somebody(born, right(country="ZZ")), on(date(2030, 2, 28), "ZZ")) == [
        "old_enough"
    ]
    assert rules(somebody(born, right(country="ZZ")), on(date(2030, 3, 1), "ZZ")) == []


def test_where_no_law_is_known_adults_alone_may_work() -> None:
    assert minimum_age("ZZ") == ADULT
    assert minimum_age("GB") == 16


# -- days ------------------------------------------------------------------------------


@given(quarters, st.integers(1, 4 * 60), st.sampled_from(ZONES))
def test_the_days_of_a_shift_are_those_on_which_any_of_it_is_worked(
    start: datetime, length: int, zone: str
) -> None:
    end = start + length * QUARTER
    there = ZoneInfo(zone)
    worked = {(start + n * QUARTER).astimezone(there).date() for n in range(length)}
    shift = ShiftDays.of(start, end, zone, "GB")
    assert (shift.first_day, shift.last_day) == (min(worked), max(worked))


@pytest.mark.parametrize(
    ("start", "end", "zone", "first", "last"),
    [
        # the same instants, on either side of midnight
        ("2026-12-01T23:30Z", "2026-12-02T00:00Z", "Europe/London", 1, 1),
        ("2026-12-01T23:30Z", "2026-12-02T00:00Z", "Europe/Paris", 2, 2),
        ("2026-12-01T23:30Z", "2026-12-02T06:00Z", "America/New_York", 1, 2),
        ("2026-12-01T23:30Z", "2026-12-02T05:00Z", "America/New_York", 1, 1),
        ("2026-12-01T09:30Z", "2026-12-01T10:30Z", "Pacific/Kiritimati", 1, 2),
    ],
)
def test_a_shift_is_on_the_days_of_its_own_clock(
    start: str, end: str, zone: str, first: int, last: int
) -> None:
    shift = ShiftDays.of(
        datetime.fromisoformat(start), datetime.fromisoformat(end), zone, "GB"
    )
    assert (shift.first_day.day, shift.last_day.day) == (first, last)


def test_a_night_of_which_midnight_does_not_exist_ends_on_its_own_day() -> None:
    """In Cairo the clock goes from 23:59:59 to 01:00 on the 24th of April 2026."""
    midnight = datetime(2026, 4, 23, 22, tzinfo=UTC)
    before = ShiftDays.of(midnight - timedelta(hours=4), midnight, "Africa/Cairo", "EG")
    after = ShiftDays.of(midnight, midnight + timedelta(hours=4), "Africa/Cairo", "EG")
    assert before.last_day == date(2026, 4, 23)
    assert after.first_day == date(2026, 4, 24)


# -- rules -----------------------------------------------------------------------------


def test_a_minor_may_work_from_the_day_on_which_they_are_old_enough() -> None:
    papers = somebody(date(2010, 6, 15), right())
    assert reasons_against(papers, on(date(2026, 6, 14))) == [Reason("old_enough", 16)]
    assert reasons_against(papers, on(date(2026, 6, 15))) == []
    # the first day counts: whoever has a birthday in the night is too young for it
    night = ShiftDays(date(2026, 6, 14), date(2026, 6, 15), "GB")
    assert rules(papers, night) == ["old_enough"]


def test_a_right_to_work_holds_to_the_end_of_its_last_day() -> None:
    last = date(2026, 12, 1)
    papers = somebody(date(1990, 1, 1), right(last))
    assert reasons_against(papers, on(last)) == []
    night = ShiftDays(last, last + timedelta(days=1), "GB")
    assert reasons_against(papers, night) == [Reason("right_to_work_lasts", last)]


def test_a_right_to_work_is_one_of_its_country() -> None:
    papers = somebody(date(1990, 1, 1), right(country="DE"))
    assert rules(papers, on(date(2026, 12, 1), "DE")) == []
    assert rules(papers, on(date(2026, 12, 1))) == ["right_to_work_is_known"]


@given(shifts)
def test_what_is_not_known_is_not_a_yes(shift: ShiftDays) -> None:
    assert rules(WorkPapers(), shift) == ["age_is_known", "right_to_work_is_known"]


@given(all_papers, shifts)
def test_deleting_what_is_recorded_never_makes_a_yes(
    papers: WorkPapers, shift: ShiftDays
) -> None:
    if reasons_against(papers, shift):
        for deleted in (
            papers.model_copy(update={"birth_date": None}),
            papers.model_copy(update={"right_to_work": []}),
        ):
            assert reasons_against(deleted, shift)


@given(all_papers, shifts)
def test_others_are_never_told_yes_before_the_worker_is(
    papers: WorkPapers, shift: ShiftDays
) -> None:
    if not reasons_against(papers, shift.as_others_ask()):
        assert reasons_against(papers, shift) == []


@settings(deadline=None)
@given(st.integers(2008, 2024), st.integers(1, 12), st.sampled_from(COUNTRIES))
def test_by_no_number_of_questions_is_a_birthday_found_but_its_month(
    year: int, month: int, country: str
) -> None:
    """Everybody born from the 2nd of a month to the 1st of the next is told alike,
    whatever day is asked: also the last of them, and on leap days."""
    first = date(year, month, 2)
    following = (first + timedelta(days=31)).replace(day=1)
    born = [first + timedelta(days=n) for n in range((following - first).days + 1)]
    around = birthday(first, minimum_age(country))
    asked = [
        on(around + timedelta(days=n), country).as_others_ask() for n in range(-70, 70)
    ]
    told = {
        tuple(bool(rules(somebody(day, right(country=country)), s)) for s in asked)
        for day in born
    }
    assert len(told) == 1
    assert {True, False} == set(told.pop())


# -- what is published -----------------------------------------------------------------


@given(birth_dates, days)
def test_of_a_minor_alone_the_day_is_published_on_which_they_come_of_age(
    born: date, today: date
) -> None:
    said = said_of(somebody(born), today)["minor_until"]
    yesterday = today - timedelta(days=1)
    if age(born, yesterday) >= ADULT:  # wherever on earth they are
        assert said is None
    else:
        assert said == birthday(born, ADULT).isoformat()


def test_of_a_right_to_work_country_and_last_day_are_published_alone() -> None:
    secret = RightToWork(
        country="GB",
        basis=Basis.PERMIT,
        expires_on=date(2027, 5, 1),
        evidence="share code",
    )
    said = said_of(somebody(None, secret, right(country="DE")), date(2026, 1, 1))
    assert said["right_to_work"] == [
        {"country": "DE", "expires_on": None},
        {"country": "GB", "expires_on": "2027-05-01"},
    ]
    assert said_of(WorkPapers(), date(2026, 1, 1)) == NOTHING_SAID
