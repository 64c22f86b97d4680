"""Each kind of relaxation by example: what it changes and whom it lets in."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from services.matching.engine.facts import PostingFacts, WorkerFacts
from services.matching.engine.relaxations import (
    KINDS,
    Relaxation,
    friendly_share,
    relaxations,
)
from services.matching.engine.whatif import plain_eligible_workers
from tests.matching.engine.builders import (
    LUTON,
    NOW,
    RELATED,
    a_posting,
    a_worker,
    asked,
    claim,
    exception,
    floor,
    pay,
    place,
    shift,
    weekly,
)

DAYS = [shift(f"2026-12-0{day}T09:00", f"2026-12-0{day}T17:00") for day in range(1, 6)]


def of_kind(kind: str, posting: PostingFacts) -> dict[str, Relaxation]:
    """By step."""
    return {
        found.step: found for found in relaxations(posting, NOW) if found.kind == kind
    }


def fits(worker: WorkerFacts, posting: PostingFacts) -> bool:
    return bool(plain_eligible_workers([worker], posting, NOW, RELATED))


def lets_in(worker: WorkerFacts, posting: PostingFacts) -> set[str]:
    """Names of the relaxations that make an unfit worker eligible."""
    assert not fits(worker, posting)
    return {
        found.name for found in relaxations(posting, NOW) if fits(worker, found.relaxed)
    }


def test_more_pay_lets_in_whose_floor_it_meets() -> None:
    worker = a_worker(pay_floors=[floor(2250)])
    assert lets_in(worker, a_posting()) == {"more_pay:+300", "more_pay:+500"}


def test_more_pay_is_told_in_the_postings_own_unit() -> None:
    steps = of_kind("more_pay", a_posting(pay=pay(280_000, "month", "EUR")))
    assert list(steps) == ["+15000", "+30000", "+40000", "+70000"]
    assert steps["+30000"].change == {
        "currency": "EUR",
        "unit": "month",
        "from": 280_000,
        "to": 310_000,
        "more": 30_000,
    }
    raised = steps["+30000"].relaxed.pay
    assert raised is not None
    assert raised.top == 310_000


@pytest.mark.parametrize(
    ("amount", "percent", "share"),
    [
        (1500, 5, 75),
        (1500, 10, 150),
        (1500, 15, 250),
        (1500, 25, 400),
        (1837, 10, 200),
        (90, 5, 5),
        (90, 10, 9),
        (3, 5, 1),
        (1, 25, 1),
        (0, 25, 0),
        (10**15, 5, 5 * 10**13),
    ],
)
def test_steps_of_pay_are_friendly_figures(
    amount: int, percent: int, share: int
) -> None:
    assert friendly_share(amount, percent) == share


def test_steps_of_pay_that_come_out_alike_are_one() -> None:
    assert list(of_kind("more_pay", a_posting(pay=pay(3)))) == ["+1"]


def test_there_is_no_more_pay_where_none_is_offered() -> None:
    assert of_kind("more_pay", a_posting(pay=None)) == {}
    assert of_kind("more_pay", a_posting(pay=pay(0))) == {}


def test_a_skill_made_preferred_lets_in_who_lacks_it() -> None:
    posting = a_posting(
        required_skills=[asked("forklift-driving", 3), asked("first-aid")]
    )
    assert lets_in(a_worker(), posting) == {"skill_made_preferred:first-aid"}
    nobody = a_worker(skills=[])
    assert not lets_in(nobody, posting), "one at a time: the other is still required"


def test_a_skill_made_preferred_still_counts_for_the_score() -> None:
    [found] = of_kind("skill_made_preferred", a_posting()).values()
    assert found.relaxed.required_skills == ()
    assert found.relaxed.preferred_skills == a_posting().required_skills
    assert found.change == {"skill": "forklift-driving", "level": 3}


def test_a_level_lower_lets_in_who_is_one_below() -> None:
    worker = a_worker(skills=[claim("forklift-driving", 2)])
    assert lets_in(worker, a_posting()) == {
        "lower_skill_level:forklift-driving",
        "skill_made_preferred:forklift-driving",
    }
    novice = a_worker(skills=[claim("forklift-driving", 1)])
    assert lets_in(novice, a_posting()) == {"skill_made_preferred:forklift-driving"}


def test_the_lowest_level_has_none_below_it() -> None:
    posting = a_posting(required_skills=[asked("forklift-driving", 1)])
    assert of_kind("lower_skill_level", posting) == {}


def test_a_wider_radius_lets_in_who_would_travel_that_far() -> None:
    worker = a_worker(places=[place(LUTON, radius_km=60)])  # 46 km away
    assert lets_in(worker, a_posting(radius_km=30)) == {
        "wider_radius:+25",
        "wider_radius:+50",
    }
    homely = a_worker(places=[place(LUTON, radius_km=20)])
    assert not lets_in(homely, a_posting(radius_km=30))


@pytest.mark.parametrize("changes", [{"remote": True}, {"radius_km": None}])
def test_remote_work_and_work_without_a_limit_have_no_wider_radius(
    changes: dict[str, Any],
) -> None:
    assert of_kind("wider_radius", a_posting(**changes)) == {}


def test_another_start_moves_every_shift_whole() -> None:
    posting = a_posting(shifts=DAYS)
    moved = of_kind("other_start", posting)
    assert list(moved) == ["-60", "-30", "+30", "+60"]
    hour = timedelta(hours=1)
    assert moved["-60"].relaxed.shifts == tuple(
        (start - hour, end - hour) for start, end in posting.shifts
    )


def test_another_start_lets_some_in_and_others_out() -> None:
    late = a_worker(weekly=[weekly(1, "09:30", "19:00")])
    early = a_worker(weekly=[weekly(1, "07:00", "17:00")])
    assert lets_in(late, a_posting()) == {"other_start:+30", "other_start:+60"}
    moved = of_kind("other_start", a_posting())
    assert fits(early, a_posting())
    assert not fits(early, moved["+30"].relaxed)


def test_a_weekly_pattern_is_moved_over_midnight_and_over_the_week() -> None:
    posting = a_posting(
        shifts=[], weekly=[weekly(0, "00:15", "08:00"), weekly(6, "23:30", "07:00")]
    )
    moved = of_kind("other_start", posting)
    assert moved["-30"].relaxed.weekly == ((6, 1425, 1890), (6, 1380, 1830))
    assert moved["+30"].relaxed.weekly == ((0, 45, 510), (0, 0, 450))


def test_nothing_is_moved_to_start_in_the_past() -> None:
    soon = a_posting(shifts=[shift("2026-11-24T09:30", "2026-11-24T17:00")])
    assert list(of_kind("other_start", soon)) == ["-30", "+30", "+60"]


def test_a_dropped_certificate_lets_in_who_does_not_hold_it() -> None:
    worker = a_worker(certificates=[])
    assert lets_in(worker, a_posting()) == {"certificate_dropped:forklift-licence"}
    both = a_posting(certificates=["forklift-licence", "first-aid"])
    assert not lets_in(worker, both)
    [*found] = of_kind("certificate_dropped", both).values()
    assert [each.relaxed.certificates for each in found] == [
        ("first-aid",),
        ("forklift-licence",),
    ]


def test_a_dropped_language_lets_in_who_does_not_speak_it() -> None:
    worker = a_worker(languages=[])
    assert lets_in(worker, a_posting()) == {"language_dropped:en"}
    [found] = of_kind("language_dropped", a_posting()).values()
    assert found.change == {"language": "en", "level": 3}


def test_fewer_shifts_let_in_who_is_not_free_for_all() -> None:
    worker = a_worker(
        exceptions=[exception("2026-12-03T00:00", "2026-12-05T00:00", free=False)]
    )
    posting = a_posting(shifts=DAYS)
    assert lets_in(worker, posting) == {"fewer_shifts:3", "fewer_shifts:1"}
    assert of_kind("fewer_shifts", posting)["3"].change == {
        "from": 5,
        "to": 3,
        "of": 5,
    }


@pytest.mark.parametrize(
    ("shifts", "commitment", "steps"),
    [
        (5, {"kind": "all"}, ["4", "3", "1"]),
        (5, {"kind": "at_least", "count": 3}, ["2", "1"]),
        (2, {"kind": "all"}, ["1"]),
        (5, {"kind": "any"}, []),
        (1, {"kind": "all"}, []),
        (0, {"kind": "all"}, []),
    ],
)
def test_fewer_shifts_are_one_two_and_half_of_them_fewer_and_any(
    shifts: int, commitment: dict[str, Any], steps: list[str]
) -> None:
    posting = a_posting(shifts=DAYS[:shifts], commitment=commitment)
    assert list(of_kind("fewer_shifts", posting)) == steps


def test_half_of_many_shifts_is_a_step() -> None:
    days = [weekly(day, start, "23:00") for day in range(5) for start in ("09:00",)]
    nights = [weekly(day, "01:00", "05:00") for day in range(5)]
    posting = a_posting(shifts=[], weekly=[*days, *nights])
    assert list(of_kind("fewer_shifts", posting)) == ["9", "8", "5", "1"]


def test_every_kind_is_told_once_and_names_are_each_given_once() -> None:
    posting = a_posting(shifts=DAYS, pay=pay(2000))
    names = [found.name for found in relaxations(posting, NOW)]
    assert len(set(names)) == len(names)
    kinds = list(dict.fromkeys(name.split(":")[0] for name in names))
    assert kinds == [kind.__name__ for kind in KINDS]


def test_one_thing_is_changed_at_a_time() -> None:
    posting = a_posting(shifts=DAYS)
    for found in relaxations(posting, NOW):
        changed = {
            field
            for field in PostingFacts.__dataclass_fields__
            if getattr(found.relaxed, field) != getattr(posting, field)
        }
        wanted = {"skill_made_preferred": {"required_skills", "preferred_skills"}}
        assert len(changed) == 1 or changed == wanted.get(found.kind), found.name
