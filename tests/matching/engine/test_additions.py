"""What a worker could add, by example: what each opens, and which are told first."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid5

import pytest

from services.matching.engine.facts import PostingFacts, WorkerFacts
from services.matching.engine.pipeline import Request
from services.matching.engine.whatif import (
    BEST_OF_A_KIND,
    Opening,
    plain_what_if_worker,
)
from services.matching.engine.worth import worth
from tests.matching.engine.builders import (
    LUTON,
    NOW,
    POSTING_ID,
    RELATED,
    a_posting,
    a_worker,
    asked,
    claim,
    days_ago,
    exception,
    pay,
    place,
    shift,
    weekly,
)

SATURDAY = shift("2026-12-05T09:00", "2026-12-05T17:00")
WEEKDAYS = [weekly(day, "06:00", "22:00") for day in range(5)]


def posting(name: str, **changes: Any) -> PostingFacts:
    return a_posting(id=str(uuid5(POSTING_ID, name)), **changes)


def openings(worker: WorkerFacts, *market: PostingFacts) -> list[Opening]:
    return list(plain_what_if_worker(market, worker, Request(NOW), RELATED).openings)


def opened(worker: WorkerFacts, *market: PostingFacts) -> dict[str, int]:
    """How many postings, by kind and step."""
    return {f"{one.kind}:{one.step}": one.postings for one in openings(worker, *market)}


def asking(name: str, skill: str, level: int = 1, **changes: Any) -> PostingFacts:
    return posting(name, required_skills=[asked(skill, level)], **changes)


def test_a_skill_opens_what_asks_it_at_that_level_or_below() -> None:
    market = [asking("a", "cooking", 2), asking("b", "cooking", 4)]
    worker = a_worker()
    assert opened(worker, *market) == {"skill:cooking@4": 2, "skill:cooking@2": 1}
    cook = a_worker(skills=[claim("cooking", 3)])
    assert opened(cook, *market) == {"skill:cooking@4": 1}


def test_a_skill_opens_what_it_stands_in_for_too() -> None:
    market = [asking("a", "cooking"), asking("b", "baking")]
    assert opened(a_worker(), *market) == {"skill:baking@1": 2, "skill:cooking@1": 1}


def test_a_skill_alone_does_not_open_what_lacks_two() -> None:
    both = posting("a", required_skills=[asked("cooking"), asked("first-aid")])
    assert opened(a_worker(), both) == {}


def test_a_skill_asked_out_of_reach_is_not_told() -> None:
    far = asking("a", "cooking", place={**LUTON, "country": "GB"})
    assert opened(a_worker(), far) == {}


def test_a_higher_level_that_opens_no_more_is_not_told() -> None:
    beyond = posting("b", required_skills=[asked("cooking", 5), asked("first-aid", 1)])
    assert opened(a_worker(), asking("a", "cooking", 2), beyond) == {
        "skill:cooking@2": 1
    }


def test_a_worker_who_has_told_no_skills_hears_what_one_would_open() -> None:
    assert opened(a_worker(skills=[]), asking("a", "cooking", 2)) == {
        "skill:cooking@2": 1
    }


def test_a_certificate_opens_what_asks_it() -> None:
    market = [posting("a", certificates=["first-aid"]), posting("b")]
    assert opened(a_worker(), *market) == {"certificate:first-aid": 1}


def test_a_certificate_that_runs_out_too_early_would_have_to_last() -> None:
    held = [{"certificate": "forklift-licence", "expires_on": "2026-11-30"}]
    assert opened(a_worker(certificates=held), posting("a")) == {
        "certificate:forklift-licence": 1
    }


def test_a_weekday_more_opens_the_shifts_of_that_day() -> None:
    worker = a_worker(weekly=WEEKDAYS)
    market = [posting("a", shifts=[SATURDAY])]
    assert opened(worker, *market) == {"free_hours:5": 1, "free_hours:always": 1}


def test_a_night_over_two_days_needs_more_than_one() -> None:
    night = shift("2026-12-05T22:00", "2026-12-06T06:00")
    worker = a_worker(weekly=WEEKDAYS)
    assert opened(worker, posting("a", shifts=[night])) == {"free_hours:always": 1}


def test_free_hours_do_not_undo_what_is_booked() -> None:
    busy = [exception("2026-12-05T12:00", "2026-12-05T13:00", free=False)]
    worker = a_worker(weekly=WEEKDAYS, exceptions=busy)
    assert opened(worker, posting("a", shifts=[SATURDAY])) == {}


def test_confirming_is_told_apart_from_new_hours() -> None:
    worker = a_worker(weekly=WEEKDAYS, confirmed_at=days_ago(20))
    market = [posting("a"), posting("b", shifts=[SATURDAY])]
    found = opened(worker, *market)
    assert found["confirmed_hours:now"] == 1
    assert found["free_hours:5"] == 2
    assert found["free_hours:0"] == 1


def test_hours_never_declared_cannot_be_confirmed() -> None:
    worker = a_worker(weekly=[])
    assert opened(worker, posting("a")) == {
        "free_hours:1": 1,
        "free_hours:always": 1,
    }


def test_a_longer_way_opens_what_is_farther() -> None:
    worker = a_worker(places=[place(LUTON, radius_km=20)])  # 46 km away
    market = [posting("a", radius_km=60)]
    assert opened(worker, *market) == {"radius:+50": 1}
    near = a_worker(places=[place(LUTON, radius_km=42)])
    assert opened(near, *market) == {"radius:+5": 1}


def test_a_posting_that_has_expired_opens_nothing() -> None:
    over = asking("a", "cooking", expires_at=days_ago(1))
    assert opened(a_worker(), over) == {}


def test_what_opens_is_told_with_its_hours_and_pay() -> None:
    market = [
        asking("a", "cooking", pay=pay(2000)),
        asking("b", "cooking", pay=pay(26_000, "shift", "GBP")),
    ]
    [found] = openings(a_worker(), *market)
    assert (found.postings, found.hours) == (2, 16.0)
    assert found.pay == {"GBP": 8 * 2000 + 26_000}
    assert found.change == {"skill": "cooking", "level": 1}


def test_pay_of_two_currencies_is_told_apart() -> None:
    floors = [
        {"unit": "hour", "amount": 1000, "currency": currency}
        for currency in ("GBP", "EUR")
    ]
    market = [
        asking("a", "cooking", pay=pay(2000)),
        asking("b", "cooking", pay=pay(1800, "hour", "EUR")),
    ]
    [found] = openings(a_worker(pay_floors=floors), *market)
    assert found.pay == {"EUR": 14_400, "GBP": 16_000}


def test_most_postings_come_first_then_hours_then_pay() -> None:
    long = [shift("2026-12-01T07:00", "2026-12-01T19:00")]
    market = [
        asking("a", "baking"),
        asking("b", "first-aid", pay=pay(2100)),
        asking("c", "carpentry", shifts=long),
        asking("d", "welding"),
        asking("e", "welding"),
    ]
    assert [one.step for one in openings(a_worker(), *market)] == [
        "welding@1",
        "carpentry@1",
        "first-aid@1",
        "baking@1",
    ]


def test_the_ten_best_of_a_kind_are_told() -> None:
    market = [
        asking(f"{number} {copy}", f"skill-{number:02}")
        for number in range(12)
        for copy in range(number + 1)
    ]
    found = openings(a_worker(), *market)
    assert len(found) == BEST_OF_A_KIND
    assert [one.step for one in found][:2] == ["skill-11@1", "skill-10@1"]


@pytest.mark.parametrize(
    ("changes", "minutes", "offered"),
    [
        ({}, 480, 16_000),
        ({"shifts": [], "weekly": [weekly(0, "22:00", "06:00")]}, 1920, 64_000),
        ({"shifts": []}, 9600, 320_000),
        ({"pay": None}, 480, 0),
        ({"pay": pay(50, "piece")}, 480, 0),
        ({"pay": pay(17_333, "month", "GBP", 173.33), "shifts": []}, 9600, 16_000),
    ],
)
def test_the_worth_of_a_posting(
    changes: dict[str, Any], minutes: int, offered: int
) -> None:
    found = worth(a_posting(**changes), NOW, RELATED)
    assert (found.minutes, found.pay) == (minutes, offered)
    assert (found.currency is None) == (offered == 0)


def test_ids_of_these_postings_differ() -> None:
    assert posting("a").id != posting("b").id != UUID(int=0)
