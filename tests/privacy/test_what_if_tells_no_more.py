"""Counts and their differences place nobody better than the cell, nor tell a floor
better than its band; of fewer than five people they tell nothing at all.

What-ifs give many counts at once, so somebody may hope to subtract a person out of
them. The figures of an organisation go in steps of five. To see one person come and go
there must be exactly four more who fit: here the attacker brings those along. All they
get is what searches would have told them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from services.matching.engine.count import count_workers
from services.matching.engine.facts import PostingFacts, posting_facts, worker_facts
from services.matching.engine.geo import distance_km, point
from services.matching.engine.index import Index
from services.matching.engine.pipeline import Request
from services.matching.engine.relaxations import relaxations
from services.matching.engine.taxonomy import RelatedSkills
from services.matching.engine.whatif import what_if_posting
from services.matching.intake.changelog import Document
from services.matching.intake.documents import read_documents
from services.matching.matches.disclosure import (
    STEP,
    disclose_counts,
    disclose_what_if,
    in_steps,
)
from services.profiles.work_papers.published import NOTHING_SAID
from services.profiles.workers.state import published
from tests.privacy.test_trilateration import (
    BAND,
    CELL,
    EMPLOYER,
    NOW,
    OTHERS,
    TARGET,
    TRUE,
    said,
)

REQUEST = Request(NOW)
ANCHOR = (51.60, -0.30)


def known_to_the_attacker(count: int) -> Iterator[dict[str, Any]]:
    """People who would do anything anywhere near."""
    for number in range(count):
        row = said(UUID(int=number + 1), *CELL, 100)
        far = [{**place, "radius_km": 500.0} for place in row["places"]]
        yield row | {"places": far}


def must_be_read(document: Document, error: Exception) -> None:
    raise error


def market(
    *people: tuple[float, float, int], of_attacker: int = 0, as_said: bool = False
) -> Index:
    index = Index(RelatedSkills({}))
    rows = [said(UUID(int=TARGET.int + n), *one) for n, one in enumerate(people)]
    for row in (*rows, *known_to_the_attacker(of_attacker)):
        document = published(row, NOTHING_SAID)
        if as_said:
            index.put_worker(worker_facts(document | {"places": row["places"]}))
        else:
            documents = [Document("worker", row["id"], document)]
            read_documents(index, documents, must_be_read).put_into(index)
    return index


def asked(lat: float, lon: float, radius_km: float, pay: int) -> PostingFacts:
    place = {"lat": lat, "lon": lon, "country": "GB"}
    top = {"currency": "GBP", "unit": "hour", "minimum": None, "maximum": pay}
    return posting_facts(
        {
            "id": str(UUID(int=9)),
            "organisation": str(EMPLOYER.tenant),
            "market": "temporary",
            "required_skills": [{"skill": "forklift-driving", "level": 1}],
            "certificates": ["forklift-licence"],
            "place": place,
            "radius_km": radius_km,
            "pay": top,
        }
    )


def told(index: Index, posting: PostingFacts) -> Any:
    """What an organisation is answered to a what-if."""
    return disclose_what_if(what_if_posting(index, posting, REQUEST), EMPLOYER)


def questions() -> Iterator[PostingFacts]:
    """Sweeps of radius, pay and place around the target."""
    for number in range(60):
        yield asked(*ANCHOR, 10 + number / 6, 2000)
        yield asked(*CELL, 5.0, 1440 + number)
        yield asked(CELL[0], CELL[1] - 0.3 + number / 100, 12.0, 1500)


def transcript(index: Index) -> list[Any]:
    return [told(index, posting) for posting in questions()]


def test_of_fewer_than_five_nothing_is_told() -> None:
    elsewhere = (52.9, -2.1, 9000)
    alone, gone = market(TRUE, of_attacker=3), market(elsewhere, of_attacker=3)
    answers = transcript(alone)
    assert answers == transcript(gone)
    for answer in answers:
        assert answer.eligible == "<5"
        assert {effect["eligible"] for effect in answer.effects} == {"<5"}
        assert {effect["gain"] for effect in answer.effects} == {0}


@pytest.mark.parametrize("other", OTHERS)
def test_anybody_else_of_the_cell_and_band_would_have_answered_alike(
    other: tuple[float, float, int],
) -> None:
    mine, theirs = market(TRUE, of_attacker=4), market(other, of_attacker=4)
    assert transcript(mine) == transcript(theirs)


def test_one_more_within_a_step_changes_no_figure() -> None:
    for fitting in range(12):
        one_more = fitting + 1
        if fitting // STEP == one_more // STEP:
            fewer, more = market(of_attacker=fitting), market(of_attacker=one_more)
            assert transcript(fewer) == transcript(more)


def test_every_figure_could_be_worked_out_from_what_searches_tell() -> None:
    people = [(51.50 + 0.01 * n, -0.13, 1400 + 25 * n) for n in range(9)]
    index = market(TRUE, *people, of_attacker=3)

    def searched(posting: PostingFacts) -> Any:
        """The last count of a search's own funnel, made as coarse."""
        counted = count_workers(index, posting, REQUEST)
        left = disclose_counts(counted, EMPLOYER).funnel[-1]["left"]
        return left if left == "<5" else in_steps(left)

    for posting in questions():
        answer = told(index, posting)
        assert answer.eligible == searched(posting)
        for effect, relaxed in zip(
            answer.effects, relaxations(posting, NOW), strict=True
        ):
            assert effect["eligible"] == searched(relaxed.relaxed)
            base, then = (
                0 if shown == "<5" else shown
                for shown in (answer.eligible, effect["eligible"])
            )
            assert effect["gain"] == then - base


def test_the_same_question_has_the_same_answer() -> None:
    index = market(TRUE, of_attacker=7)
    posting = asked(*CELL, 5.0, 1490)
    first = told(index, posting)
    for _ in range(20):
        again = replace(posting, id=UUID(int=77))
        assert told(index, again) == first


def edge(is_told: Callable[[float], bool], low: float, high: float) -> float:
    """Where the answer changes, as sharply as it can be asked."""
    for _ in range(45):
        middle = (low + high) / 2
        if is_told(middle):
            high = middle
        else:
            low = middle
    return high


def attacked(index: Index) -> tuple[int, float]:
    """The floor, and the distance from the anchor, of who makes the four five."""

    def for_pay(pay: float) -> bool:
        return bool(told(index, asked(*CELL, 5.0, int(pay))).eligible == 5)

    def for_radius(radius_km: float) -> bool:
        return bool(told(index, asked(*ANCHOR, radius_km, 9000)).eligible == 5)

    return int(edge(for_pay, 0, 100_000)), edge(for_radius, 0, 60)


def test_with_four_of_their_own_an_attacker_finds_the_cell_and_the_band() -> None:
    """Their four are at the middle of the cell, and come when the target does."""
    floor, km = attacked(market(TRUE, of_attacker=4))
    assert floor == BAND[1]
    assert km == pytest.approx(distance_km(point(*ANCHOR), point(*CELL)), abs=0.001)


def test_the_attacker_is_a_good_one() -> None:
    """Of a worker indexed as they said it, they find the floor to the penny."""
    floor, _ = attacked(market(TRUE, of_attacker=4, as_said=True))
    assert floor == TRUE[2]
