"""What an organisation may see; and that arithmetic gives nothing back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from services.matching.engine.facts import posting_facts, worker_facts
from services.matching.engine.index import Index
from services.matching.engine.pipeline import Request, rank_workers
from services.matching.engine.taxonomy import RelatedSkills
from services.matching.engine.weights import PARTS
from services.matching.matches import disclosure
from services.matching.runs.ranking import matches_json
from shared.values import now
from tests.matching.documents import a_posting, a_worker, text


def shown_of(worker: dict[str, Any], **posting: Any) -> dict[str, Any]:
    """The one match of a worker as its employer sees it."""
    index = Index(RelatedSkills({}))
    index.put_worker(worker_facts(worker))
    facts = posting_facts(a_posting(**posting))
    [match] = disclosure.matches(
        matches_json(rank_workers(index, facts, Request(now=now())))
    )
    return match


def part(match: dict[str, Any], name: str) -> dict[str, Any]:
    [found] = [part for part in match["parts"] if part["name"] == name]
    return dict(found)


def paid(amount: int) -> dict[str, Any]:
    return a_worker(pay_floors=[{"unit": "hour", "amount": amount, "currency": "GBP"}])


def at(lat: float) -> dict[str, Any]:
    place = a_worker()["places"][0] | {"lat": lat, "lon": -0.125}
    return a_worker(places=[place])


@pytest.mark.parametrize(
    ("number", "shown"), [(0, "<5"), (1, "<5"), (4, "<5"), (5, 5), (1234, 1234)]
)
def test_counts_under_five_are_not_told(number: int, shown: object) -> None:
    assert disclosure.count(number) == shown


def test_every_step_of_the_funnel_is_cut_alike() -> None:
    steps = [{"rule": "within_reach", "left": 7}, {"rule": "not_blocked", "left": 3}]
    assert disclosure.funnel(steps) == [
        {"rule": "within_reach", "left": 7},
        {"rule": "not_blocked", "left": "<5"},
    ]


def test_pay_is_a_band_without_floor_or_gap() -> None:
    evidence = part(shown_of(paid(1500)), "pay_fit")["evidence"]
    assert evidence["band"] == "10-25 %"
    assert not {"floor_per_hour", "gap_per_hour"} & evidence.keys()


def test_two_floors_in_one_band_look_the_same_in_every_figure() -> None:
    one, other = shown_of(paid(1500)), shown_of(paid(1400))
    assert part(one, "pay_fit") == part(other, "pay_fit")
    assert one["score"] == other["score"]


def test_two_homes_at_the_same_whole_distance_look_the_same_in_every_figure() -> None:
    one, other = shown_of(at(51.545)), shown_of(at(51.547))
    assert part(one, "closeness")["evidence"]["km"] == 4
    assert part(one, "closeness") == part(other, "closeness")
    assert one["score"] == other["score"]


def test_the_hour_of_the_last_visit_is_not_told() -> None:
    one, other = (
        shown_of(a_worker(last_active_at=text(now() - timedelta(days=3, hours=hours))))
        for hours in (1, 20)
    )
    assert part(one, "recency") == part(other, "recency")


def test_what_is_shown_is_close_to_what_is_so() -> None:
    worker = a_worker()
    index = Index(RelatedSkills({}))
    index.put_worker(worker_facts(worker))
    ranking = rank_workers(index, posting_facts(a_posting()), Request(now=now()))
    [shown] = disclosure.matches(matches_json(ranking))
    assert shown["score"] == pytest.approx(ranking.matches[0].score, abs=0.05)
    assert [part["name"] for part in shown["parts"]] == list(PARTS)
    assert shown["worker"] == worker["id"]


def test_the_exact_list_is_left_as_it_was() -> None:
    index = Index(RelatedSkills({}))
    index.put_worker(worker_facts(a_worker()))
    ranking = rank_workers(index, posting_facts(a_posting()), Request(now=now()))
    exact = matches_json(ranking)
    disclosure.matches(exact)
    assert exact == matches_json(ranking)


def test_no_score_shown_is_above_the_one_before_it() -> None:
    """Whole kilometres and bands would otherwise turn some pairs round."""
    index = Index(RelatedSkills({}))
    for number in range(40):
        floor = {"unit": "hour", "amount": 1200 + 7 * number, "currency": "GBP"}
        place = a_worker()["places"][0] | {"lat": 51.505 + 0.01 * (number % 9)}
        index.put_worker(worker_facts(a_worker(pay_floors=[floor], places=[place])))
    ranking = rank_workers(index, posting_facts(a_posting()), Request(now=now()))
    scores = [match["score"] for match in disclosure.matches(matches_json(ranking))]
    assert len(scores) == 40
    assert scores == sorted(scores, reverse=True)
