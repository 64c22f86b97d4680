"""Every line of the table is refused with its pointer, and changes nothing."""

from __future__ import annotations

import json
from typing import Any

from shared.identity import Caller
from tests.profiles.builders import a_worker
from tests.profiles.conftest import Api

SKILL = {"skill": "forklift-driving", "level": 4}
PLACE = {"lat": 51.5, "lon": -0.1, "radius_km": 20}
MONDAY = {"weekday": 0, "start": "09:00", "end": "17:00"}
FLOOR = {"unit": "hour", "amount": 1500, "currency": "GBP"}
AWAY = {"start": "2030-12-24T18:00", "end": "2030-12-27T00:00", "free": False}
LICENCE = {"certificate": "forklift-licence"}
ENGLISH = {"language": "en", "level": 5}

Refused = tuple[str, dict[str, Any], str]

REFUSED: list[Refused] = [
    ("no name", {"display_name": ""}, "/display_name"),
    ("a blank name", {"display_name": "   "}, "/display_name"),
    ("a null byte", {"display_name": "A\0B"}, "/display_name"),
    ("a control character", {"display_name": "A\x1bB"}, "/display_name"),
    ("a lone surrogate", {"display_name": "A\ud800"}, "/display_name"),
    ("an endless name", {"display_name": "x" * 201}, "/display_name"),
    ("no address", {"email": "nowhere"}, "/email"),
    ("no number", {"phone": "call me"}, "/phone"),
    ("an unknown field", {"rating": 5}, "/rating"),
    ("a market of our own", {"markets": ["slavery"]}, "/markets/0"),
    ("no market", {"markets": []}, "/markets"),
    ("a market twice", {"markets": ["labor", "labor"]}, "/markets/1"),
    ("no kind", {"kinds": []}, "/kinds"),
    ("a kind twice", {"kinds": ["seasonal", "seasonal"]}, "/kinds/1"),
    ("a list that is none", {"skills": "forklift-driving"}, "/skills"),
    (
        "an unknown skill",
        {"skills": [SKILL, {"skill": "flying", "level": 1}]},
        "/skills/1/skill",
    ),
    (
        "a certificate for a skill",
        {"skills": [{"skill": "forklift-licence", "level": 1}]},
        "/skills/0/skill",
    ),
    ("a skill twice", {"skills": [SKILL, SKILL]}, "/skills/1/skill"),
    ("a level over 5", {"skills": [SKILL | {"level": 6}]}, "/skills/0/level"),
    ("a level of 0", {"skills": [SKILL | {"level": 0}]}, "/skills/0/level"),
    ("a half level", {"skills": [SKILL | {"level": 2.5}]}, "/skills/0/level"),
    ("a true level", {"skills": [SKILL | {"level": True}]}, "/skills/0/level"),
    ("negative years", {"skills": [SKILL | {"years": -1}]}, "/skills/0/years"),
    ("101 skills", {"skills": [SKILL] * 101}, "/skills"),
    ("no latitude", {"places": [PLACE | {"lat": float("nan")}]}, "/places/0/lat"),
    ("an endless one", {"places": [PLACE | {"lon": float("inf")}]}, "/places/0/lon"),
    ("a latitude off the globe", {"places": [PLACE | {"lat": 90.1}]}, "/places/0/lat"),
    ("a radius of 0", {"places": [PLACE | {"radius_km": 0}]}, "/places/0/radius_km"),
    (
        "a radius of 501",
        {"places": [PLACE | {"radius_km": 501}]},
        "/places/0/radius_km",
    ),
    (
        "a place that closes before it opens",
        {
            "places": [
                PLACE
                | {"available_from": "2027-02-01", "available_until": "2027-02-01"}
            ]
        },
        "/places/0/available_until",
    ),
    ("a place twice", {"places": [PLACE, PLACE | {"label": "again"}]}, "/places/1"),
    ("six places", {"places": [PLACE | {"lat": n} for n in range(6)]}, "/places"),
    ("no zone", {"zone": "Mars/Olympus"}, "/zone"),
    ("a weekday of 7", {"weekly": [MONDAY | {"weekday": 7}]}, "/weekly/0/weekday"),
    ("24:00", {"weekly": [MONDAY | {"end": "24:00"}]}, "/weekly/0/end"),
    ("seconds", {"weekly": [MONDAY | {"end": "17:00:30"}]}, "/weekly/0/end"),
    ("an empty interval", {"weekly": [MONDAY | {"end": "09:00"}]}, "/weekly/0/end"),
    (
        "hours that overlap",
        {"weekly": [MONDAY, {"weekday": 0, "start": "16:59", "end": "18:00"}]},
        "/weekly/1",
    ),
    (
        "hours that overlap over midnight",
        {
            "weekly": [
                MONDAY | {"start": "22:00", "end": "06:00"},
                {"weekday": 1, "start": "05:00", "end": "07:00"},
            ]
        },
        "/weekly/1",
    ),
    (
        "hours that overlap from Sunday to Monday",
        {
            "weekly": [
                MONDAY | {"start": "05:00"},
                {"weekday": 6, "start": "22:00", "end": "06:00"},
            ]
        },
        "/weekly/1",
    ),
    ("43 intervals", {"weekly": [MONDAY] * 43}, "/weekly"),
    (
        "an exception with an offset",
        {"exceptions": [AWAY | {"start": "2030-12-24T18:00Z"}]},
        "/exceptions/0/start",
    ),
    (
        "an exception that ends as it starts",
        {"exceptions": [AWAY | {"end": AWAY["start"]}]},
        "/exceptions/0/end",
    ),
    (
        "exceptions that overlap",
        {
            "exceptions": [
                AWAY,
                AWAY
                | {"start": "2030-12-26T23:59"}
                | {"end": "2030-12-28T00:00", "free": True},
            ]
        },
        "/exceptions/1",
    ),
    (
        "a start in the gap of a DST day",
        {
            "exceptions": [
                {"start": "2027-03-28T01:30", "end": "2027-03-28T05:00"}
                | {"free": True}
            ]
        },
        "/exceptions/0/start",
    ),
    (
        "an end in the gap of a DST day",
        {
            "exceptions": [
                {"start": "2027-03-27T01:30", "end": "2027-03-28T01:00"}
                | {"free": True}
            ]
        },
        "/exceptions/0/end",
    ),
    (
        "201 exceptions",
        {"exceptions": [AWAY] * 201},
        "/exceptions",
    ),
    ("free as a number", {"exceptions": [AWAY | {"free": 1}]}, "/exceptions/0/free"),
    (
        "a wrong unit",
        {"pay_floors": [FLOOR | {"unit": "fortnight"}]},
        "/pay_floors/0/unit",
    ),
    ("free work", {"pay_floors": [FLOOR | {"amount": 0}]}, "/pay_floors/0/amount"),
    ("negative pay", {"pay_floors": [FLOOR | {"amount": -1}]}, "/pay_floors/0/amount"),
    ("broken pay", {"pay_floors": [FLOOR | {"amount": 9.5}]}, "/pay_floors/0/amount"),
    (
        "no currency",
        {"pay_floors": [FLOOR | {"currency": "GPB"}]},
        "/pay_floors/0/currency",
    ),
    (
        "a withdrawn currency",
        {"pay_floors": [FLOOR | {"currency": "HRK"}]},
        "/pay_floors/0/currency",
    ),
    (
        "two floors of one unit",
        {"pay_floors": [FLOOR, FLOOR | {"amount": 1}]},
        "/pay_floors/1",
    ),
    (
        "an unknown certificate",
        {"certificates": [{"certificate": "licence-to-kill"}]},
        "/certificates/0/certificate",
    ),
    (
        "a certificate twice",
        {"certificates": [LICENCE, LICENCE]},
        "/certificates/1/certificate",
    ),
    (
        "an expired certificate",
        {"certificates": [LICENCE | {"expires_on": "2020-01-01"}]},
        "/certificates/0/expires_on",
    ),
    (
        "a day of no calendar",
        {"certificates": [LICENCE | {"expires_on": "2035-02-30"}]},
        "/certificates/0/expires_on",
    ),
    ("a language twice", {"languages": [ENGLISH, ENGLISH]}, "/languages/1/language"),
    ("a level over C2", {"languages": [ENGLISH | {"level": 7}]}, "/languages/0/level"),
    (
        "a blocklist of names",
        {"blocked_organisations": ["Acme"]},
        "/blocked_organisations/0",
    ),
    (
        "an organisation twice",
        {"blocked_organisations": ["0192f0c1-0000-7000-8000-000000000001"] * 2},
        "/blocked_organisations/1",
    ),
]


def as_json(body: Any) -> bytes:
    """As a careless client writes it: NaN, Infinity and lone surrogates included."""
    return json.dumps(body).encode()


JSON = {"Content-Type": "application/json"}


async def test_every_bad_registration_is_refused_with_a_pointer(
    api: Api, somebody: Caller
) -> None:
    missed = []
    async with api.as_caller(somebody) as http:
        for name, wrong, pointer in REFUSED:
            body = as_json(a_worker(**wrong))
            answer = await http.post("/v1/workers", content=body, headers=JSON)
            pointers = {fault.get("pointer") for fault in _errors(answer.json())}
            if answer.status_code != 422 or pointer not in pointers:
                missed.append((name, answer.status_code, answer.text))
    assert missed == []
    assert await api.rows("worker") == []
    assert await api.events() == []


async def test_every_bad_edit_is_refused_and_changes_nothing(
    api: Api, somebody: Caller
) -> None:
    hours = {"weekly", "exceptions"}
    missed = []
    async with api.as_caller(somebody) as http:
        await http.post("/v1/workers", json=a_worker())
        before = await api.rows("worker")
        path = f"/v1/workers/{somebody.subject}"
        for name, wrong, pointer in REFUSED:
            if hours & set(wrong):
                answer = await http.put(
                    f"{path}/availability",
                    content=as_json({"weekly": []} | wrong),
                    headers=JSON,
                )
            else:
                answer = await http.patch(path, content=as_json(wrong), headers=JSON)
            pointers = {fault.get("pointer") for fault in _errors(answer.json())}
            if answer.status_code != 422 or pointer not in pointers:
                missed.append((name, answer.status_code, answer.text))
    assert missed == []
    assert await api.rows("worker") == before
    assert len(await api.events()) == 1


async def test_faults_of_schema_rules_and_vocabulary_are_told_at_once(
    api: Api, somebody: Caller
) -> None:
    body = a_worker(
        display_name="\0",
        skills=[{"skill": "flying", "level": 9}],
        places=[
            {"lat": float("nan"), "lon": 0, "radius_km": 1}
            | {"available_from": "2027-02-02", "available_until": "2027-02-01"}
        ],
        weekly=[MONDAY, {"weekday": 0, "start": "16:00", "end": "18:00"}],
        exceptions=[{"start": "2027-03-28T01:30", "end": "2027-03-28T04:00"}],
        certificates=[{"certificate": "forklift-licence", "expires_on": "2020-01-01"}],
        pay_floors=[FLOOR, FLOOR],
    )
    async with api.as_caller(somebody) as http:
        answer = await http.post("/v1/workers", content=as_json(body), headers=JSON)
    assert answer.status_code == 422
    assert {fault["pointer"] for fault in answer.json()["errors"]} == {
        "/display_name",
        "/skills/0/skill",
        "/skills/0/level",
        "/places/0/lat",
        "/places/0/available_until",
        "/weekly/1",
        "/exceptions/0/start",
        "/exceptions/0/free",
        "/certificates/0/expires_on",
        "/pay_floors/1",
    }
    assert await api.events() == []


SHAPELESS = [
    (b"", 422),
    (b"[", 422),
    (b"null", 422),
    (b"[1, 2]", 422),
    (b'"text"', 422),
    (b'{"skills": {"a": 1}, "weekly": [1, null, []], "zone": 7}', 422),
    (b'{"places": [{"lat": 1' + b"0" * 400 + b"}]}", 422),
    (b'{"display_name": "' + b"x" * 10_000_000 + b'"}', 413),
]


async def test_a_body_of_the_wrong_shape_is_refused(api: Api, somebody: Caller) -> None:
    async with api.as_caller(somebody) as http:
        for content, status in SHAPELESS:
            answer = await http.post("/v1/workers", content=content, headers=JSON)
            assert answer.status_code == status, content[:80]
            assert answer.headers["Content-Type"] == "application/problem+json"
    assert await api.rows("worker") == []


async def test_moving_to_a_zone_where_an_exception_does_not_exist_is_refused(
    api: Api, somebody: Caller
) -> None:
    # 02:30 exists in London that night, not in Berlin
    free = [{"start": "2027-03-28T02:30", "end": "2027-03-28T06:00", "free": True}]
    async with api.as_caller(somebody) as http:
        first = await http.post("/v1/workers", json=a_worker(exceptions=free))
        assert first.status_code == 201, first.text
        path = first.headers["Location"]
        answer = await http.patch(path, json={"zone": "Europe/Berlin"})
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["pointer"] == "/exceptions/0/start"
        assert (await http.get(path)).json()["zone"] == "Europe/London"


async def test_a_retired_skill_can_no_longer_be_claimed(
    api: Api, somebody: Caller
) -> None:
    async with api.database.as_system() as session:
        connection = await session.connection()
        await connection.exec_driver_sql(
            "UPDATE profiles.known_concept SET retired = true WHERE id = 'cooking'"
        )
    cook = a_worker(skills=[{"skill": "cooking", "level": 3}])
    async with api.as_caller(somebody) as http:
        answer = await http.post("/v1/workers", json=cook)
    (fault,) = answer.json()["errors"]
    assert (fault["pointer"], fault["rule"]) == ("/skills/0/skill", "retired_skill")


def _errors(problem: dict[str, Any]) -> list[dict[str, Any]]:
    errors: list[dict[str, Any]] = problem.get("errors", [])
    return errors
