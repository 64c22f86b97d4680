"""Each hard rule, alone, in plain Python: its name, its meaning, its edges."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from services.matching.engine.rules import (
    ASKS,
    FILTERS,
    Outcome,
    free_for_the_schedule,
    has_required_skills,
    holds_certificates,
    not_blocked,
    pay_meets_floor,
    speaks_languages,
    wants_this_work,
    within_reach,
)
from services.matching.engine.terms import Document
from tests.matching.engine.builders import (
    LONDON,
    LUTON,
    ORGANISATION_ID,
    a_demand,
    a_supply,
    asked,
    claim,
    days_ago,
    exception,
    floor,
    instant,
    pay,
    place,
    shift,
    weekly,
    working_days,
)

PASS, FAIL, WANT = Outcome.PASS, Outcome.FAIL, Outcome.WANT


def test_the_funnel_has_this_order() -> None:
    assert [rule.__name__ for rule in FILTERS] == [
        "within_reach",
        "has_required_skills",
        "free_for_the_schedule",
        "pay_meets_floor",
        "wants_this_work",
        "holds_certificates",
        "speaks_languages",
        "not_blocked",
        "not_turned_away",
    ]


def test_the_builders_worker_passes_every_rule() -> None:
    for rule in FILTERS:
        assert rule(a_supply(), a_demand()).outcome is PASS


class TestWithinReach:
    def test_a_worker_outside_the_own_radius_is_not_eligible(self) -> None:
        near, far = place(LUTON, radius_km=47), place(LUTON, radius_km=45)
        posting = a_demand(radius_km=None)
        assert within_reach(a_supply(places=[near]), posting).outcome is PASS
        assert within_reach(a_supply(places=[far]), posting).outcome is FAIL

    def test_a_worker_outside_the_postings_radius_is_not_eligible(self) -> None:
        worker = a_supply(places=[place(LUTON, radius_km=500)])
        assert within_reach(worker, a_demand(radius_km=47)).outcome is PASS
        assert within_reach(worker, a_demand(radius_km=45)).outcome is FAIL

    def test_a_farther_place_with_a_wide_radius_counts(self) -> None:
        places = [place(radius_km=0.001) | {"lat": 51.515}, place(LUTON, radius_km=60)]
        verdict = within_reach(a_supply(places=places), a_demand(radius_km=None))
        assert (verdict.outcome, verdict.evidence["km"]) == (PASS, 46)

    def test_a_pick_up_point_counts_as_the_place(self) -> None:
        worker = a_supply(places=[place(LUTON, radius_km=5)])
        assert within_reach(worker, a_demand()).outcome is FAIL
        posting = a_demand(pick_up_points=[LUTON])
        assert within_reach(worker, posting).outcome is PASS

    def test_lodging_waives_the_own_radius_where_it_is_accepted(self) -> None:
        far = {"places": [place(LUTON, radius_km=5)]}
        posting = a_demand(lodging=True, radius_km=None)
        assert within_reach(a_supply(**far), posting).outcome is FAIL
        guest = a_supply(**far, accepts_lodging=True)
        assert within_reach(guest, posting).outcome is PASS
        assert within_reach(guest, a_demand(radius_km=None)).outcome is FAIL
        assert within_reach(guest, a_demand(lodging=True)).outcome is FAIL

    def test_a_place_must_hold_for_the_whole_work_period(self) -> None:
        posting = a_demand(
            shifts=[
                shift("2026-12-01T09:00", "2026-12-01T12:00"),
                shift("2026-12-03T09:00", "2026-12-04T00:00"),
            ]
        )
        for first, last, outcome in (
            ("2026-12-01", "2026-12-03", PASS),
            ("2026-12-02", None, FAIL),
            (None, "2026-12-02", FAIL),
        ):
            worker = a_supply(
                places=[place(available_from=first, available_until=last)]
            )
            assert within_reach(worker, posting).outcome is outcome

    def test_remote_work_asks_only_whether_it_is_accepted(self) -> None:
        posting = a_demand(remote=True, place=None)
        willing = a_supply(places=[], accepts_remote=True)
        assert within_reach(willing, posting).outcome is PASS
        assert within_reach(a_supply(), posting).outcome is FAIL

    def test_a_worker_without_a_place_is_asked_for_one(self) -> None:
        verdict = within_reach(a_supply(places=[]), a_demand())
        assert (verdict.outcome, verdict.ask) == (WANT, ("place",))

    def test_the_antimeridian_and_the_poles_are_no_border(self) -> None:
        for here, there in (
            ({"lat": -16.8, "lon": 179.99}, {"lat": -16.8, "lon": -179.99}),
            ({"lat": 89.99, "lon": 10.0}, {"lat": 89.99, "lon": -170.0}),
        ):
            worker = a_supply(places=[place(here, radius_km=3)])
            assert within_reach(worker, a_demand(place=there)).outcome is PASS

    def test_equal_coordinates_are_within_no_radius_at_all(self) -> None:
        worker = a_supply(places=[place(radius_km=0)])
        assert within_reach(worker, a_demand(radius_km=0)).outcome is PASS


class TestHasRequiredSkills:
    def test_each_required_skill_must_be_held(self) -> None:
        posting = a_demand(required_skills=[asked("welding"), asked("cooking")])
        both = a_supply(skills=[claim("welding"), claim("cooking")])
        assert has_required_skills(both, posting).outcome is PASS
        verdict = has_required_skills(a_supply(skills=[claim("welding")]), posting)
        assert verdict.outcome is FAIL
        assert verdict.evidence["missing"] == ["cooking"]

    def test_a_level_below_the_asked_one_is_not_enough(self) -> None:
        posting = a_demand(required_skills=[asked("welding", 3)])
        for level, outcome in ((2, FAIL), (3, PASS)):
            worker = a_supply(skills=[claim("welding", level)])
            assert has_required_skills(worker, posting).outcome is outcome

    def test_a_related_skill_stands_in_one_way_only(self) -> None:
        tractors = a_supply(skills=[claim("tractor-driving")])
        assert has_required_skills(tractors, a_demand()).outcome is PASS
        posting = a_demand(required_skills=[asked("tractor-driving")])
        assert has_required_skills(a_supply(), posting).outcome is FAIL

    def test_a_preferred_skill_is_not_a_rule(self) -> None:
        posting = a_demand(preferred_skills=[asked("welding")])
        assert has_required_skills(a_supply(), posting).outcome is PASS

    def test_a_worker_without_any_claim_is_asked_for_skills(self) -> None:
        nobody = a_supply(skills=[])
        verdict = has_required_skills(nobody, a_demand())
        assert (verdict.outcome, verdict.ask) == (WANT, ("skills",))
        unskilled = a_demand(required_skills=[])
        assert has_required_skills(nobody, unskilled).outcome is PASS


class TestFreeForTheSchedule:
    def test_the_pattern_must_contain_the_whole_shift(self) -> None:
        posting = a_demand(shifts=[shift("2026-12-01T09:00", "2026-12-01T17:00")])
        for start, end, outcome in (
            ("09:00", "17:00", PASS),
            ("09:01", "17:00", FAIL),
            ("09:00", "16:59", FAIL),
        ):
            worker = a_supply(weekly=working_days(start, end))
            assert free_for_the_schedule(worker, posting).outcome is outcome

    def test_adjacent_intervals_join(self) -> None:
        worker = a_supply(
            weekly=[weekly(1, "09:00", "12:00"), weekly(1, "12:00", "17:00")]
        )
        assert free_for_the_schedule(worker, a_demand()).outcome is PASS

    def test_a_shift_over_sunday_midnight_needs_sunday_night(self) -> None:
        posting = a_demand(shifts=[shift("2026-11-29T22:00", "2026-11-30T06:00")])
        nights = a_supply(weekly=[weekly(6, "22:00", "06:00")])
        assert free_for_the_schedule(nights, posting).outcome is PASS
        evening = a_supply(weekly=[weekly(6, "22:00", "00:00")])
        assert free_for_the_schedule(evening, posting).outcome is FAIL

    def test_a_free_exception_adds_and_a_busy_one_takes_away(self) -> None:
        free = exception("2026-12-01T09:00", "2026-12-01T17:00", free=True)
        worker = a_supply(weekly=[], exceptions=[free])
        assert free_for_the_schedule(worker, a_demand()).outcome is PASS
        busy = exception("2026-12-01T16:59", "2026-12-01T23:00", free=False)
        worker = a_supply(exceptions=[busy])
        assert free_for_the_schedule(worker, a_demand()).outcome is FAIL
        back_to_back = exception("2026-12-01T17:00", "2026-12-01T23:00", free=False)
        worker = a_supply(exceptions=[back_to_back])
        assert free_for_the_schedule(worker, a_demand()).outcome is PASS

    def test_a_booking_takes_away(self) -> None:
        booked = {"start": "2026-12-01T16:59:59Z", "end": "2026-12-01T19:00:00Z"}
        worker = a_supply(busy=[booked])
        assert free_for_the_schedule(worker, a_demand()).outcome is FAIL

    def test_seconds_of_a_shift_are_rounded_outwards(self) -> None:
        worker = a_supply(weekly=working_days("09:00", "17:00"))
        posting = a_demand(shifts=[shift("2026-12-01T09:00", "2026-12-01T17:00:01")])
        assert free_for_the_schedule(worker, posting).outcome is FAIL

    def test_commitment_says_how_many_shifts_must_fit(self) -> None:
        shifts = [
            shift("2026-12-01T09:00", "2026-12-01T17:00"),
            shift("2026-12-02T02:00", "2026-12-02T04:00"),
            shift("2026-12-03T09:00", "2026-12-03T17:00"),
        ]
        for commitment, outcome in (
            ({"kind": "all", "count": None}, FAIL),
            ({"kind": "any", "count": None}, PASS),
            ({"kind": "at_least", "count": 2}, PASS),
            ({"kind": "at_least", "count": 3}, FAIL),
        ):
            posting = a_demand(shifts=shifts, commitment=commitment)
            verdict = free_for_the_schedule(a_supply(), posting)
            assert verdict.outcome is outcome
            assert (verdict.evidence["covered"], verdict.evidence["of"]) == (2, 3)

    def test_a_weekly_posting_is_held_against_the_pattern_alone(self) -> None:
        posting = a_demand(shifts=[], weekly=working_days("09:00", "17:00"))
        away = exception("2026-11-20T00:00", "2027-02-01T00:00", free=False)
        worker = a_supply(exceptions=[away])
        assert free_for_the_schedule(worker, posting).outcome is PASS
        here = exception("2026-11-20T00:00", "2027-02-01T00:00", free=True)
        worker = a_supply(weekly=working_days("10:00", "17:00"), exceptions=[here])
        assert free_for_the_schedule(worker, posting).outcome is FAIL

    def test_a_weekly_posting_counts_in_its_own_zone(self) -> None:
        posting = a_demand(
            shifts=[], weekly=[weekly(0, "09:00", "17:00")], zone="America/New_York"
        )
        for start, end, outcome in (("14:00", "22:00", PASS), ("09:00", "21:00", FAIL)):
            worker = a_supply(weekly=working_days(start, end))
            assert free_for_the_schedule(worker, posting).outcome is outcome

    def test_the_reference_week_is_the_first_full_one_from_the_start(self) -> None:
        # Britain leaves summer time on Sunday 28 March 2027, India has none: 09:00 in
        # London is 14:30 there before, 13:30 after.
        worker = a_supply(zone="Asia/Kolkata", weekly=working_days("13:30", "22:00"))
        for starts_on, outcome in (("2027-03-15", FAIL), ("2027-03-23", PASS)):
            posting = a_demand(
                shifts=[],
                weekly=[weekly(0, "09:00", "17:00")],
                starts_on=starts_on,
            )
            assert free_for_the_schedule(worker, posting).outcome is outcome

    def test_hours_not_declared_are_asked_for(self) -> None:
        verdict = free_for_the_schedule(a_supply(weekly=[]), a_demand())
        assert (verdict.outcome, verdict.ask) == (WANT, ("availability",))

    @pytest.mark.parametrize("confirmed_at", [None, days_ago(14.001)])
    def test_stale_hours_are_to_be_confirmed(self, confirmed_at: str | None) -> None:
        worker = a_supply(confirmed_at=confirmed_at)
        verdict = free_for_the_schedule(worker, a_demand())
        assert (verdict.outcome, verdict.ask) == (WANT, ("confirmation",))

    def test_hours_confirmed_fourteen_days_ago_still_hold(self) -> None:
        worker = a_supply(confirmed_at=days_ago(14))
        assert free_for_the_schedule(worker, a_demand()).outcome is PASS

    def test_no_schedule_asks_for_no_hours(self) -> None:
        worker = a_supply(weekly=[], confirmed_at=None)
        assert free_for_the_schedule(worker, a_demand(shifts=[])).outcome is PASS

    def test_an_hour_that_the_clock_repeats_is_free_twice(self) -> None:
        # In London 01:00 to 02:00 of 25 October 2026 happens at 00:00 and 01:00 UTC.
        summer = datetime(2026, 10, 20, tzinfo=UTC)
        worker = a_supply(
            weekly=[weekly(6, "01:00", "02:00")], confirmed_at=instant(summer)
        )
        posting = a_demand(
            now=summer, shifts=[shift("2026-10-25T00:00", "2026-10-25T02:00")]
        )
        assert free_for_the_schedule(worker, posting).outcome is PASS


class TestPayMeetsFloor:
    @pytest.mark.parametrize(
        ("floors", "offer", "outcome"),
        [
            ([floor(1500)], pay(1500), PASS),
            ([floor(1501)], pay(1500), FAIL),
            ([floor(12_000, "day")], pay(1500), PASS),
            ([floor(12_001, "day")], pay(1500), FAIL),
            ([floor(1500)], pay(12_000, "day"), PASS),
            ([floor(1500)], pay(3_119_940, "year"), PASS),
            ([floor(1501)], pay(3_119_940, "year"), FAIL),
            ([floor(3_119_940, "year")], pay(259_995, "month"), PASS),
            ([floor(1500)], pay(59_999, "week"), PASS),
            ([floor(1500)], pay(59_998, "week"), FAIL),
            ([floor(1500)], pay(12_000, "shift"), PASS),
            ([floor(1500)], pay(240_000, "month", hours_per_month=160), PASS),
            ([floor(1500)], pay(240_000, "month", hours_per_month=161), FAIL),
            ([floor(90, "piece")], pay(90, "piece"), PASS),
            ([floor(91, "piece")], pay(90, "piece"), FAIL),
        ],
    )
    def test_the_top_of_the_range_meets_the_floor_or_not(
        self,
        floors: list[Document],
        offer: Document,
        outcome: Outcome,
    ) -> None:
        worker, posting = a_supply(pay_floors=floors), a_demand(pay=offer)
        assert pay_meets_floor(worker, posting).outcome is outcome

    def test_china_declares_174_hours_a_month(self) -> None:
        worker = a_supply(pay_floors=[floor(1500, currency="CNY")])
        offer = pay(260_999, "month", "CNY")
        here = a_demand(pay=offer)
        there = a_demand(pay=offer, place={**LONDON, "country": "CN"})
        assert pay_meets_floor(worker, here).outcome is PASS
        assert pay_meets_floor(worker, there).outcome is FAIL

    def test_the_strictest_comparable_floor_counts(self) -> None:
        worker = a_supply(
            pay_floors=[floor(1000), floor(16_001, "day"), floor(9, currency="CNY")]
        )
        assert pay_meets_floor(worker, a_demand(pay=pay(2000))).outcome is FAIL
        assert pay_meets_floor(worker, a_demand(pay=pay(2001))).outcome is PASS

    def test_other_currencies_and_units_do_not_compare(self) -> None:
        yuan = a_supply(pay_floors=[floor(1, currency="CNY")])
        verdict = pay_meets_floor(yuan, a_demand())
        assert (verdict.outcome, verdict.evidence["reason"]) == (
            FAIL,
            "currency differs",
        )
        pieces = a_supply(pay_floors=[floor(1, "piece")])
        verdict = pay_meets_floor(pieces, a_demand())
        assert (verdict.outcome, verdict.evidence["reason"]) == (FAIL, "unit differs")

    def test_a_worker_without_a_floor_is_asked_for_one(self) -> None:
        verdict = pay_meets_floor(a_supply(pay_floors=[]), a_demand())
        assert (verdict.outcome, verdict.ask) == (WANT, ("pay_floor",))

    def test_a_posting_that_names_no_pay_passes(self) -> None:
        assert (
            pay_meets_floor(a_supply(pay_floors=[]), a_demand(pay=None)).outcome is PASS
        )


class TestWantsThisWork:
    def test_market_and_kind_must_be_sought(self) -> None:
        assert wants_this_work(a_supply(markets=["talent"]), a_demand()).outcome is FAIL
        worker = a_supply(kinds=["full_time"])
        assert wants_this_work(worker, a_demand()).outcome is FAIL
        assert wants_this_work(worker, a_demand(kind="full_time")).outcome is PASS

    def test_what_is_sought_is_asked_for_when_not_said(self) -> None:
        verdict = wants_this_work(a_supply(markets=[], kinds=[]), a_demand())
        assert (verdict.outcome, verdict.ask) == (WANT, ("markets", "kinds"))

    def test_a_wrong_kind_fails_even_if_the_market_is_not_said(self) -> None:
        worker = a_supply(markets=[], kinds=["full_time"])
        assert wants_this_work(worker, a_demand()).outcome is FAIL


class TestHoldsCertificates:
    @pytest.mark.parametrize(
        ("expires_on", "outcome"),
        [(None, PASS), ("2026-12-02", PASS), ("2026-12-01", FAIL)],
    )
    def test_a_certificate_must_be_valid_on_the_last_day(
        self, expires_on: str | None, outcome: Outcome
    ) -> None:
        worker = a_supply(
            certificates=[{"certificate": "forklift-licence", "expires_on": expires_on}]
        )
        night = a_demand(shifts=[shift("2026-12-01T22:00", "2026-12-02T06:00")])
        assert holds_certificates(worker, night).outcome is outcome

    def test_a_shift_that_ends_at_midnight_ends_that_day(self) -> None:
        worker = a_supply(
            certificates=[
                {"certificate": "forklift-licence", "expires_on": "2026-12-01"}
            ]
        )
        evening = a_demand(shifts=[shift("2026-12-01T18:00", "2026-12-02T00:00")])
        assert holds_certificates(worker, evening).outcome is PASS
        in_paris = a_demand(
            shifts=[shift("2026-12-01T18:00", "2026-12-02T00:00")], zone="Europe/Paris"
        )
        assert holds_certificates(worker, in_paris).outcome is FAIL

    @pytest.mark.parametrize(
        ("week", "last_day"),
        [
            ([weekly(0, "09:00", "17:00")], "2026-12-06"),
            ([weekly(6, "22:00", "06:00")], "2026-12-07"),
        ],
    )
    def test_a_weekly_posting_lasts_to_the_end_of_the_reference_week(
        self, week: list[Document], last_day: str
    ) -> None:
        posting = a_demand(shifts=[], weekly=week)
        before = str(datetime.fromisoformat(last_day).date() - timedelta(days=1))
        for expires_on, outcome in ((last_day, PASS), (before, FAIL)):
            held = {"certificate": "forklift-licence", "expires_on": expires_on}
            worker = a_supply(certificates=[held])
            assert holds_certificates(worker, posting).outcome is outcome

    def test_without_a_schedule_it_must_be_valid_today(self) -> None:
        posting = a_demand(shifts=[])
        for expires_on, outcome in (("2026-11-24", PASS), ("2026-11-23", FAIL)):
            held = {"certificate": "forklift-licence", "expires_on": expires_on}
            worker = a_supply(certificates=[held])
            assert holds_certificates(worker, posting).outcome is outcome

    def test_a_certificate_not_held_fails(self) -> None:
        verdict = holds_certificates(a_supply(certificates=[]), a_demand())
        assert verdict.outcome is FAIL
        assert verdict.evidence["missing"] == ["forklift-licence"]


class TestSpeaksLanguages:
    def test_each_language_at_its_level(self) -> None:
        posting = a_demand(languages=[{"language": "en", "level": 3}])
        for level, outcome in ((2, FAIL), (3, PASS)):
            worker = a_supply(languages=[{"language": "en", "level": level}])
            assert speaks_languages(worker, posting).outcome is outcome
        assert speaks_languages(a_supply(languages=[]), posting).outcome is FAIL


class TestNotBlocked:
    def test_a_blocked_organisation_gets_nobody(self) -> None:
        worker = a_supply(blocked_organisations=[str(ORGANISATION_ID)])
        assert not_blocked(worker, a_demand()).outcome is FAIL
        assert not_blocked(a_supply(), a_demand()).outcome is PASS


def test_what_may_be_asked_is_a_closed_list() -> None:
    empty = a_supply(
        skills=[], places=[], weekly=[], pay_floors=[], markets=[], kinds=[]
    )
    stale = a_supply(confirmed_at=None)
    asks = {
        name
        for worker in (empty, stale)
        for rule in FILTERS
        for name in rule(worker, a_demand()).ask
    }
    assert asks == set(ASKS)
