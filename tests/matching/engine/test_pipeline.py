"""A whole ranking: who, in which order, why, and what became of the others."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from services.matching.engine.index import Index
from services.matching.engine.pair import Context, explain_pair
from services.matching.engine.pipeline import Request, rank_postings, rank_workers
from services.matching.engine.supply import supply
from services.matching.engine.weights import WeightFault
from tests.matching.engine.builders import (
    LUTON,
    NOW,
    RELATED,
    a_posting,
    a_supply,
    a_worker,
    asked,
    claim,
    days_ago,
    instant,
    place,
)


def numbered(number: int) -> str:
    return str(UUID(int=100 + number))


@pytest.fixture
def index() -> Index:
    """Two who fit (the second less), two who might, four who do not."""
    index = Index(RELATED)
    changes: tuple[dict[str, Any], ...] = (
        {},
        {"skills": [claim("tractor-driving", 4)]},
        {"pay_floors": [], "confirmed_at": None},
        {"weekly": []},
        {"places": [place(LUTON)]},
        {"languages": []},
        {"active": False},
        {"pay_floors": [], "languages": []},
    )
    for number, changed in enumerate(changes):
        index.put_worker(a_worker(id=numbered(number), **changed))
    return index


def test_the_better_fit_comes_first(index: Index) -> None:
    ranking = rank_workers(index, a_posting(), Request(NOW))
    assert [(match.rank, str(match.id)) for match in ranking.matches] == [
        (1, numbered(0)),
        (2, numbered(1)),
    ]
    assert ranking.matches[0].score > ranking.matches[1].score


def test_the_funnel_counts_who_still_passes(index: Index) -> None:
    ranking = rank_workers(index, a_posting(), Request(NOW))
    assert ranking.considered == 7
    assert ranking.funnel == (
        ("within_reach", 6),
        ("has_required_skills", 6),
        ("free_for_the_schedule", 4),
        ("pay_meets_floor", 3),
        ("wants_this_work", 3),
        ("holds_certificates", 3),
        ("speaks_languages", 2),
        ("not_blocked", 2),
        ("not_turned_away", 2),
    )


def test_who_only_lacks_facts_is_listed_with_what_to_ask(index: Index) -> None:
    ranking = rank_workers(index, a_posting(), Request(NOW))
    assert ranking.possible_total == 2
    assert [(str(p.id), p.ask) for p in ranking.possible] == [
        (numbered(3), ("availability",)),
        (numbered(2), ("confirmation", "pay_floor")),
    ]
    one = rank_workers(index, a_posting(), Request(NOW, possible=1))
    assert (len(one.possible), one.possible_total) == (1, 2)


def test_no_more_than_k_are_kept_and_they_are_the_best(index: Index) -> None:
    ranking = rank_workers(index, a_posting(), Request(NOW, k=1))
    assert [str(match.id) for match in ranking.matches] == [numbered(0)]
    assert rank_workers(index, a_posting(), Request(NOW, k=0)).matches == ()


def test_more_than_a_thousand_are_listed_when_so_many_are_wanted() -> None:
    index = Index(RELATED)
    fits = supply(a_worker())
    unsure = supply(a_worker(pay_floors=[]))
    packed = [
        index.pack_worker(
            replace(who, id=UUID(int=2 * number + place)), index.names.intern
        )
        for number in range(1500)
        for place, who in enumerate((fits, unsure))
    ]
    index.put_workers(packed)
    ranking = rank_workers(index, a_posting(), Request(NOW, k=1400, possible=1300))
    assert len({match.id for match in ranking.matches}) == 1400
    assert len({possible.id for possible in ranking.possible}) == 1300
    assert ranking.possible_total == 1500
    again = rank_workers(index, a_posting(), Request(NOW, k=7, possible=7))
    assert again.matches == ranking.matches[:7]
    assert again.possible == ranking.possible[:7]


def test_parts_explain_the_score(index: Index) -> None:
    ranking = rank_workers(index, a_posting(), Request(NOW))
    match = ranking.matches[0]
    assert match.score == round(sum(p.weight * p.value for p in match.parts), 6)
    assert {part.name: part.weight for part in match.parts} == ranking.applied_weights
    assert sum(ranking.applied_weights.values()) == pytest.approx(1.0)
    twin = explain_pair(a_worker(), a_posting(), Context(NOW, RELATED))
    assert twin.parts == match.parts
    for part in match.parts:
        assert json.loads(json.dumps(part.evidence)) == part.evidence
        assert type(part.value) is float


def test_what_the_posting_lacks_is_dropped_for_everyone(index: Index) -> None:
    posting = a_posting(pay=None, shifts=[])
    ranking = rank_workers(index, posting, Request(NOW))
    assert set(ranking.applied_weights) == {
        "skill_fit",
        "closeness",
        "reliability",
        "recency",
    }
    assert sum(ranking.applied_weights.values()) == pytest.approx(1.0)


def test_caller_weights_replace_the_markets(index: Index) -> None:
    index.put_worker(a_worker(id=numbered(1), last_active_at=instant(NOW)))
    request = Request(NOW, weights={"recency": 1.0})
    ranking = rank_workers(index, a_posting(), request)
    assert [str(match.id) for match in ranking.matches] == [numbered(1), numbered(0)]
    assert ranking.matches[0].score == 1.0


@pytest.mark.parametrize("weights", [{"charm": 1.0}, {"recency": 0.5}, {}])
def test_weights_that_cannot_be_used_are_refused(
    index: Index, weights: dict[str, float]
) -> None:
    with pytest.raises(WeightFault):
        rank_workers(index, a_posting(), Request(NOW, weights=weights))
    with pytest.raises(WeightFault):
        rank_postings(index, a_supply(), Request(NOW, weights=weights))


def test_a_request_needs_an_offset_and_sizes_of_zero_or_more() -> None:
    with pytest.raises(ValueError, match="now"):
        Request(datetime(2026, 1, 1))  # noqa: DTZ001 (the fault under test)
    with pytest.raises(ValueError, match="k"):
        Request(NOW, k=-1)
    with pytest.raises(ValueError, match="possible"):
        Request(NOW, possible=-1)


def test_postings_for_a_worker_are_ranked_by_the_same_meaning() -> None:
    index = Index(RELATED)
    fits = a_posting(id=numbered(1))
    fits_less = a_posting(id=numbered(2), required_skills=[asked("cooking")])
    index.put_posting(fits)
    index.put_posting(fits_less)
    index.put_posting(a_posting(id=numbered(3), market="talent"))
    worker = a_worker(skills=[claim("forklift-driving", 5), claim("cooking", 1)])
    ranking = rank_postings(index, supply(worker), Request(NOW))
    assert [str(match.id) for match in ranking.matches] == [numbered(1), numbered(2)]
    assert ranking.considered == 3
    assert dict(ranking.funnel)["wants_this_work"] == 2
    twin = explain_pair(worker, fits, Context(NOW, RELATED))
    assert ranking.matches[0].parts == twin.parts
    assert ranking.applied_weights == {}


def test_expired_postings_are_not_considered() -> None:
    index = Index(RELATED)
    index.put_posting(a_posting(id=numbered(1), expires_at=instant(NOW)))
    index.put_posting(
        a_posting(id=numbered(2), expires_at=instant(NOW + timedelta(seconds=1)))
    )
    ranking = rank_postings(index, a_supply(), Request(NOW))
    assert ranking.considered == 1
    assert [str(match.id) for match in ranking.matches] == [numbered(2)]


def test_an_inactive_worker_is_shown_nothing() -> None:
    index = Index(RELATED)
    index.put_posting(a_posting())
    ranking = rank_postings(index, a_supply(active=False), Request(NOW))
    assert (ranking.considered, ranking.matches, ranking.possible) == (0, (), ())


def test_an_empty_index_answers() -> None:
    index = Index(RELATED)
    assert rank_workers(index, a_posting(), Request(NOW)).considered == 0
    assert rank_postings(index, a_supply(), Request(NOW)).considered == 0


def test_the_answer_depends_on_now_alone() -> None:
    index = Index(RELATED)
    index.put_worker(a_worker(confirmed_at=days_ago(1)))
    later = Request(NOW + timedelta(days=14))
    posting = a_posting(shifts=[])
    assert len(rank_workers(index, posting, Request(NOW)).matches) == 1
    assert len(rank_workers(index, posting, later).matches) == 1
    assert len(rank_workers(index, a_posting(), later).matches) == 0
