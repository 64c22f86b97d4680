"""Applications and submittals: who may, once at a time, and who sees them."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from services.postings.errors import AlreadyDecided
from services.postings.hiring.lifecycle import STEPS, Status, Verb, after
from services.postings.hiring.profiles_feed import HiringProjection
from services.postings.snapshot import snapshot
from shared.feed import Event
from shared.identity import Caller, Role
from shared.values import new_id, now
from tests.postings.conftest import OPERATOR, Api, an_employer


def an_agency() -> Caller:
    return Caller(new_id(), Role.AGENCY, new_id())


def a_person() -> Caller:
    return Caller(new_id(), Role.WORKER)


async def tell(api: Api, type: str, id: UUID, version: int, **data: Any) -> None:
    """What profiles' feed brings, applied as the follower does."""
    event = Event(
        type=type,
        entity_id=str(id),
        entity_version=version,
        occurred_at=now(),
        data={"id": str(id), "version": version} | data,
    )
    async with api.database.as_system() as session:
        await HiringProjection().apply(session, [event])


async def a_mandate(api: Api, client: Caller, agency: Caller, **changes: Any) -> UUID:
    given = {
        "client": str(client.tenant),
        "agency": str(agency.tenant),
        "purposes": ["hiring"],
        "starts_at": "2026-01-01T00:00:00Z",
        "ends_at": None,
        "ended_at": None,
    }
    id = new_id()
    await tell(api, "MandateGranted", id, 1, **given | changes)
    return id


def a_right(worker: Caller, agency: Caller, **changes: Any) -> dict[str, Any]:
    return {
        "worker": str(worker.subject),
        "agency": str(agency.tenant),
        "client": None,
        "ends_at": None,
        "ended_at": None,
    } | changes


async def represented(api: Api, worker: Caller, agency: Caller, **more: Any) -> UUID:
    id = new_id()
    await tell(api, "RepresentationGranted", id, 1, **a_right(worker, agency, **more))
    return id


async def submit(
    api: Api, agency: Caller, worker: Caller, posting: dict[str, Any]
) -> httpx.Response:
    body = {"posting": posting["id"], "worker": str(worker.subject)}
    return await api.call("POST", "/submittals", body, by=agency)


async def applied(api: Api, worker: Caller, posting: dict[str, Any]) -> dict[str, Any]:
    body = {"posting": posting["id"]}
    answer = await api.call("POST", "/applications", body, by=worker)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def ready(api: Api) -> tuple[dict[str, Any], Caller, Caller]:
    """An open posting, an agency with a mandate, and a worker it represents."""
    posting = await api.created(publish=True)
    agency, worker = an_agency(), a_person()
    await a_mandate(api, api.employer, agency)
    await represented(api, worker, agency)
    return posting, agency, worker


def kind(answer: httpx.Response) -> str:
    return str(answer.json()["type"]).rsplit(":", 1)[1]


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


# -- what profiles tells ---------------------------------------------------------------


async def test_the_end_of_the_right_ends_what_nobody_has_accepted(api: Api) -> None:
    posting, agency, worker = await ready(api)
    accepted_for = await api.created(publish=True)
    right = await represented(api, worker, agency, client=str(api.employer.tenant))
    waiting = (await submit(api, agency, worker, posting)).json()
    accepted = (await submit(api, agency, worker, accepted_for)).json()
    await api.call("POST", f"/submittals/{accepted['id']}/accept")
    over = a_right(
        worker,
        agency,
        client=str(api.employer.tenant),
        ended_at="2026-11-24T00:00:00Z",
    )
    await tell(api, "RepresentationEnded", right, 2, **over)
    ended = (await api.call("GET", f"/submittals/{waiting['id']}")).json()
    kept = (await api.call("GET", f"/submittals/{accepted['id']}")).json()
    assert (ended["status"], ended["reason"]) == ("ended", "not_represented")
    assert kept["status"] == "accepted"
    assert (await api.types(waiting["id"]))[-1] == "SubmittalEnded"
    # what was granted comes late: the end stands
    await tell(api, "RepresentationGranted", right, 1, **over | {"ended_at": None})
    (row,) = await api.fetch(
        "SELECT ended FROM postings.representation WHERE id = :id", id=right
    )
    assert row["ended"] is True


async def test_no_submittal_slips_past_the_end_of_the_right(api: Api) -> None:
    posting, agency = await api.created(publish=True), an_agency()
    await a_mandate(api, api.employer, agency)
    people = [a_person() for _ in range(10)]
    rights = [await represented(api, person, agency) for person in people]
    over = {"ended_at": "2026-11-24T00:00:00Z"}
    await asyncio.gather(
        *(submit(api, agency, person, posting) for person in people),
        *(
            tell(
                api, "RepresentationEnded", right, 2, **a_right(person, agency, **over)
            )
            for person, right in zip(people, rights, strict=True)
        ),
    )
    standing = await api.fetch(
        "SELECT id FROM postings.candidacy WHERE posting_id = :id AND status = 'made'",
        id=UUID(posting["id"]),
    )
    assert standing == []


async def test_who_leaves_is_up_for_nothing_any_more(api: Api) -> None:
    posting, agency, worker = await ready(api)
    other = await api.created(publish=True)
    made = [
        (await submit(api, agency, worker, posting)).json(),
        await applied(api, worker, other),
    ]
    await api.call("POST", f"/applications/{made[1]['id']}/accept")
    await tell(api, "WorkerRemoved", worker.subject, 2)
    for one in made:
        (row,) = await api.fetch(
            "SELECT status, reason, version FROM postings.candidacy WHERE id = :id",
            id=UUID(one["id"]),
        )
        assert (row["status"], row["reason"]) == ("ended", "worker_left")
        assert (await api.types(one["id"]))[-1].endswith("Ended")


async def test_a_rebuild_drops_the_rights_that_the_snapshot_does_not_mention(
    lone_api: Api,
) -> None:
    api = lone_api
    posting, agency, worker = await ready(api)
    made = (await submit(api, agency, worker, posting)).json()
    kept = await a_mandate(api, api.employer, an_agency())
    projection = HiringProjection()
    async with api.database.as_system() as session:
        await projection.begin_rebuild(session)
    (row,) = await api.fetch("SELECT * FROM postings.mandate WHERE id = :id", id=kept)
    again = {name: row[name] for name in ("client", "agency")}
    await tell(
        api,
        "MandateGranted",
        kept,
        1,
        **{name: str(value) for name, value in again.items()},
        purposes=["hiring"],
        starts_at="2026-01-01T00:00:00Z",
        ends_at=None,
        ended_at=None,
    )
    async with api.database.as_system() as session:
        await projection.end_rebuild(session)
    assert await api.fetch("SELECT id FROM postings.representation") == []
    assert await api.fetch("SELECT id FROM postings.mandate") == [{"id": kept}]
    ended = (await api.call("GET", f"/submittals/{made['id']}")).json()
    assert ended["status"] == "ended"


async def test_the_snapshot_has_candidacies_that_are_not_over(lone_api: Api) -> None:
    api = lone_api
    posting, worker = await api.created(publish=True), a_person()
    over = await applied(api, worker, posting)
    await api.call("POST", f"/applications/{over['id']}/withdraw", by=worker)
    live = await applied(api, worker, posting)
    seen: list[Event] = []
    while True:
        async with api.database.as_system() as session:
            after_id = seen[-1].entity_id if seen else None
            page = await snapshot(session, after_id, 1)
        if not page:
            break
        seen += page
    assert [event.type for event in seen] == ["PostingOpened", "ApplicationMade"]
    assert seen[1].entity_id == live["id"]


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
    for table in ("candidacy", "mandate", "representation"):
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
