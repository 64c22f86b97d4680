"""What ends by itself: with rights, mandates, postings, people, and by the clock."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import pytest

from services.postings.hiring.ending import end_what_is_over
from services.postings.hiring.profiles_feed import HiringProjection
from services.postings.loops import sweep
from services.postings.snapshot import snapshot
from shared.feed import Event
from shared.identity import Caller
from tests.postings.conftest import Api
from tests.postings.hiring import (
    a_mandate,
    a_person,
    a_right,
    an_agency,
    applied,
    candidacies,
    kind,
    profile,
    ready,
    represented,
    submit,
    tell,
)

# -- what profiles tells ---------------------------------------------------------------


async def held(api: Api, table: str, worker: Caller) -> list[dict[str, Any]]:
    return await api.fetch(
        f"SELECT * FROM postings.{table} WHERE worker = :worker",
        worker=worker.subject,
    )


async def test_the_end_of_the_right_ends_what_nobody_has_accepted(api: Api) -> None:
    posting, agency, worker = await api.created(publish=True), an_agency(), a_person()
    await a_mandate(api, api.employer, agency)
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
    assert await candidacies(api, worker) == {}
    for one in made:
        assert (await api.types(one["id"]))[-1].endswith("Ended")
    for table in ("representation", "candidate"):
        assert await held(api, table, worker) == []


async def test_what_is_late_brings_nobody_back(api: Api) -> None:
    posting, agency, worker = await ready(api)
    await tell(api, "WorkerRemoved", worker.subject, 3)
    await profile(api, worker, 2)
    await represented(api, worker, agency)
    for table in ("representation", "candidate"):
        assert await held(api, table, worker) == []
    body = {"posting": posting["id"]}
    late = await api.call("POST", "/applications", body, by=worker)
    assert (late.status_code, kind(late)) == (409, "not-possible")
    # the person comes back under the same id
    await profile(api, worker, 4)
    await applied(api, worker, posting)


async def test_no_application_slips_past_the_end_of_the_worker(api: Api) -> None:
    posting = await api.created(publish=True)
    people = [a_person() for _ in range(10)]
    body = {"posting": posting["id"]}
    await asyncio.gather(
        *(api.call("POST", "/applications", body, by=person) for person in people),
        *(tell(api, "WorkerRemoved", person.subject, 2) for person in people),
    )
    for person in people:
        assert await candidacies(api, person) == {}


# -- mandates, and the clock -----------------------------------------------------------


async def test_another_grant_of_the_same_right_keeps_a_submittal(api: Api) -> None:
    posting, agency, worker = await ready(api)
    client = {"client": str(api.employer.tenant)}
    right = await represented(api, worker, agency, **client)
    made = (await submit(api, agency, worker, posting)).json()
    over = a_right(worker, agency, ended_at="2026-11-24T00:00:00Z", **client)
    await tell(api, "RepresentationEnded", right, 2, **over)
    assert await candidacies(api, worker) == {made["id"]: ("made", None)}


async def test_with_the_mandate_ends_what_waits_at_the_client(api: Api) -> None:
    agency, worker = an_agency(), a_person()
    given = await a_mandate(api, api.employer, agency)
    await represented(api, worker, agency)
    waiting, accepted = [
        (await submit(api, agency, worker, await api.created(publish=True))).json()
        for _ in range(2)
    ]
    await api.call("POST", f"/submittals/{accepted['id']}/accept")
    own = await submit(api, agency, worker, await api.created(by=agency, publish=True))
    at_the_agency = own.json()["id"]
    over = {"ended_at": "2026-11-24T00:00:00Z", "purposes": ["hiring"]}
    sides = {"client": str(api.employer.tenant), "agency": str(agency.tenant)}
    dates = {"starts_at": "2026-01-01T00:00:00Z", "ends_at": None}
    await tell(api, "MandateEnded", given, 2, **sides, **dates, **over)
    assert await candidacies(api, worker) == {
        waiting["id"]: ("ended", "mandate_ended"),
        accepted["id"]: ("accepted", None),
        at_the_agency: ("made", None),
    }


@pytest.mark.parametrize("table", ["mandate", "representation"])
async def test_what_runs_out_by_its_date_ends_like_what_is_ended(
    api: Api, table: str
) -> None:
    posting, agency, worker = await ready(api)
    made = (await submit(api, agency, worker, posting)).json()
    await api.fetch(
        f"UPDATE postings.{table} SET ends_at = now() WHERE agency = :agency"
        " RETURNING 1",
        agency=agency.tenant,
    )
    await end_what_is_over(api.database)
    reason = {"mandate": "mandate_ended", "representation": "not_represented"}[table]
    assert await candidacies(api, worker) == {made["id"]: ("ended", reason)}


# -- postings --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("verb", "reason", "goes_on"),
    [
        ("fill", "posting_filled", True),
        ("close", "posting_closed", True),
        ("cancel", "posting_cancelled", False),
    ],
)
async def test_with_a_posting_ends_who_waits_for_it(
    api: Api, verb: str, reason: str, goes_on: bool
) -> None:
    posting, waiting, accepted = await api.created(publish=True), a_person(), a_person()
    first = await applied(api, waiting, posting)
    second = await applied(api, accepted, posting)
    await api.call("POST", f"/applications/{second['id']}/accept")
    assert (await api.step(posting["id"], verb)).is_success
    await end_what_is_over(api.database)
    assert await candidacies(api, waiting) == {first["id"]: ("ended", reason)}
    kept = ("accepted", None) if goes_on else ("ended", reason)
    assert await candidacies(api, accepted) == {second["id"]: kept}
    queue = "SELECT * FROM postings.ended_posting WHERE posting_id = :id"
    assert await api.fetch(queue, id=UUID(posting["id"])) == []


async def test_with_an_expired_posting_ends_who_waits_for_it(api: Api) -> None:
    posting, worker = await api.created(publish=True), a_person()
    made = await applied(api, worker, posting)
    api.let_the_deadline_pass(posting["id"])
    await sweep(api.database)
    await end_what_is_over(api.database)
    assert await candidacies(api, worker) == {made["id"]: ("ended", "posting_expired")}


async def test_nobody_stays_behind_who_applies_while_the_posting_closes(
    api: Api,
) -> None:
    posting = await api.created(publish=True)
    people = [a_person() for _ in range(20)]
    body = {"posting": posting["id"]}
    await asyncio.gather(
        *(api.call("POST", "/applications", body, by=person) for person in people),
        api.step(posting["id"], "close"),
        end_what_is_over(api.database),
    )
    await end_what_is_over(api.database)
    standing = await api.fetch(
        "SELECT id FROM postings.candidacy WHERE posting_id = :id AND status = 'made'",
        id=UUID(posting["id"]),
    )
    assert standing == []


# -- one human -------------------------------------------------------------------------


async def merged(api: Api, loser: Caller, winner: Caller) -> None:
    await tell(api, "WorkerRemoved", loser.subject, 2, merged_into=str(winner.subject))


async def test_what_the_merged_is_up_for_the_one_who_stays_is(api: Api) -> None:
    posting, agency, goes = await ready(api)
    stays = a_person()
    submitted = (await submit(api, agency, goes, posting)).json()
    other = await api.created(publish=True)
    over = await applied(api, goes, other)
    await api.call("POST", f"/applications/{over['id']}/withdraw", by=goes)
    await merged(api, goes, stays)
    assert await candidacies(api, goes) == {}
    assert await candidacies(api, stays) == {
        submitted["id"]: ("made", None),
        over["id"]: ("withdrawn", None),
    }
    told = (await api.events(submitted["id"]))[-1]
    assert (told["type"], told["entity_version"]) == ("SubmittalMade", 2)
    assert told["data"]["worker"] == str(stays.subject)
    # the right by which it was made goes on too
    await end_what_is_over(api.database)
    seen = await api.call("GET", f"/submittals/{submitted['id']}", by=stays)
    assert seen.json()["status"] == "made"
    noted = await api.fetch(
        "SELECT detail FROM postings.audit_entry"
        " WHERE action = 'candidacy.merge' AND subject_id = :id",
        id=stays.subject,
    )
    assert noted == [{"detail": {"of": str(goes.subject), "count": 2}}]


@pytest.mark.parametrize("accepted", ["goes", "stays", "neither"])
async def test_of_two_for_one_posting_the_accepted_goes_on_else_the_earlier(
    api: Api, accepted: str
) -> None:
    posting, goes, stays = await api.created(publish=True), a_person(), a_person()
    made = {
        "goes": (await applied(api, goes, posting))["id"],
        "stays": (await applied(api, stays, posting))["id"],
    }
    if accepted in made:
        await api.call("POST", f"/applications/{made[accepted]}/accept")
    await merged(api, goes, stays)
    kept = made.get(accepted, made["goes"])
    (ended,) = {*made.values()} - {kept}
    found = await candidacies(api, stays)
    assert found[ended] == ("ended", "same_person")
    assert found[kept][0] == ("made" if accepted == "neither" else "accepted")


async def test_a_merge_that_comes_twice_changes_nothing_more(api: Api) -> None:
    posting, goes, stays = await api.created(publish=True), a_person(), a_person()
    made = await applied(api, goes, posting)
    for _ in range(2):
        await merged(api, goes, stays)
    assert await candidacies(api, stays) == {made["id"]: ("made", None)}
    assert len(await api.events(made["id"])) == 2


# -- starting anew ---------------------------------------------------------------------


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


async def test_the_snapshot_has_candidacies_that_are_not_over_for_long(
    lone_api: Api,
) -> None:
    api = lone_api
    posting, worker = await api.created(publish=True), a_person()
    long_over = await applied(api, worker, posting)
    await api.call("POST", f"/applications/{long_over['id']}/withdraw", by=worker)
    await api.fetch(
        "UPDATE postings.candidacy SET updated_at = now() - interval '91 days'"
        " RETURNING 1"
    )
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
    told = [(event.type, event.entity_id) for event in seen]
    assert told == [
        ("PostingOpened", posting["id"]),
        ("ApplicationWithdrawn", over["id"]),
        ("ApplicationMade", live["id"]),
    ]
    assert [event.data["status"] for event in seen[1:]] == ["withdrawn", "made"]
