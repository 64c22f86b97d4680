"""Each part of a score, alone, in plain Python."""

from __future__ import annotations

import math

import pytest

from services.matching.engine.scores import (
    SCORES,
    availability_slack,
    band,
    closeness,
    pay_fit,
    recency,
    reliability,
    skill_fit,
)
from services.matching.engine.weights import PARTS
from tests.matching.engine.builders import (
    LUTON,
    NOW,
    a_demand,
    a_supply,
    asked,
    claim,
    days_ago,
    floor,
    instant,
    pay,
    place,
    shift,
    weekly,
    working_days,
)


def test_every_part_has_weights() -> None:
    assert tuple(score.__name__ for score in SCORES) == PARTS


class TestSkillFit:
    def test_level_times_credit_weighted_over_all_asked_skills(self) -> None:
        posting = a_demand(
            required_skills=[asked("forklift-driving", 2, 1.0)],
            preferred_skills=[asked("cooking", 5, 0.5), asked("welding", 1, 0.5)],
        )
        worker = a_supply(skills=[claim("tractor-driving", 4), claim("cooking", 3)])
        value, evidence = skill_fit(worker, posting)
        assert value == pytest.approx((1.0 * 0.5 * 4 / 5 + 0.5 * 3 / 5) / 2.0)
        assert evidence == {
            "matched": [{"skill": "cooking", "asked_level": 5, "level": 3}],
            "related": [
                {
                    "skill": "forklift-driving",
                    "held": "tractor-driving",
                    "level": 4,
                    "credit": 0.5,
                }
            ],
            "missing": ["welding"],
        }

    def test_the_best_of_a_group_counts_once(self) -> None:
        held = [claim("forklift-driving", 2), claim("reach-truck-driving", 5)]
        posting = a_demand(required_skills=[asked("forklift-driving", 1)])
        value, _ = skill_fit(a_supply(skills=held), posting)
        assert value == pytest.approx(0.8)

    def test_a_required_skill_under_its_level_gives_nothing(self) -> None:
        held = [claim("forklift-driving", 4), claim("reach-truck-driving", 5)]
        posting = a_demand(required_skills=[asked("forklift-driving", 5)])
        value, evidence = skill_fit(a_supply(skills=held), posting)
        assert value == pytest.approx(0.8)
        assert evidence["related"][0]["held"] == "reach-truck-driving"

    def test_dropped_when_no_skill_carries_weight(self) -> None:
        assert a_demand().present[0]
        assert not a_demand(required_skills=[]).present[0]
        assert not a_demand(required_skills=[asked("welding", 1, 0.0)]).present[0]


class TestCloseness:
    def test_falls_to_one_over_e_at_half_the_radius(self) -> None:
        worker = a_supply(places=[place(LUTON, radius_km=100)])
        value, evidence = closeness(worker, a_demand(radius_km=100))
        assert evidence == {"km": 46, "radius_km": 100.0, "via": "place"}
        assert value == pytest.approx(math.exp(-45.75 / 50), rel=0.01)

    def test_an_unbounded_posting_uses_a_fixed_scale(self) -> None:
        worker = a_supply(places=[place(LUTON, radius_km=100)])
        value, _ = closeness(worker, a_demand(radius_km=None))
        assert value == pytest.approx(math.exp(-45.75 / 12.5), rel=0.02)

    def test_the_nearest_way_is_named(self) -> None:
        worker = a_supply(places=[place(LUTON, radius_km=5)], accepts_lodging=True)
        picked_up = a_demand(pick_up_points=[LUTON], radius_km=None)
        assert closeness(worker, picked_up) == (
            1.0,
            {"km": 0, "radius_km": None, "via": "pick-up point"},
        )
        lodged = a_demand(lodging=True, radius_km=None)
        assert closeness(worker, lodged)[1]["via"] == "lodging"

    def test_dropped_for_remote_work(self) -> None:
        assert not a_demand(remote=True).present[1]


class TestAvailabilitySlack:
    def test_room_before_and_after_is_worth_half(self) -> None:
        for start, end, value in (
            ("08:00", "18:00", 1.0),
            ("08:01", "18:00", 0.5),
            ("09:00", "17:00", 0.5),
        ):
            worker = a_supply(weekly=working_days(start, end))
            assert availability_slack(worker, a_demand())[0] == value

    def test_says_how_many_shifts_and_hours(self) -> None:
        posting = a_demand(
            shifts=[
                shift("2026-12-01T09:00", "2026-12-01T17:00"),
                shift("2026-12-02T02:00", "2026-12-02T04:00"),
                shift("2026-12-03T09:00", "2026-12-03T16:30"),
            ]
        )
        value, evidence = availability_slack(a_supply(), posting)
        assert value == 4 / 6
        assert evidence == {"covered": 2, "of": 3, "unit": "shifts", "hours": 15.5}

    def test_weekly_shifts_are_named_so(self) -> None:
        posting = a_demand(shifts=[], weekly=[weekly(6, "16:00", "22:00")])
        value, evidence = availability_slack(a_supply(), posting)
        assert (value, evidence["unit"]) == (0.5, "weekly shifts")

    def test_dropped_without_a_schedule(self) -> None:
        assert not a_demand(shifts=[]).present[2]


class TestPayFit:
    def test_full_at_a_quarter_over_the_floor(self) -> None:
        for amount, value in ((1500, 1.0), (1750, 0.5), (2000, 0.0), (0, 1.0)):
            worker = a_supply(pay_floors=[floor(amount)])
            assert pay_fit(worker, a_demand(pay=pay(2000)))[0] == value

    def test_evidence_shows_the_conversion(self) -> None:
        worker = a_supply(pay_floors=[floor(1000), floor(260_000, "month")])
        _, evidence = pay_fit(worker, a_demand(pay=pay(2000)))
        assert evidence == {
            "currency": "GBP",
            "per": "hour",
            "offered_per_hour": 2000,
            "floor_per_hour": 1500,
            "gap_per_hour": 500,
            "converted": True,
            "hours_per_month": 173.33,
            "band": "10-25 %",
        }

    def test_nothing_offered_fits_nothing(self) -> None:
        worker = a_supply(pay_floors=[floor(0)])
        assert pay_fit(worker, a_demand(pay=pay(0)))[0] == 0.0

    def test_bands_hide_the_floor(self) -> None:
        shares = [band(1000.0, 1000.0 - gap) for gap in (0, 49, 50, 99, 240, 260, 900)]
        assert shares == [
            "0-5 %",
            "0-5 %",
            "5-10 %",
            "5-10 %",
            "10-25 %",
            "25-50 %",
            "50 % or more",
        ]

    def test_dropped_without_pay(self) -> None:
        assert not a_demand(pay=None).present[3]


class TestReliability:
    def test_a_new_worker_has_the_prior(self) -> None:
        value, evidence = reliability(a_supply(), a_demand())
        assert (value, evidence["prior"]) == (0.8, True)

    def test_shows_over_bookings_pulled_to_the_prior(self) -> None:
        worker = a_supply(credit={"shows": 9, "bookings": 10})
        assert reliability(worker, a_demand())[0] == 13 / 15


class TestRecency:
    def test_decays_over_a_month(self) -> None:
        worker = a_supply(last_active_at=days_ago(30))
        value, evidence = recency(worker, a_demand())
        assert value == pytest.approx(math.exp(-1))
        assert evidence == {"days": 30}

    def test_unknown_is_worth_nothing(self) -> None:
        worker = a_supply(last_active_at=None)
        assert recency(worker, a_demand())[0] == 0.0

    def test_a_clock_ahead_of_ours_is_now(self) -> None:
        worker = a_supply(last_active_at=days_ago(-1))
        assert recency(worker, a_demand()) == (1.0, {"days": 0})
        assert recency(a_supply(last_active_at=instant(NOW)), a_demand())[0] == 1.0
