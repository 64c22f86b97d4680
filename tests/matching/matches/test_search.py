"""POST /v1/matches/search: a posting that is not saved; bad input told all at once."""

from __future__ import annotations

from typing import Any

import jsonschema_rs
import pytest

from services.matching.matches.schemas import WorkersForPosting
from services.matching.matches.search_rules import search_faults
from shared.identity import Caller
from shared.values import new_id
from tests.matching.documents import a_posting, a_worker
from tests.matching.market import Market
from tests.matching.matches.conftest import EMPLOYER, OPERATOR, Api
from tests.shared.terms import BROKEN_TERMS

PATH = "/v1/matches/search"
TAKEN = (
    "market",
    "kind",
    "required_skills",
    "certificates",
    "languages",
    "radius_km",
    "zone",
)


def a_search(**changes: Any) -> dict[str, Any]:
    posting = a_posting()
    shifts = [{"start": s["start"], "end": s["end"]} for s in posting["shifts"]]
    pay = {"currency": "GBP", "unit": "hour", "minimum": 1700, "maximum": 1800}
    place = {"lat": 51.5072, "lon": -0.1276, "country": "GB"}
    return (
        {name: posting[name] for name in TAKEN}
        | {"shifts": shifts, "pay": pay, "place": place}
        | changes
    )


async def test_a_search_is_ranked_and_not_kept(market: Market, api: Api) -> None:
    workers = [a_worker() for _ in range(3)]
    blocked = a_worker(blocked_organisations=[str(EMPLOYER.tenant)])
    await market.knows(*workers, blocked)
    await api.in_step(market)
    answer = await api.post(PATH, EMPLOYER, a_search(k=2))
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert found["posting"] is None
    assert found["run"]["id"] is None
    assert len(found["matches"]) == 2
    assert found["funnel"][-1] == {"rule": "not_turned_away", "left": "<5"}
    assert blocked["id"] not in {match["worker"] for match in found["matches"]}
    assert await market.runs() == []


async def test_own_weights_replace_the_markets(market: Market, api: Api) -> None:
    await market.knows(a_worker())
    await api.in_step(market)
    weights = {"skill_fit": 0.5, "closeness": 0.5}
    answer = await api.post(PATH, OPERATOR, a_search(weights=weights))
    found = answer.json()
    assert found["applied_weights"]["skill_fit"] == 0.5
    assert found["applied_weights"]["recency"] == 0


async def test_three_faults_are_told_at_once(api: Api) -> None:
    shift = a_search()["shifts"][0]
    body = a_search(
        required_skills=[{"skill": "no-such-skill", "level": 9}],
        pay={"currency": "GBP", "unit": "hour", "minimum": -5},
        shifts=[{"start": shift["end"], "end": shift["start"]}],
    )
    answer = await api.post(PATH, EMPLOYER, body)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert {(error["pointer"], error["rule"]) for error in answer.json()["errors"]} >= {
        ("/required_skills/0/skill", "unknown_skill"),
        ("/required_skills/0/level", "less_than_equal"),
        ("/pay/minimum", "greater_than"),
        ("/shifts/0/end", "shift_order"),
    }


async def test_pay_that_is_refused_is_told_once(api: Api) -> None:
    body = a_search(pay={"currency": "GBP", "unit": "hour", "minimum": 0})
    answer = await api.post(PATH, EMPLOYER, body)
    [fault] = answer.json()["errors"]
    assert fault["pointer"] == "/pay/minimum"


async def test_an_unknown_skill_alone_is_told_too(api: Api) -> None:
    body = a_search(
        required_skills=[{"skill": "no-such-skill"}], certificates=["no-such-paper"]
    )
    answer = await api.post(PATH, EMPLOYER, body)
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [
        "/required_skills/0/skill",
        "/certificates/0",
    ]


async def test_only_an_operator_names_the_organisation(api: Api) -> None:
    body = a_search(organisation=str(new_id()))
    assert (await api.post(PATH, EMPLOYER, body)).status_code == 422
    assert (await api.post(PATH, OPERATOR, body)).status_code == 200


@pytest.mark.parametrize("body", [None, [], "text", 5, {"market": "temporary"}])
async def test_a_body_of_another_shape_is_refused(api: Api, body: Any) -> None:
    assert (await api.post(PATH, EMPLOYER, body)).status_code == 422


@pytest.mark.parametrize(("changes", "pointer", "rule"), BROKEN_TERMS)
def test_a_search_keeps_the_rules_of_terms(
    changes: dict[str, Any], pointer: str, rule: str
) -> None:
    [fault] = search_faults(a_search(**changes))
    assert (fault.pointer, fault.rule) == (pointer, rule)


BROKEN: list[tuple[dict[str, Any], str, str]] = [
    ({"place": None}, "/place", "place_required"),
    ({"weights": {"luck": 1.0}}, "/weights/luck", "unknown_part"),
    ({"weights": {"skill_fit": 0.5}}, "/weights", "weights"),
]


@pytest.mark.parametrize(("changes", "pointer", "rule"), BROKEN)
def test_rules_between_fields(changes: dict[str, Any], pointer: str, rule: str) -> None:
    assert search_faults(a_search()) == []
    [fault] = search_faults(a_search(**changes))
    assert (fault.pointer, fault.rule) == (pointer, rule)


@pytest.mark.parametrize("broken", ["x", 5, None, [1], {"a": 1}, [{"start": 1}], True])
@pytest.mark.parametrize(
    "name", ["pay", "shifts", "weekly", "commitment", "required_skills", "weights"]
)
def test_rules_pass_over_what_the_schema_complains_about(
    name: str, broken: Any
) -> None:
    for fault in search_faults(a_search(**{name: broken})):
        assert fault.pointer.startswith("/")


@pytest.mark.parametrize("caller", [EMPLOYER, OPERATOR])
async def test_an_answer_is_written_as_its_model_would_write_it(
    market: Market, api: Api, caller: Caller
) -> None:
    await market.knows(*(a_worker() for _ in range(6)), a_worker(confirmed_at=None))
    await api.in_step(market)
    answer = await api.post(PATH, caller, a_search(k=3))
    model = WorkersForPosting.model_validate_json(answer.content)
    assert model.model_dump(mode="json") == answer.json()
    assert len(model.matches) == 3
    assert model.possible.workers
    document = api.app.openapi()
    schema = document["paths"][PATH]["post"]["responses"]["200"]["content"]
    told = {
        **schema["application/json"]["schema"],
        "components": document["components"],
    }
    jsonschema_rs.validator_for(told).validate(answer.json())
