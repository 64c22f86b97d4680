"""Bad input, line by line: a 422 with a pointer per fault, and nothing has changed."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.postings.builders import (
    RETIRED_SKILL,
    a_place,
    a_posting,
    a_shift,
    a_skill,
    in_days,
    some_pay,
    weekly,
)
from tests.postings.conftest import Api

NINE_TO_FIVE = weekly(0, "09:00", "17:00")


def week(*intervals: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {"shifts": [], "weekly": list(intervals)} | changes


TABLE: dict[str, tuple[dict[str, Any], set[str]]] = {
    "negative pay": ({"pay": some_pay(minimum=-1)}, {"/pay/minimum"}),
    "zero pay": (
        {"pay": some_pay(minimum=0, maximum=0)},
        {"/pay/minimum", "/pay/maximum"},
    ),
    "pay with a fraction": ({"pay": some_pay(minimum=15.5)}, {"/pay/minimum"}),
    "pay in a string": ({"pay": some_pay(minimum="1600")}, {"/pay/minimum"}),
    "pay that is true": ({"pay": some_pay(minimum=True)}, {"/pay/minimum"}),
    "pay without end": ({"pay": some_pay(maximum=10**13)}, {"/pay/maximum"}),
    "maximum below minimum": ({"pay": some_pay(maximum=1599)}, {"/pay/maximum"}),
    "an unknown currency": ({"pay": some_pay(currency="XQZ")}, {"/pay/currency"}),
    "a currency in small letters": (
        {"pay": some_pay(currency="gbp")},
        {"/pay/currency"},
    ),
    "a wrong unit": ({"pay": some_pay(unit="fortnight")}, {"/pay/unit"}),
    "a wrong settlement": (
        {"pay": some_pay(settlement="yearly")},
        {"/pay/settlement"},
    ),
    "hours per month too few": (
        {"pay": some_pay(hours_per_month=0.5)},
        {"/pay/hours_per_month"},
    ),
    "hours per month too many": (
        {"pay": some_pay(hours_per_month=745)},
        {"/pay/hours_per_month"},
    ),
    "pay without its currency": (
        {"pay": {"unit": "hour", "minimum": 1}},
        {"/pay/currency"},
    ),
    "an unknown market": ({"market": "stock"}, {"/market"}),
    "an unknown kind": ({"kind": "zero_hours"}, {"/kind"}),
    "an empty title": ({"title": ""}, {"/title"}),
    "a blank title": ({"title": "   "}, {"/title"}),
    "a long title": ({"title": "x" * 201}, {"/title"}),
    "a null byte in the title": ({"title": "a\u0000b"}, {"/title"}),
    "a null byte in the description": ({"description": "\u0000"}, {"/description"}),
    "a long description": ({"description": "x" * 20_001}, {"/description"}),
    "a title that is a number": ({"title": 7}, {"/title"}),
    "an unknown field": ({"salary": 7}, {"/salary"}),
    "a field of the server": ({"status": "open"}, {"/status"}),
    "an unknown skill": (
        {"required_skills": [a_skill("juggling")]},
        {"/required_skills/0/skill"},
    ),
    "an unknown preferred skill": (
        {"preferred_skills": [a_skill("cooking"), a_skill("juggling")]},
        {"/preferred_skills/1/skill"},
    ),
    "a retired skill": (
        {"required_skills": [a_skill(RETIRED_SKILL)]},
        {"/required_skills/0/skill"},
    ),
    "an unknown occupation": ({"occupation": "unicorn-tamer"}, {"/occupation"}),
    "a skill as an occupation": ({"occupation": "cooking"}, {"/occupation"}),
    "an unknown certificate": (
        {"certificates": ["forklift-licence", "poetic-licence"]},
        {"/certificates/1"},
    ),
    "a skill that is no slug": (
        {"required_skills": [a_skill("Forklift Driving")]},
        {"/required_skills/0/skill"},
    ),
    "a skill required twice": (
        {"required_skills": [a_skill(), a_skill(level=1)]},
        {"/required_skills/1/skill"},
    ),
    "a skill preferred twice": (
        {"preferred_skills": [a_skill("cooking"), a_skill("cooking")]},
        {"/preferred_skills/1/skill"},
    ),
    "a skill both required and preferred": (
        {"preferred_skills": [a_skill()]},
        {"/preferred_skills/0/skill"},
    ),
    "level 0": ({"required_skills": [a_skill(level=0)]}, {"/required_skills/0/level"}),
    "level 6": ({"required_skills": [a_skill(level=6)]}, {"/required_skills/0/level"}),
    "no weight": (
        {"required_skills": [a_skill(weight=0)]},
        {"/required_skills/0/weight"},
    ),
    "a weight above 10": (
        {"required_skills": [a_skill(weight=10.5)]},
        {"/required_skills/0/weight"},
    ),
    "too many skills": (
        {"required_skills": [a_skill(f"skill-{n}") for n in range(51)]},
        {"/required_skills"} | {f"/required_skills/{n}/skill" for n in range(51)},
    ),
    "a certificate twice": (
        {"certificates": ["forklift-licence", "forklift-licence"]},
        {"/certificates/1"},
    ),
    "a language twice": (
        {"languages": [{"language": "en", "level": 3}, {"language": "en"}]},
        {"/languages/1/language"},
    ),
    "language level 7": (
        {"languages": [{"language": "en", "level": 7}]},
        {"/languages/0/level"},
    ),
    "a long language code": (
        {"languages": [{"language": "eng", "level": 1}]},
        {"/languages/0/language"},
    ),
    "a latitude beyond the pole": ({"place": a_place(lat=90.1)}, {"/place/lat"}),
    "a longitude beyond the line": ({"place": a_place(lon=-181)}, {"/place/lon"}),
    "a place without a country": (
        {"place": {"lat": 1, "lon": 1}},
        {"/place/country"},
    ),
    "a country in words": ({"place": a_place(country="England")}, {"/place/country"}),
    "a place without a zone": ({"zone": None, "shifts": []}, {"/zone"}),
    "a schedule without a zone": (
        {"zone": None, "place": None, "remote": True},
        {"/zone"},
    ),
    "a zone that is none": ({"zone": "Europe/Atlantis"}, {"/zone"}),
    "no radius": ({"radius_km": 0}, {"/radius_km"}),
    "a radius above 500": ({"radius_km": 500.5}, {"/radius_km"}),
    "remote in words": ({"remote": "yes"}, {"/remote"}),
    "lodging as a number": ({"lodging": 1}, {"/lodging"}),
    "a pick-up point off the map": (
        {"pick_up_points": [{"lat": 51, "lon": 200}]},
        {"/pick_up_points/0/lon"},
    ),
    "a shift that ends before it starts": (
        {"shifts": [a_shift(hours=-1)]},
        {"/shifts/0/end"},
    ),
    "a shift without length": ({"shifts": [a_shift(hours=0)]}, {"/shifts/0/end"}),
    "a shift longer than a day": (
        {"shifts": [a_shift(hours=24.5)]},
        {"/shifts/0/end"},
    ),
    "a shift twice": (
        {"shifts": [a_shift(10), a_shift(11), a_shift(10, headcount=5)]},
        {"/shifts/2"},
    ),
    "a shift without offset": (
        {"shifts": [a_shift(start="2035-01-01T09:00")]},
        {"/shifts/0/start"},
    ),
    "a shift at 24:00": (
        {"shifts": [a_shift(end="2035-01-01T24:00:00Z")]},
        {"/shifts/0/end"},
    ),
    "a shift off the minute": (
        {"shifts": [a_shift(start="2035-01-01T09:00:30Z")]},
        {"/shifts/0/start"},
    ),
    "a shift as a number": ({"shifts": [a_shift(start=0)]}, {"/shifts/0/start"}),
    "no headcount": ({"shifts": [a_shift(headcount=0)]}, {"/shifts/0/headcount"}),
    "too great a headcount": (
        {"headcount": 10_001, "shifts": [a_shift(headcount=10_001)]},
        {"/headcount", "/shifts/0/headcount"},
    ),
    "the id of a shift that is not there": (
        {"shifts": [a_shift(id="01938a5e-7d1c-7aa0-9c3e-5b1f0c2d4e6f")]},
        {"/shifts/0/id"},
    ),
    "too many shifts": (
        {"shifts": [a_shift(10 + n) for n in range(201)]},
        {"/shifts"},
    ),
    "dated and weekly": ({"weekly": [NINE_TO_FIVE]}, {"/weekly"}),
    "a weekly interval without length": (
        week(weekly(2, "09:00", "09:00")),
        {"/weekly/0/end"},
    ),
    "a weekly end at 24:00": (week(weekly(2, "09:00", "24:00")), {"/weekly/0/end"}),
    "weekday 7": (week(weekly(7, "09:00", "17:00")), {"/weekly/0/weekday"}),
    "weekly intervals that overlap": (
        week(NINE_TO_FIVE, weekly(0, "16:59", "18:00")),
        {"/weekly/1"},
    ),
    "weekly intervals that overlap after midnight": (
        week(weekly(0, "22:00", "06:00"), weekly(1, "05:00", "07:00")),
        {"/weekly/1"},
    ),
    "weekly intervals that overlap from Sunday into Monday": (
        week(weekly(0, "00:30", "02:00"), weekly(6, "22:00", "01:00")),
        {"/weekly/1"},
    ),
    "the same weekly interval twice": (
        week(NINE_TO_FIVE, NINE_TO_FIVE),
        {"/weekly/1"},
    ),
    "at least without a count": (
        {"commitment": {"kind": "at_least"}},
        {"/commitment/count"},
    ),
    "at least none": (
        {"commitment": {"kind": "at_least", "count": 0}},
        {"/commitment/count"},
    ),
    "at least more than there are": (
        {"commitment": {"kind": "at_least", "count": 3}},
        {"/commitment/count"},
    ),
    "at least more than there are in the week": (
        week(NINE_TO_FIVE, commitment={"kind": "at_least", "count": 2}),
        {"/commitment/count"},
    ),
    "all with a count": (
        {"commitment": {"kind": "all", "count": 1}},
        {"/commitment/count"},
    ),
    "an unknown commitment": ({"commitment": {"kind": "some"}}, {"/commitment/kind"}),
    "a start that is no day": ({"starts_on": "2035-02-30"}, {"/starts_on"}),
    "an expiry in the past": ({"expires_at": in_days(-1)}, {"/expires_at"}),
    "an expiry without offset": ({"expires_at": "2035-01-01T00:00"}, {"/expires_at"}),
    "three faults of the schema": (
        {"pay": some_pay(currency="XQZ"), "title": "", "radius_km": -3},
        {"/pay/currency", "/title", "/radius_km"},
    ),
    "faults of the schema, between fields, and of the vocabulary": (
        {
            "pay": some_pay(currency="XQZ", maximum=1),
            "shifts": [a_shift(hours=-2), a_shift(headcount=0)],
            "required_skills": [a_skill("juggling", level=9)],
            "commitment": {"kind": "at_least", "count": 9},
            "expires_at": in_days(-1),
            "occupation": "unicorn-tamer",
        },
        {
            "/pay/currency",
            "/pay/maximum",
            "/shifts/0/end",
            "/shifts/1/headcount",
            "/required_skills/0/skill",
            "/required_skills/0/level",
            "/commitment/count",
            "/expires_at",
            "/occupation",
        },
    ),
    "objects and lists of another shape": (
        {
            "pay": [],
            "place": "London",
            "shifts": {"start": 1},
            "weekly": [7],
            "required_skills": ["cooking"],
            "certificates": "all",
            "commitment": None,
        },
        {
            "/pay",
            "/place",
            "/shifts",
            "/weekly/0",
            "/weekly",
            "/required_skills/0",
            "/certificates",
            "/commitment",
        },
    ),
}
WHEN_PUBLISHING: dict[str, tuple[dict[str, Any], set[str]]] = {
    "no market, kind or title": (
        {"market": None, "kind": None, "title": None},
        {"/market", "/kind", "/title"},
    ),
    "no place and not remote": ({"place": None}, {"/place"}),
    "a shift that has begun": (
        {"shifts": [a_shift(10), a_shift(-1)]},
        {"/shifts/1/start"},
    ),
}


def pointers(problem: dict[str, Any]) -> set[str]:
    return {fault["pointer"] for fault in problem["errors"]}


async def check_refused(api: Api, method: str, path: str, body: Any) -> dict[str, Any]:
    before = await api.fetch("SELECT count(*) FROM postings.posting")
    events = await api.fetch("SELECT count(*) FROM postings.outbox")
    answer = await api.call(method, path, body)
    assert answer.status_code == 422, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert await api.fetch("SELECT count(*) FROM postings.posting") == before
    assert await api.fetch("SELECT count(*) FROM postings.outbox") == events
    problem: dict[str, Any] = answer.json()
    return problem


@pytest.mark.parametrize(("changes", "expected"), TABLE.values(), ids=TABLE)
async def test_refused_when_creating(
    api: Api, changes: dict[str, Any], expected: set[str]
) -> None:
    problem = await check_refused(api, "POST", "/postings", a_posting(**changes))
    assert pointers(problem) == expected
    assert all(fault["message"] and fault["rule"] for fault in problem["errors"])


@pytest.mark.parametrize(
    ("changes", "expected"), WHEN_PUBLISHING.values(), ids=WHEN_PUBLISHING
)
async def test_refused_when_publishing_but_not_in_a_draft(
    api: Api, changes: dict[str, Any], expected: set[str]
) -> None:
    body = a_posting(publish=True, **changes)
    assert pointers(await check_refused(api, "POST", "/postings", body)) == expected
    await api.created(**changes)


async def test_refused_when_editing_too(api: Api) -> None:
    made = await api.created()
    before = await api.row(made["id"])
    path = f"/postings/{made['id']}"
    for changes, expected in TABLE.values():
        put = await check_refused(api, "PUT", path, a_posting(**changes))
        assert pointers(put) == expected
    assert await api.row(made["id"]) == before


ACCEPTED: dict[str, dict[str, Any]] = {
    "back-to-back weekly intervals": week(NINE_TO_FIVE, weekly(0, "17:00", "18:00")),
    "midnight as an end": week(
        weekly(0, "18:00", "00:00"), weekly(1, "00:00", "01:00")
    ),
    "Sunday into Monday, just apart": week(
        weekly(6, "22:00", "01:00"), weekly(0, "01:00", "02:00")
    ),
    "at least all": {"commitment": {"kind": "at_least", "count": 2}},
    "a whole day": {"shifts": [a_shift(hours=24)]},
    "the smallest radius": {"radius_km": 0.001},
    "the greatest radius": {"radius_km": 500},
    "an offset other than UTC": {
        "shifts": [
            {"start": "2035-01-01T09:00:00+05:30", "end": "2035-01-01T17:00:00+05:30"}
        ]
    },
    "a day with two 01:30": {
        "shifts": [
            {"start": "2035-10-28T00:30:00Z", "end": "2035-10-28T01:30:00Z"},
            {"start": "2035-10-28T01:30:00Z", "end": "2035-10-28T02:30:00Z"},
        ]
    },
    "two hundred shifts": {"shifts": [a_shift(10 + n) for n in range(200)]},
    "braces in a title": {"title": "{text} {0}"},
}


@pytest.mark.parametrize("changes", ACCEPTED.values(), ids=ACCEPTED)
async def test_what_is_at_the_edge_is_still_right(
    api: Api, changes: dict[str, Any]
) -> None:
    await api.created(publish=True, **changes)


@pytest.mark.parametrize(
    "field", ["place/lat", "place/lon", "radius_km", "pay/hours_per_month"]
)
@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
async def test_numbers_that_are_none(api: Api, field: str, number: str) -> None:
    body = a_posting()
    *path, last = field.split("/")
    part = body
    for name in path:
        part = part[name]
    part[last] = "@@"
    content = json.dumps(body).replace('"@@"', number)
    answer = await api.call(
        "POST",
        "/postings",
        content=content,
        headers={"Content-Type": "application/json"},
    )
    assert answer.status_code == 422
    assert f"/{field}" in pointers(answer.json())


@pytest.mark.parametrize("body", ["[", "", "null", "[]", '"text"', "7", "true"])
async def test_bodies_that_are_no_object(api: Api, body: str) -> None:
    headers = {"Content-Type": "application/json"}
    for method, path in (("POST", "/postings"), ("POST", "/postings/batch")):
        answer = await api.call(method, path, content=body, headers=headers)
        assert answer.status_code == 422, answer.text
        assert answer.json()["errors"]


async def test_a_body_of_ten_megabytes_is_too_large(api: Api) -> None:
    body = a_posting(description="x" * 10_000_000)
    answer = await api.call("POST", "/postings", body)
    assert answer.status_code == 413


@pytest.mark.parametrize("text", ["\\ud800", "\\u0000", "a\\u0000b", "\\udfff\\ud800"])
async def test_names_and_values_that_are_no_text(api: Api, text: str) -> None:
    headers = {"Content-Type": "application/json"}
    for body in (
        f'{{"{text}": 1}}',
        f'{{"title": "{text}"}}',
        f'{{"occupation": "{text}"}}',
        f'{{"zone": "{text}"}}',
        f'{{"pay": {{"currency": "{text}"}}}}',
        f'{{"shifts": [{{"id": "{text}"}}]}}',
        f'{{"organisation": "{text}"}}',
        f'{{"expires_at": "{text}"}}',
    ):
        answer = await api.call("POST", "/postings", content=body, headers=headers)
        assert answer.status_code == 422, (body, answer.text)
        rows = f'{{"postings": [{body}, {{"source": {{"system": "{text}"}}}}]}}'
        batch = await api.call("POST", "/postings/batch", content=rows, headers=headers)
        assert batch.status_code == 200, (body, batch.text)
        assert batch.json()["rejected"] == 2
