"""Applications and submittals: who may, once at a time, and who sees them."""

from __future__ import annotations

import asyncio
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from services.postings.errors import AlreadyDecided
from services.postings.hiring.lifecycle import STEPS, Status, Verb, after
from shared.values import new_id
from tests.postings.conftest import OPERATOR, Api, an_employer
from tests.postings.hiring import (
    a_mandate,
    a_person,
    an_agency,
    applied,
    kind,
    profile,
    ready,
    represented,
    submit,
)

# -- applications ----------------------------------------------------------------------


async def test_a_worker_applies_and_both_sides_see_it(api: Api) -> None:
    posting, worker = await api.created(publish=True), a_person()
    made = await applied(api, worker, posting)
    assert made["status"] == "made"
    assert made["organisation"] == str(api.employer.tenant)
    path = f"/applications/{made['id']}"
    for side in (worker, api.employer):
        read = await api.call("GET", path, by=side)
        assert (read.json(), read.headers["etag"]) == (made, '"1"')
        listed = await api.call("GET", "/applications", by=side)
        assert listed.json()["items"] == [made]
    for other in (a_person(), an_employer(), an_agency()):
        assert (await api.call("GET", path, by=other)).status_code == 404
        assert (await api.call("GET", "/applications", by=other)).json()["items"] == []
    (event,) = await api.events(made["id"])
    assert event["type"] == "ApplicationMade"
    assert event["data"] == {
        "id": made["id"],
        "version": 1,
        "posting": posting["id"],
        "worker": str(worker.subject),
        "organisation": str(api.employer.tenant),
        "status": "made",
    }


async def test_a_worker_is_up_for_a_posting_once_at_a_time(api: Api) -> None:
    posting, worker = await api.created(publish=True), a_person()
    made = await applied(api, worker, posting)
    body = {"posting": posting["id"]}
    again = await api.call("POST", "/applications", body, by=worker)
    assert (again.status_code, kind(again)) == (409, "already-applied")
    path = f"/applications/{made['id']}/withdraw"
    withdrawn = await api.call("POST", path, by=worker)
    assert withdrawn.json()["status"] == "withdrawn"
    assert (await applied(api, worker, posting))["id"] != made["id"]


async def test_one_applies_only_to_what_is_open_and_as_oneself(api: Api) -> None:
    worker, draft = a_person(), await api.created()
    closed = await api.created(publish=True)
    await api.step(closed["id"], "close")
    for posting in (draft["id"], closed["id"], str(new_id())):
        body = {"posting": posting}
        answer = await api.call("POST", "/applications", body, by=worker)
        assert (answer.status_code, kind(answer)) == (404, "posting-not-found")
    opened = await api.created(publish=True)
    body = {"posting": opened["id"], "worker": str(new_id())}
    posing = await api.call("POST", "/applications", body, by=worker)
    assert posing.json()["errors"][0]["rule"] == "own_id"
    assert (await api.call("POST", "/applications", body, by=OPERATOR)).is_success
    body = {"posting": closed["id"], "worker": str(worker.subject)}
    late = await api.call("POST", "/applications", body, by=OPERATOR)
    assert (late.status_code, kind(late)) == (409, "posting-not-open")


async def test_the_organisation_decides_once_and_with_a_reason(api: Api) -> None:
    posting = await api.created(publish=True)
    worker = a_person()
    made = await applied(api, worker, posting)
    path = f"/applications/{made['id']}"
    without = await api.call("POST", f"{path}/decline", {})
    story = await api.call("POST", f"{path}/decline", {"reason": "I know him"})
    late = await api.call("POST", f"{path}/accept", headers={"If-Match": '"9"'})
    assert [without.status_code, story.status_code, late.status_code] == [422, 422, 412]
    declined = await api.call("POST", f"{path}/decline", {"reason": "distance"})
    assert declined.json()["status"] == "declined"
    again = await api.call("POST", f"{path}/accept")
    assert (again.status_code, kind(again)) == (409, "already-decided")
    told = await api.call("GET", path, by=worker)
    assert told.json()["reason"] == "distance"
    types = [event["type"] for event in await api.events(made["id"])]
    assert types == ["ApplicationMade", "ApplicationDeclined"]
    noted = await api.fetch(
        "SELECT action FROM postings.audit_entry WHERE subject_id = :id",
        id=worker.subject,
    )
    assert {"action": "application.decline"} in noted


async def test_neither_side_takes_the_steps_of_the_other(api: Api) -> None:
    posting, worker = await api.created(publish=True), a_person()
    made = await applied(api, worker, posting)
    path = f"/applications/{made['id']}"
    assert (await api.call("POST", f"{path}/accept", by=worker)).status_code == 403
    assert (await api.call("POST", f"{path}/withdraw")).status_code == 403
    for stranger in (an_employer(), an_agency()):
        answer = await api.call("POST", f"{path}/accept", by=stranger)
        assert answer.status_code == 404
    stranger = a_person()
    answer = await api.call("POST", f"{path}/withdraw", by=stranger)
    assert answer.status_code == 404


# -- submittals ------------------------------------------------------------------------


async def test_an_agency_submits_whom_it_represents_to_its_client(api: Api) -> None:
    posting, agency, worker = await ready(api)
    answer = await submit(api, agency, worker, posting)
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert made["agency"] == str(agency.tenant)
    for side in (worker, agency, api.employer):
        seen = await api.call("GET", f"/submittals/{made['id']}", by=side)
        assert seen.json() == made
    accepted = await api.call("POST", f"/submittals/{made['id']}/accept")
    assert accepted.json()["status"] == "accepted"
    own = await api.call("POST", f"/submittals/{made['id']}/accept", by=agency)
    assert own.status_code == 404
    events = await api.events(made["id"])
    assert [e["type"] for e in events] == ["SubmittalMade", "SubmittalAccepted"]
    assert events[0]["data"]["agency"] == str(agency.tenant)


async def test_without_a_right_to_represent_nobody_is_submitted(api: Api) -> None:
    posting, agency, _ = await ready(api)
    unknown, for_another, run_out = a_person(), a_person(), a_person()
    await represented(api, for_another, agency, client=str(new_id()))
    await represented(api, run_out, agency, ends_at="2026-01-01T00:00:00Z")
    for worker in (unknown, for_another, run_out):
        answer = await submit(api, agency, worker, posting)
        assert (answer.status_code, kind(answer)) == (403, "not-represented")
    for_this = a_person()
    await represented(api, for_this, agency, client=str(api.employer.tenant))
    assert (await submit(api, agency, for_this, posting)).status_code == 201


async def test_without_a_mandate_an_agency_submits_to_its_own_postings_alone(
    api: Api,
) -> None:
    posting, agency, worker = await api.created(publish=True), an_agency(), a_person()
    await represented(api, worker, agency)
    answer = await submit(api, agency, worker, posting)
    assert (answer.status_code, kind(answer)) == (403, "no-mandate")
    for changes in (
        {"ends_at": "2026-01-02T00:00:00Z"},
        {"starts_at": "2100-01-01T00:00:00Z"},
        {"ended_at": "2026-01-02T00:00:00Z"},
    ):
        await a_mandate(api, api.employer, agency, **changes)
        answer = await submit(api, agency, worker, posting)
        assert kind(answer) == "no-mandate"
    own = await api.created(by=agency, publish=True)
    assert (await submit(api, agency, worker, own)).status_code == 201


async def test_a_second_agency_is_told_that_but_not_by_whom(api: Api) -> None:
    posting, first, worker = await ready(api)
    second = an_agency()
    await a_mandate(api, api.employer, second)
    await represented(api, worker, second)
    made = await submit(api, first, worker, posting)
    answer = await submit(api, second, worker, posting)
    assert (answer.status_code, kind(answer)) == (409, "already-submitted")
    for told in (str(first.tenant), made.json()["id"], "agency"):
        assert told not in answer.text
    seen = await api.call("GET", f"/submittals/{made.json()['id']}", by=second)
    assert seen.status_code == 404
    # nor does it learn that they have applied themself: the answer is the same
    other = await api.created(publish=True)
    await applied(api, worker, other)
    same = await submit(api, second, worker, other)
    assert same.content == answer.content


async def test_of_fifty_submittals_at_once_by_several_agencies_one_is_made(
    api: Api,
) -> None:
    posting, worker = await api.created(publish=True), a_person()
    agencies = [an_agency() for _ in range(5)]
    for agency in agencies:
        await a_mandate(api, api.employer, agency)
        await represented(api, worker, agency)
    answers = await asyncio.gather(
        *(submit(api, agencies[n % 5], worker, posting) for n in range(50))
    )
    made = [answer for answer in answers if answer.status_code == 201]
    others = [kind(answer) for answer in answers if answer.status_code != 201]
    assert len(made) == 1
    assert others == ["already-submitted"] * 49
    rows = await api.fetch(
        "SELECT agency FROM postings.candidacy WHERE posting_id = :id",
        id=UUID(posting["id"]),
    )
    assert [str(row["agency"]) for row in rows] == [made[0].json()["agency"]]
    events = await api.events(made[0].json()["id"])
    assert len(events) == 1


async def test_the_worker_or_the_agency_withdraws_a_submittal(api: Api) -> None:
    posting, agency, worker = await ready(api)
    for side in (agency, worker):
        made = (await submit(api, agency, worker, posting)).json()
        path = f"/submittals/{made['id']}/withdraw"
        assert (await api.call("POST", path, by=an_agency())).status_code == 404
        answer = await api.call("POST", path, by=side)
        assert answer.json()["status"] == "withdrawn"


# -- blocklists ------------------------------------------------------------------------


async def test_who_has_blocked_an_organisation_is_not_up_for_it(api: Api) -> None:
    posting, agency, worker = await ready(api)
    await profile(api, worker, 1, api.employer)
    body = {"posting": posting["id"]}
    own = await api.call("POST", "/applications", body, by=worker)
    assert (own.status_code, kind(own)) == (409, "organisation-blocked")
    by_agency = await submit(api, agency, worker, posting)
    assert (by_agency.status_code, kind(by_agency)) == (409, "not-possible")
    await profile(api, worker, 2)
    assert (await submit(api, agency, worker, posting)).status_code == 201


async def test_nobody_is_put_forward_by_an_agency_they_have_blocked(api: Api) -> None:
    posting, agency, worker = await ready(api)
    await profile(api, worker, 1, agency)
    assert kind(await submit(api, agency, worker, posting)) == "not-possible"
    await applied(api, worker, posting)


async def test_whom_an_organisation_blocks_is_not_told_so(api: Api) -> None:
    posting, agency, worker = await ready(api)
    blocks = "/applications/blocked-workers"
    path = f"{blocks}/{worker.subject}"
    for _ in range(2):
        made = await api.call("POST", blocks, {"worker": str(worker.subject)})
        assert made.status_code == 201
    body = {"posting": posting["id"]}
    answers = [
        await api.call("POST", "/applications", body, by=worker),
        await submit(api, agency, worker, posting),
    ]
    assert {(answer.status_code, kind(answer)) for answer in answers} == {
        (409, "not-possible")
    }
    assert answers[0].content == answers[1].content
    listed = await api.call("GET", blocks)
    assert listed.json()["items"] == [made.json()]
    # another organisation's list is another list
    other = an_employer()
    assert (await api.call("DELETE", path, by=other)).status_code == 404
    mine = await api.call("GET", blocks, by=other)
    assert mine.json()["items"] == []
    assert (await api.call("DELETE", path)).status_code == 204
    await applied(api, worker, posting)
    noted = await api.fetch(
        "SELECT action FROM postings.audit_entry WHERE subject_id = :id ORDER BY id",
        id=worker.subject,
    )
    actions = [row["action"] for row in noted]
    assert actions.count("worker.block") == 2
    assert "worker.unblock" in actions


# -- the walls of the database ---------------------------------------------------------

PUT_FORWARD = """
    INSERT INTO postings.candidacy (id, version, posting_id, organisation, worker,
        agency, representation, status)
    VALUES (gen_random_uuid(), 1, :posting, :organisation, :worker, :agency, :right,
        'made')
"""


async def test_the_database_lets_no_agency_submit_without_the_right(api: Api) -> None:
    posting, agency, worker = await ready(api)
    thief = an_agency()
    right = await represented(api, a_person(), thief)
    values = {
        "posting": UUID(posting["id"]),
        "organisation": api.employer.tenant,
        "worker": worker.subject,
        "agency": thief.tenant,
        "right": right,
    }
    for caller in (thief, agency, api.employer, a_person()):
        with pytest.raises(DBAPIError, match="row-level security"):
            async with api.database.as_caller(caller) as session:
                await session.execute(text(PUT_FORWARD), values)


async def test_the_database_shows_a_candidacy_to_its_parties_alone(
    lone_api: Api,
) -> None:
    api = lone_api
    posting, agency, worker = await ready(api)
    assert (await submit(api, agency, worker, posting)).status_code == 201
    count = text("SELECT count(*) FROM postings.candidacy")
    for caller in (worker, agency, api.employer):
        async with api.database.as_caller(caller) as session:
            assert (await session.execute(count)).scalar_one() == 1
    for caller in (a_person(), an_agency(), an_employer()):
        async with api.database.as_caller(caller) as session:
            assert (await session.execute(count)).scalar_one() == 0
    for table in ("candidacy", "mandate", "representation", "candidate"):
        async with api.database.as_nobody() as session:
            rows = await session.execute(text(f"SELECT * FROM postings.{table}"))
            assert rows.all() == []


MOVES = {
    "candidate": "UPDATE postings.candidacy SET status = 'accepted'",
    "organisation": "UPDATE postings.candidacy SET status = 'withdrawn'",
}


async def test_the_database_lets_no_side_decide_for_the_other(lone_api: Api) -> None:
    api = lone_api
    posting, agency, worker = await ready(api)
    await submit(api, agency, worker, posting)
    for caller, move in (
        (worker, MOVES["candidate"]),
        (agency, MOVES["candidate"]),
        (api.employer, MOVES["organisation"]),
    ):
        with pytest.raises(DBAPIError, match="row-level security"):
            async with api.database.as_caller(caller) as session:
                await session.execute(text(move))
    with pytest.raises(DBAPIError, match="permission denied"):
        async with api.database.as_caller(agency) as session:
            await session.execute(text("UPDATE postings.candidacy SET agency = NULL"))


# -- the machine -----------------------------------------------------------------------


@pytest.mark.parametrize("status", list(Status))
@pytest.mark.parametrize("verb", list(Verb))
def test_every_verb_leads_from_where_it_is_drawn_and_from_nowhere_else(
    verb: Verb, status: Status
) -> None:
    step = STEPS[verb]
    if status in step.before:
        assert after(verb, status) is step.after
    else:
        with pytest.raises(AlreadyDecided):
            after(verb, status)
