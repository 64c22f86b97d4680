"""Organisations and their members: invited, narrowed, ended."""

from __future__ import annotations

import asyncio

from shared.identity import MEMBER_SCOPES, Role
from tests.profiles.accounts.conftest import PASSWORD, Desk

SAM = "sam@northgate.example"


async def test_an_employer_invites_a_recruiter(desk: Desk) -> None:
    owner = await desk.owner()
    recruiter = await desk.member(owner, "recruiter", SAM)
    caller = desk.caller(recruiter.access)
    assert (caller.role, caller.tenant) == (Role.EMPLOYER, owner.organisation)
    assert caller.allowed == MEMBER_SCOPES["recruiter"]
    listed = await desk.http.get("/v1/accounts/members", headers=recruiter.headers)
    kinds = [each["kind"] for each in listed.json()["items"]]
    assert kinds == ["owner", "recruiter"]


async def test_a_viewer_writes_nothing(desk: Desk) -> None:
    owner = await desk.owner()
    viewer = await desk.member(owner, "viewer", SAM)
    path = f"/v1/organisations/{owner.organisation}"
    read = await desk.http.get(path, headers=viewer.headers)
    assert read.status_code == 200
    calls = [
        await desk.http.patch(path, json={"name": "Mine"}, headers=viewer.headers),
        await desk.http.get("/v1/accounts/keys", headers=viewer.headers),
        await desk.http.post(
            "/v1/accounts/invitations",
            json={"kind": "owner", "name": "X", "email": "x@x.example"},
            headers=viewer.headers,
        ),
        await desk.http.delete(
            f"/v1/accounts/members/{owner.account}", headers=viewer.headers
        ),
    ]
    assert [each.status_code for each in calls] == [403] * 4


async def test_an_invitation_counts_once(desk: Desk) -> None:
    owner = await desk.owner()
    await desk.member(owner, "viewer", SAM)
    again = await desk.accept(SAM)
    assert again.json()["type"] == "urn:rollcall:problem:invitation-spent"


async def test_of_many_who_accept_at_once_one_does(desk: Desk) -> None:
    owner = await desk.owner()
    body = {"kind": "viewer", "name": "Sam", "email": SAM}
    path = "/v1/accounts/invitations"
    await desk.http.post(path, json=body, headers=owner.headers)
    await desk.deliver()
    answers = await asyncio.gather(*(desk.accept(SAM) for _ in range(6)))
    assert [each.status_code for each in answers].count(201) == 1
    assert len(await desk.api.rows("membership")) == 2


async def test_a_withdrawn_invitation_is_worth_nothing(desk: Desk) -> None:
    owner = await desk.owner()
    body = {"kind": "viewer", "name": "Sam", "email": SAM}
    path = "/v1/accounts/invitations"
    made = await desk.http.post(path, json=body, headers=owner.headers)
    gone = await desk.http.delete(f"{path}/{made.json()['id']}", headers=owner.headers)
    assert gone.status_code == 204
    assert (await desk.accept(SAM)).status_code == 422
    left = await desk.http.get(path, headers=owner.headers)
    assert left.json()["items"] == []


async def test_another_organisations_members_are_not_there(desk: Desk) -> None:
    owner = await desk.owner()
    other = await desk.owner("ann@agency.example", kind="agency")
    path = f"/v1/accounts/members/{owner.account}"
    changed = await desk.http.patch(
        path, json={"kind": "viewer"}, headers=other.headers
    )
    ended = await desk.http.delete(path, headers=other.headers)
    assert (changed.status_code, ended.status_code) == (404, 404)
    body = {"kind": "owner", "name": "X", "email": "x@x.example"}
    foreign = body | {"organisation": str(owner.organisation)}
    refused = await desk.http.post(
        "/v1/accounts/invitations", json=foreign, headers=other.headers
    )
    assert refused.status_code == 422


async def test_the_last_owner_cannot_leave_nor_step_down(desk: Desk) -> None:
    owner = await desk.owner()
    path = f"/v1/accounts/members/{owner.account}"
    stepped = await desk.http.patch(
        path, json={"kind": "viewer"}, headers=owner.headers
    )
    left = await desk.http.delete(path, headers=owner.headers)
    assert [each.json()["type"] for each in (stepped, left)] == [
        "urn:rollcall:problem:last-owner"
    ] * 2


async def test_two_owners_who_leave_at_once_leave_one_behind(desk: Desk) -> None:
    first = await desk.owner()
    second = await desk.member(first, "owner", SAM)
    answers = await asyncio.gather(
        *(
            desk.http.delete(
                f"/v1/accounts/members/{each.account}", headers=each.headers
            )
            for each in (first, second)
        )
    )
    assert sorted(each.status_code for each in answers) == [204, 409]


async def test_whoever_is_no_member_any_more_has_no_sign_in_left(desk: Desk) -> None:
    owner = await desk.owner()
    member = await desk.member(owner, "recruiter", SAM)
    session = desk.caller(member.access).session
    path = f"/v1/accounts/members/{member.account}"
    assert (await desk.http.delete(path, headers=owner.headers)).status_code == 204
    refreshed = await desk.token("refresh_token", refresh_token=member.refresh)
    again = await desk.token("password", username=SAM, password=PASSWORD)
    assert [each.json()["error"] for each in (refreshed, again)] == [
        "invalid_grant"
    ] * 2
    assert session in [row["target"] for row in await desk.api.rows("revocation")]


async def test_less_is_allowed_as_soon_as_a_member_refreshes(desk: Desk) -> None:
    owner = await desk.owner()
    second = await desk.member(owner, "owner", SAM)
    path = f"/v1/accounts/members/{second.account}"
    changed = await desk.http.patch(
        path, json={"kind": "viewer"}, headers=second.headers
    )
    assert changed.status_code == 200
    fresh = await desk.token("refresh_token", refresh_token=second.refresh)
    scopes = set(fresh.json()["scope"].split())
    assert scopes == {scope.value for scope in MEMBER_SCOPES["viewer"]}


async def test_an_operator_invites_the_first_owner_of_an_organisation(
    desk: Desk,
) -> None:
    owner = await desk.owner()
    body = {
        "kind": "owner",
        "name": "Sam",
        "email": SAM,
        "organisation": str(owner.organisation),
    }
    async with desk.api.as_operator() as http:
        made = await http.post("/v1/accounts/invitations", json=body)
        assert made.status_code == 201
    assert (await desk.accept(SAM)).status_code == 201


async def test_a_workers_address_cannot_become_staff(desk: Desk) -> None:
    await desk.signed_up({"kind": "worker", "email": SAM}, SAM)
    async with desk.api.as_operator() as http:
        body = {"kind": "operator", "name": "Sam", "email": SAM}
        await http.post("/v1/accounts/staff", json=body)
    refused = await desk.accept(SAM)
    assert refused.json()["type"] == "urn:rollcall:problem:account-exists"


async def test_what_operators_and_owners_do_is_in_the_audit_log(desk: Desk) -> None:
    owner = await desk.owner()
    member = await desk.member(owner, "viewer", SAM)
    path = f"/v1/accounts/members/{member.account}"
    await desk.http.delete(path, headers=owner.headers)
    async with desk.api.as_operator() as http:
        await http.get(f"/v1/accounts/{owner.account}")
        await http.put(f"/v1/accounts/{owner.account}/state", json={"state": "locked"})
    actions = [row["action"] for row in await desk.api.rows("audit_entry")]
    for action in (
        "member.invite",
        "invitation.accept",
        "member.end",
        "account.read",
        "account.state",
    ):
        assert action in actions
