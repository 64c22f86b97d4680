"""Ten thousand searches do not place a worker better than the cell, nor tell the floor
better than its band.

The attacker is a good one: of workers indexed as they said it they find the home to a
metre and the floor to the penny. Of workers who went through the services they find the
middle of the cell and the edge of the band, and whoever else lives in the cell with a
floor in the band would have answered every one of the searches with the same bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest

from services.matching.engine.facts import posting_facts, worker_facts
from services.matching.engine.index import Index
from services.matching.engine.pipeline import Request, rank_workers
from services.matching.engine.taxonomy import RelatedSkills
from services.matching.intake.blurring import band_edge
from services.matching.intake.changelog import Document
from services.matching.intake.documents import read_documents
from services.matching.matches.disclosure import disclose
from services.matching.runs.ranking import matches_json
from services.profiles.work_papers.published import NOTHING_SAID
from services.profiles.workers.state import published
from shared.identity import Caller, Role
from shared.values import cell_centre, now
from tests.matching.documents import a_worker
from tests.matching.market import report
from tests.privacy.attacker import Asking, Attacker, Findings

SEARCHES = 10_000
ASKING = UUID("01938a5e-0000-7000-8000-00000000a77a")
TARGET = UUID("01938a5e-0000-7000-8000-000000007a49")
EMPLOYER = Caller(ASKING, Role.EMPLOYER, ASKING)
NOW = now()

# in one cell and one band: the true one, then others at the edges of both
CELL, BAND = (51.525, -0.135), (1450, 1500)
TRUE = (51.52731, -0.13894, 1487)
OTHERS = [
    (51.5200001, -0.1300001, 1451),
    (51.5299999, -0.1399999, 1500),
]


def said(id: UUID, lat: float, lon: float, floor: int) -> dict[str, Any]:
    """A worker's row as profiles holds it."""
    place = a_worker()["places"][0] | {"lat": lat, "lon": lon, "radius_km": 50.0}
    floors = [{"unit": "hour", "amount": floor, "currency": "GBP"}]
    moment = datetime.fromisoformat("2026-11-20T08:00:00Z")
    row = a_worker(id, places=[place], pay_floors=floors)
    return row | {"id": id, "confirmed_at": moment, "last_active_at": moment}


def must_be_read(document: Document, error: Exception) -> None:
    raise error


def market(lat: float, lon: float, floor: int, *, as_said: bool = False) -> Index:
    """The target among neighbours whom the attacker knows exactly, for comparison."""
    index = Index(RelatedSkills({}))
    people = [said(TARGET, lat, lon, floor)]
    people += [
        said(UUID(int=number), 51.50 + 0.01 * number, -0.13, 1400 + 25 * number)
        for number in range(1, 7)
    ]
    for row in people:
        document = published(row, NOTHING_SAID)
        if as_said:
            index.put_worker(worker_facts(document | {"places": row["places"]}))
        else:
            documents = [Document("worker", row["id"], document)]
            read_documents(index, documents, must_be_read).put_into(index)
    return index


def asking(index: Index) -> Asking:
    """What POST /v1/matches/search makes of a search, without the waiting."""

    def ask(search: Mapping[str, Any]) -> dict[str, Any]:
        about = {"id": str(ASKING), "version": 0, "organisation": str(ASKING)}
        asked = {name: part for name, part in search.items() if name != "weights"}
        request = Request(now=NOW, k=50, weights=search.get("weights"))
        ranking = rank_workers(index, posting_facts(asked | about), request)
        made = {
            "matches": matches_json(ranking),
            "funnel": [{"rule": rule, "left": left} for rule, left in ranking.funnel],
            "possible": [
                {"worker": str(one.id), "ask": list(one.ask)}
                for one in ranking.possible
            ],
            "possible_total": ranking.possible_total,
        }
        shown = disclose(made, EMPLOYER)
        return {
            "matches": shown.matches,
            "funnel": shown.funnel,
            "possible": shown.possible,
            "total": shown.possible_total,
        }

    return ask


def attacked(index: Index, searches: int = SEARCHES) -> Findings:
    return Attacker(asking(index), str(TARGET), searches).attack()


@pytest.fixture(scope="module")
def findings() -> Findings:
    return attacked(market(*TRUE))


def test_the_attacker_is_a_good_one() -> None:
    found = attacked(market(*TRUE, as_said=True), searches=1_000)
    assert found.km_from(TRUE[0], TRUE[1]) < 0.005
    assert found.floor == TRUE[2]


def test_the_best_guess_is_the_middle_of_the_cell_and_the_edge_of_the_band(
    findings: Findings,
) -> None:
    assert findings.searches == SEARCHES
    assert findings.km_from(*CELL) < 0.005
    assert findings.floor == BAND[1]
    off = findings.km_from(TRUE[0], TRUE[1])
    told = (
        f"{SEARCHES:,} searches: the guess is {off * 1000:.0f} m from the home, in a"
        f" cell of 1,112 by 692 m; the floor is in {BAND[0] + 1}..{BAND[1]} pence"
    )
    report(told)


@pytest.mark.slow
@pytest.mark.parametrize("other", OTHERS)
def test_anybody_else_of_the_cell_and_band_would_have_answered_alike(
    findings: Findings, other: tuple[float, float, int]
) -> None:
    assert attacked(market(*other)).transcript == findings.transcript


@pytest.mark.parametrize(
    "elsewhere", [(51.5301, -0.1389, 1487), (51.5273, -0.1389, 1501)]
)
def test_another_cell_or_band_is_told_apart(
    findings: Findings, elsewhere: tuple[float, float, int]
) -> None:
    """Or the attack would prove nothing."""
    found = attacked(market(*elsewhere), searches=1_000)
    assert found.km_from(*CELL) > 0.5 or found.floor != findings.floor


def test_the_others_do_live_in_the_cell_and_ask_for_pay_of_the_band() -> None:
    for lat, lon, floor in (TRUE, *OTHERS):
        assert (cell_centre(lat), cell_centre(lon)) == CELL
        assert band_edge(floor) == BAND[1]
    assert band_edge(BAND[0]) == BAND[0]
