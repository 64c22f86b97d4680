from __future__ import annotations

from typing import Any

import pytest

from services.profiles.organisations.isic import isic_code
from services.profiles.organisations.schemas import REGISTRATION
from shared.identity import Caller, Role
from shared.values import new_id
from tests.profiles.builders import an_organisation
from tests.profiles.conftest import Api


def a_member(role: Role = Role.EMPLOYER) -> Caller:
    return Caller(new_id(), role, new_id())


async def test_a_member_registers_the_organisation_of_their_token(api: Api) -> None:
    member = a_member()
    async with api.as_caller(member) as http:
        answer = await http.post("/v1/organisations", json=REGISTRATION)
        assert answer.status_code == 201, answer.text
        assert answer.json()["id"] == str(member.tenant)
        read = await http.get(answer.headers["Location"])
        assert read.json() == answer.json()
        again = await http.post("/v1/organisations", json=REGISTRATION)
    assert again.status_code == 409
    assert again.json()["type"] == "urn:rollcall:problem:organisation-exists"
    (event,) = await api.events()
    assert event["type"] == "OrganisationRegistered"
    assert event["data"] == {
        "id": str(member.tenant),
        "version": 1,
        "kind": "employer",
        "name": "Northgate Warehousing",
        "isic": "5210",
        "country": "GB",
        "active": True,
    }


async def test_a_member_registers_nothing_else(api: Api) -> None:
    async with api.as_caller(a_member(Role.AGENCY)) as http:
        answer = await http.post(
            "/v1/organisations", json=an_organisation(id=str(new_id()))
        )
    assert answer.status_code == 422
    pointers = {fault["pointer"] for fault in answer.json()["errors"]}
    assert pointers == {"/id", "/kind"}
    assert await api.rows("organisation") == []


async def test_an_operator_registers_any_organisation(api: Api) -> None:
    chosen = str(new_id())
    async with api.as_operator() as http:
        answer = await http.post("/v1/organisations", json=an_organisation(id=chosen))
        assert answer.json()["id"] == chosen
        other = await http.post("/v1/organisations", json=an_organisation())
    assert other.status_code == 201


async def test_members_see_their_own_organisation_alone(api: Api) -> None:
    async with api.as_caller(a_member()) as http:
        answer = await http.post("/v1/organisations", json=an_organisation())
        path = answer.headers["Location"]
        assert (await http.get("/v1/organisations")).status_code == 403
    async with api.as_caller(a_member()) as http:
        assert (await http.get(path)).status_code == 404
        assert (await http.patch(path, json={"name": "Mine"})).status_code == 404
    async with api.as_caller(Caller(new_id(), Role.WORKER)) as http:
        assert (await http.get(path)).status_code == 403
    async with api.as_operator() as http:
        assert (await http.get(path)).json() == answer.json()


async def test_an_edit_of_a_version_that_is_gone_is_refused(api: Api) -> None:
    async with api.as_caller(a_member()) as http:
        first = await http.post("/v1/organisations", json=an_organisation())
        path, tag = first.headers["Location"], {"If-Match": first.headers["ETag"]}
        edited = await http.patch(path, json={"isic": "H"}, headers=tag)
        assert (edited.status_code, edited.headers["ETag"]) == (200, '"2"')
        late = await http.patch(path, json={"isic": "A"}, headers=tag)
        assert late.status_code == 412
        assert (await http.get(path)).json()["isic"] == "H"
        unchanged = await http.patch(path, json={"isic": "H"})
        assert unchanged.headers["ETag"] == '"2"'
    types = [event["type"] for event in await api.events()]
    assert types == ["OrganisationRegistered", "OrganisationChanged"]


async def test_a_contact_may_be_replaced_by_less_of_one(api: Api) -> None:
    async with api.as_caller(a_member()) as http:
        first = await http.post("/v1/organisations", json=an_organisation())
        path = first.headers["Location"]
        for contact in ({"name": "Jo Reed"}, {}):
            answer = await http.patch(path, json={"contact": contact})
            assert answer.status_code == 200, answer.text
            left = {k: v for k, v in answer.json()["contact"].items() if v is not None}
            assert left == contact
            assert (await http.get(path)).json() == answer.json()


async def test_only_an_operator_takes_an_organisation_out_of_use(api: Api) -> None:
    async with api.as_caller(a_member()) as http:
        first = await http.post("/v1/organisations", json=an_organisation())
        path = first.headers["Location"]
        refused = await http.patch(path, json={"active": False})
        assert refused.status_code == 422
        assert refused.json()["errors"][0]["pointer"] == "/active"
    async with api.as_operator() as http:
        assert (await http.patch(path, json={"active": False})).status_code == 200
    assert (await api.events())[-1]["data"]["active"] is False


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"kind": "charity"}, "/kind"),
    ({"name": "\0"}, "/name"),
    ({"isic": "00"}, "/isic"),
    ({"isic": "W"}, "/isic"),
    ({"country": "gb"}, "/country"),
    ({"zone": "London"}, "/zone"),
    ({"contact": {"email": "nowhere"}}, "/contact/email"),
    ({"contact": {"fax": "1"}}, "/contact/fax"),
    ({"owner": "x"}, "/owner"),
]


async def test_a_bad_organisation_is_refused_with_a_pointer(api: Api) -> None:
    async with api.as_operator() as http:
        for wrong, pointer in REFUSED:
            body = an_organisation(**wrong)
            answer = await http.post("/v1/organisations", json=body)
            assert answer.status_code == 422, wrong
            assert [e["pointer"] for e in answer.json()["errors"]] == [pointer], wrong
        several = an_organisation(name="", isic="00", zone="London")
        answer = await http.post("/v1/organisations", json=several)
        assert {e["pointer"] for e in answer.json()["errors"]} == {
            "/name",
            "/isic",
            "/zone",
        }
    assert await api.rows("organisation") == []
    assert await api.events() == []


@pytest.mark.parametrize("code", ["A", "U", "01", "99", "521", "5210"])
def test_isic_sections_and_what_lies_in_a_division_are_codes(code: str) -> None:
    assert isic_code(code)


@pytest.mark.parametrize(
    "code", ["V", "a", "1", "00", "04", "34", "52101", "A1", "", "\u0665\u0662", "52\n"]
)
def test_nothing_else_is_an_isic_code(code: str) -> None:
    assert not isic_code(code)
