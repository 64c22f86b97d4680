"""An agency acts for a client: by a mandate, as far as that goes, and no further."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest

from services.profiles.agencies.schemas import Purpose
from services.profiles.sign_ins.oauth import ACCESS_TOKEN, TOKEN_EXCHANGE
from shared.identity import Actor, Role, Scope
from shared.values import new_id, now
from tests.profiles.accounts.conftest import Desk, Tokens

EVERYTHING = [purpose.value for purpose in Purpose]


@pytest.fixture
async def client(desk: Desk) -> Tokens:
    return await desk.owner()


@pytest.fixture
async def agency(desk: Desk) -> Tokens:
    return await desk.owner("max@bridge.example", kind="agency", name="Bridge")


async def granted(
    desk: Desk, client: Tokens, agency: Tokens, **changes: Any
) -> dict[str, Any]:
    body = {"agency": str(agency.organisation), "purposes": EVERYTHING} | changes
    path = f"/v1/organisations/{client.organisation}/mandates"
    answer = await desk.http.post(path, json=body, headers=client.headers)
    assert answer.status_code == 201, answer.text
    document: dict[str, Any] = answer.json()
    return document


async def exchange(
    desk: Desk, actor: Tokens, mandate: str, **more: str
) -> httpx.Response:
    return await desk.token(
        TOKEN_EXCHANGE,
        subject_token=mandate,
        subject_token_type="urn:rollcall:token-type:mandate",
        actor_token=actor.access,
        actor_token_type=ACCESS_TOKEN,
        **more,
    )


async def acting(desk: Desk, actor: Tokens, mandate: str) -> Tokens:
    answer = await exchange(desk, actor, mandate)
    assert answer.status_code == 200, answer.text
    return Tokens(answer.json()["access_token"], "")


async def test_a_member_acts_for_the_client_and_it_shows(
    desk: Desk, client: Tokens, agency: Tokens
) -> None:
    recruiter = await desk.member(agency, "recruiter", "sam@bridge.example")
    mandate = await granted(desk, client, agency)
    answer = await exchange(desk, recruiter, mandate["id"])
    assert answer.json()["issued_token_type"] == ACCESS_TOKEN
    caller = desk.caller(answer.json()["access_token"])
    assert (caller.role, caller.tenant) == (Role.EMPLOYER, client.organisation)
    assert recruiter.account is not None
    assert caller.actor == Actor(recruiter.account, Role.AGENCY, agency.organisation)
    entries = await desk.api.rows("audit_entry")
    (begun,) = [each for each in entries if each["action"] == "acting.begin"]
    assert (begun["subject_kind"], begun["subject_id"]) == (
        "organisation",
        client.organisation,
    )
    assert begun["acting"]["tenant"] == str(agency.organisation)


@pytest.mark.parametrize(
    ("purpose", "scopes"),
    [
        ("postings", {Scope.POSTINGS_READ, Scope.POSTINGS_WRITE}),
        ("matches", {Scope.MATCHES_READ, Scope.MATCHES_WRITE, Scope.POSTINGS_READ}),
        (
            "hiring",
            {
                Scope.CONTACTS_READ,
                Scope.HIRING_READ,
                Scope.HIRING_WRITE,
                Scope.POSTINGS_READ,
            },
        ),
    ],
)
async def test_a_mandate_goes_as_far_as_what_it_was_given_for(
    desk: Desk, client: Tokens, agency: Tokens, purpose: str, scopes: set[Scope]
) -> None:
    mandate = await granted(desk, client, agency, purposes=[purpose])
    token = await acting(desk, agency, mandate["id"])
    assert desk.caller(token.access).allowed == scopes | {Scope.SKILLS_READ}


async def test_whoever_acts_can_no_more_than_at_home(
    desk: Desk, client: Tokens, agency: Tokens
) -> None:
    mandate = await granted(desk, client, agency)
    viewer = await desk.member(agency, "viewer", "vi@bridge.example")
    refused = await exchange(desk, viewer, mandate["id"])
    assert refused.json()["error"] == "unauthorized_client"
    narrow = await desk.sign_in(
        "max@bridge.example", scope="acting postings:read hiring:read"
    )
    token = await acting(desk, narrow, mandate["id"])
    assert desk.caller(token.access).allowed == {
        Scope.POSTINGS_READ,
        Scope.HIRING_READ,
    }
    answer = await exchange(desk, agency, mandate["id"], scope="postings:read")
    caller = desk.caller(answer.json()["access_token"])
    assert caller.allowed == {Scope.POSTINGS_READ}


async def test_nobody_but_the_agency_acts_on_a_mandate(
    desk: Desk, client: Tokens, agency: Tokens
) -> None:
    other = await desk.owner("eve@other.example", kind="agency", name="Other")
    mandate = await granted(desk, client, agency)
    for who in (client, other):
        assert (await exchange(desk, who, mandate["id"])).json()["error"] == (
            "invalid_grant"
        )
    assert (await exchange(desk, agency, str(new_id()))).status_code == 400
    # nor does whoever acts already pass it on, or reach the client's own affairs
    token = await acting(desk, agency, mandate["id"])
    assert (await exchange(desk, token, mandate["id"])).json()["error"] == (
        "unauthorized_client"
    )
    for path in (
        "accounts/members",
        "accounts/me",
        f"organisations/{client.organisation}/mandates",
    ):
        answer = await desk.http.get(f"/v1/{path}", headers=token.headers)
        assert answer.status_code == 403, path


@pytest.mark.parametrize("side", ["client", "agency"])
async def test_the_end_of_the_mandate_ends_what_is_under_way(
    desk: Desk, client: Tokens, agency: Tokens, side: str
) -> None:
    mandate = await granted(desk, client, agency)
    token = await acting(desk, agency, mandate["id"])
    ending = {"client": client, "agency": agency}[side]
    path = f"/v1/organisations/{ending.organisation}/mandates/{mandate['id']}/end"
    ended = await desk.http.post(path, headers=ending.headers)
    assert ended.status_code == 200, ended.text
    session = desk.caller(token.access).session
    assert session in [row["target"] for row in await desk.api.rows("revocation")]
    assert (await exchange(desk, agency, mandate["id"])).status_code == 400


async def test_a_mandate_counts_from_its_first_moment_to_its_last(
    desk: Desk, client: Tokens, agency: Tokens
) -> None:
    starts = now() + timedelta(hours=1)
    mandate = await granted(desk, client, agency, starts_at=starts.isoformat())
    assert (await exchange(desk, agency, mandate["id"])).status_code == 400
    await desk.api.execute(
        "UPDATE profiles.mandate SET starts_at = now() - interval '1 hour',"
        " ends_at = now() + interval '40 seconds'"
    )
    answer = await exchange(desk, agency, mandate["id"])
    assert answer.json()["expires_in"] <= 40
    await desk.api.execute(
        "UPDATE profiles.mandate SET ends_at = now() - interval '1 second'"
    )
    assert (await exchange(desk, agency, mandate["id"])).status_code == 400


@pytest.mark.parametrize("side", ["client", "agency"])
async def test_nobody_acts_for_or_from_an_organisation_that_is_closed(
    desk: Desk, client: Tokens, agency: Tokens, side: str
) -> None:
    mandate = await granted(desk, client, agency)
    closed = {"client": client, "agency": agency}[side]
    await desk.api.execute(
        "UPDATE profiles.organisation SET active = false"
        f" WHERE id = '{closed.organisation}'"
    )
    assert (await exchange(desk, agency, mandate["id"])).status_code == 400
