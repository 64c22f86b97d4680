"""One human is one worker: suspected by document, decided by operators."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from services.profiles.identity.documents import DocumentKind, compared
from services.profiles.identity.rehashing import rehash_documents
from services.profiles.privacy.commands import held_here
from services.profiles.privacy.erasing import OtherServices, complete_erasures
from services.profiles.privacy.registry import PERSONS
from shared.database import Database
from shared.identity import Caller, Role
from shared.keys import InstallationSecret
from shared.values import new_id
from tests.profiles.builders import a_worker
from tests.profiles.conftest import Api
from tests.profiles.test_agencies import a_person, an_org, granted

PASSPORT = {"kind": "passport", "country": "GB", "number": "925 076 473"}


async def shows(
    api: Api, worker: Caller, by: Caller | None = None, **changes: Any
) -> httpx.Response:
    """The worker, or somebody for them, registers a passport."""
    async with api.as_caller(by or worker) as http:
        path = f"/v1/workers/{worker.subject}/identity-documents"
        return await http.post(path, json=PASSPORT | changes)


async def suspected(api: Api, **query: str) -> list[dict[str, Any]]:
    async with api.as_operator() as http:
        answer = await http.get("/v1/workers/suspected-duplicates", params=query)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def merge(api: Api, loser: Caller, into: Caller) -> httpx.Response:
    async with api.as_operator() as http:
        path = f"/v1/workers/{loser.subject}/merge"
        return await http.post(path, json={"into": str(into.subject)})


@pytest.mark.parametrize(
    "spelling", ["925076473", "925-076-473", " 925 076 473 ", "９２５０７６４７３"]
)
def test_every_spelling_of_a_number_is_the_same_document(spelling: str) -> None:
    kind = DocumentKind.PASSPORT
    assert compared(kind, "GB", spelling) == compared(kind, "GB", "925 076 473")


def test_another_kind_country_or_number_is_another_document() -> None:
    kind = DocumentKind.PASSPORT
    documents = {
        compared(kind, "GB", "925076473"),
        compared(kind, "GB", "925076474"),
        compared(kind, "IE", "925076473"),
        compared(DocumentKind.NATIONAL_ID, "GB", "925076473"),
    }
    assert len(documents) == 4


async def test_two_agencies_with_the_same_person_are_told_nothing(api: Api) -> None:
    people = [await a_person(api) for _ in range(2)]
    answers = []
    for person in people:
        agency = await an_org(api, Role.AGENCY)
        await granted(api, person, agency.tenant)
        answers.append(await shows(api, person, by=agency, number="925-076-473"))
    assert [answer.status_code for answer in answers] == [204, 204]
    assert answers[0].content == answers[1].content == b""
    assert answers[0].headers.keys() == answers[1].headers.keys()
    (found,) = await suspected(api)
    assert (found["earlier"], found["later"], found["status"]) == (
        str(people[0].subject),
        str(people[1].subject),
        "open",
    )


async def test_the_number_itself_is_nowhere(api: Api) -> None:
    person = await a_person(api)
    await shows(api, person)
    for table in ("identity_document", "audit_entry", "outbox", "idempotency_key"):
        assert "925" not in str(
            [
                {name: value for name, value in row.items() if isinstance(value, str)}
                for row in await api.rows(table)
            ]
        )
    (row,) = await api.rows("identity_document")
    assert len(row["number_hash"]) == 32
    assert b"925" not in row["sealed"]


async def test_the_same_document_again_is_no_suspicion(api: Api) -> None:
    person = await a_person(api)
    assert [(await shows(api, person)).status_code for _ in range(2)] == [204, 204]
    assert await suspected(api) == []


async def test_of_two_at_the_same_moment_the_second_sees_the_first(api: Api) -> None:
    people = [await a_person(api) for _ in range(4)]
    await asyncio.gather(*(shows(api, person) for person in people))
    pairs = {frozenset((one["earlier"], one["later"])) for one in await suspected(api)}
    assert len(pairs) == 6


async def test_only_who_represents_a_worker_shows_their_document(api: Api) -> None:
    person, agency = await a_person(api), await an_org(api, Role.AGENCY)
    assert (await shows(api, person, by=agency)).status_code == 404
    assert (await shows(api, person, by=await a_person(api))).status_code == 404
    right = await granted(api, person, agency.tenant)
    assert (await shows(api, person, by=agency)).status_code == 204
    async with api.as_caller(person) as http:
        await http.post(f"{right['path']}/end")
    assert (await shows(api, person, by=agency)).status_code == 404


async def test_a_number_of_signs_alone_is_refused(api: Api) -> None:
    answer = await shows(api, await a_person(api), number="--- 12")
    assert answer.json()["errors"][0]["rule"] == "document_number"


async def test_an_operator_merges_and_the_loser_points_to_who_stays(api: Api) -> None:
    stays, goes = await a_person(api), await a_person(api)
    agency = await an_org(api, Role.AGENCY)
    await granted(api, goes, agency.tenant)
    await shows(api, stays)
    await shows(api, goes)
    await shows(api, goes, number="another one")
    first, again = await merge(api, goes, stays), await merge(api, goes, stays)
    assert (first.status_code, first.json()) == (200, again.json())
    assert first.json()["merged_into"] == str(stays.subject)
    (removal,) = [e for e in await api.events() if e["type"] == "WorkerRemoved"]
    assert removal["data"] == {
        "id": str(goes.subject),
        "version": 2,
        "merged_into": str(stays.subject),
    }
    documents = await api.rows("identity_document")
    assert [row["subject"] for row in documents] == [stays.subject] * 2
    async with api.database.as_system() as session:
        held = await held_here(session, stays.subject)
    numbers = [row["sealed"]["number"] for row in held["identity_document"]]
    assert sorted(numbers) == ["925 076 473", "another one"]
    (standing,) = [
        row for row in await api.rows("representation") if row["ended_at"] is None
    ]
    assert (standing["worker"], standing["agency"]) == (stays.subject, agency.tenant)
    assert {one["status"] for one in await suspected(api)} == {"merged"}
    actions = [row["action"] for row in await api.rows("audit_entry")]
    assert actions.count("worker.merge") == 2  # found from either side
    async with api.as_caller(goes) as http:
        assert (await http.get(f"/v1/workers/{goes.subject}")).status_code == 404
        back = await http.post("/v1/workers", json=a_worker())
    assert back.json()["type"].endswith("worker-exists")


async def test_whom_either_would_not_work_for_the_one_who_stays_will_not(
    api: Api,
) -> None:
    stays, goes = await a_person(api), await a_person(api)
    one, two = str(new_id()), str(new_id())
    for person, blocked in ((stays, [one]), (goes, [one, two])):
        async with api.as_caller(person) as http:
            body = {"blocked_organisations": blocked}
            changed = await http.patch(f"/v1/workers/{person.subject}", json=body)
            assert changed.status_code == 200, changed.text
    await merge(api, goes, stays)
    async with api.as_caller(stays) as http:
        profile = (await http.get(f"/v1/workers/{stays.subject}")).json()
    assert profile["blocked_organisations"] == [one, two]


async def test_work_papers_of_either_are_those_of_who_stays(api: Api) -> None:
    stays, goes = await a_person(api), await a_person(api)
    for person, born, country in (
        (stays, "1994-02-28", "GB"),
        (goes, "1995-03-01", "IE"),
    ):
        right = {"country": country, "basis": "citizen"}
        body = {"birth_date": born, "right_to_work": [right]}
        async with api.as_caller(person) as http:
            path = f"/v1/workers/{person.subject}/work-papers"
            assert (await http.put(path, json=body)).status_code == 200
    await merge(api, goes, stays)
    async with api.as_caller(stays) as http:
        path = f"/v1/workers/{stays.subject}/work-papers"
        papers = (await http.get(path)).json()["papers"]
    assert papers["birth_date"] == "1995-03-01"
    assert [right["country"] for right in papers["right_to_work"]] == ["GB", "IE"]
    changed = [e for e in await api.events() if e["type"] == "WorkerChanged"][-1]
    assert changed["entity_id"] == str(stays.subject)
    assert [right["country"] for right in changed["data"]["right_to_work"]] == [
        "GB",
        "IE",
    ]


async def test_a_right_goes_on_under_its_id_and_one_given_twice_ends(
    api: Api,
) -> None:
    stays, goes = await a_person(api), await a_person(api)
    first, second = await an_org(api, Role.AGENCY), await an_org(api, Role.AGENCY)
    carried = await granted(api, goes, first.tenant)
    twice = await granted(api, goes, second.tenant)
    kept = await granted(api, stays, second.tenant)
    await merge(api, goes, stays)
    rows = {str(row["id"]): row for row in await api.rows("representation")}
    assert {row["worker"] for row in rows.values()} == {stays.subject}
    over = {id: row["ended_at"] is not None for id, row in rows.items()}
    assert over == {carried["id"]: False, twice["id"]: True, kept["id"]: False}
    told = [
        (e["type"], e["entity_id"], e["entity_version"]) for e in await api.events()
    ]
    # consumers move what was made by a right before they hear of the right anew
    assert told[-3:] == [
        ("WorkerRemoved", str(goes.subject), 2),
        ("RepresentationGranted", carried["id"], 2),
        ("RepresentationEnded", twice["id"], 2),
    ]


async def test_every_tombstone_of_a_merged_worker_says_who_stays(api: Api) -> None:
    stays, goes = await a_person(api), await a_person(api)
    await merge(api, goes, stays)
    async with api.database.as_system() as session:
        await PERSONS.erase(session, goes.subject)
    told = [e for e in await api.events() if e["entity_id"] == str(goes.subject)]
    assert {event["type"] for event in told} == {"WorkerRemoved"}
    assert {event["data"]["merged_into"] for event in told} == {str(stays.subject)}
    # one that had to be told again, too
    await api.execute("UPDATE profiles.erasure SET told_at = now() - interval '1 day'")
    async with httpx.AsyncClient(transport=httpx.MockTransport(_nothing)) as http:
        others = OtherServices(http, api.settings, lambda: "")
        await complete_erasures(api.database, others)
    again = (await api.events())[-1]
    assert (again["type"], again["data"]["merged_into"]) == (
        "WorkerRemoved",
        str(stays.subject),
    )


def _nothing(_: httpx.Request) -> httpx.Response:
    return httpx.Response(503)


async def test_a_merged_worker_is_erased_like_any_other(api: Api) -> None:
    stays, goes = await a_person(api), await a_person(api)
    for person in (stays, goes):
        await shows(api, person)
    await merge(api, goes, stays)
    (asked,) = await api.rows("erasure")
    assert (asked["worker"], asked["reason"]) == (goes.subject, "merged")
    async with api.database.as_system() as session:
        await PERSONS.erase(session, goes.subject)
        assert await PERSONS.held(session, goes.subject) == {}
    (key,) = await api.rows("subject_key")
    assert key["subject"] == stays.subject


async def test_a_third_with_the_same_document_is_still_suspected(api: Api) -> None:
    one, two, three = [await a_person(api) for _ in range(3)]
    for person in (one, two, three):
        await shows(api, person)
    await merge(api, one, two)
    (found,) = await suspected(api, status="open")
    assert {found["earlier"], found["later"]} == {
        str(two.subject),
        str(three.subject),
    }


async def test_what_cannot_be_merged(api: Api) -> None:
    one, two, three = [await a_person(api) for _ in range(3)]
    itself = await merge(api, one, one)
    assert itself.json()["errors"][0]["rule"] == "another"
    nobody = await merge(api, one, Caller(new_id(), Role.WORKER))
    assert nobody.json()["errors"][0]["rule"] == "unknown_worker"
    assert (await merge(api, Caller(new_id(), Role.WORKER), one)).status_code == 404
    await merge(api, one, two)
    elsewhere = await merge(api, one, three)
    assert elsewhere.json()["type"].endswith("worker-merged")
    into_the_gone = await merge(api, three, one)
    assert into_the_gone.json()["errors"][0]["rule"] == "unknown_worker"


async def test_an_operator_decides_once_that_two_are_two(api: Api) -> None:
    people = [await a_person(api) for _ in range(2)]
    for person in people:
        await shows(api, person)
    (found,) = await suspected(api)
    path = f"/v1/workers/suspected-duplicates/{found['id']}/dismiss"
    async with api.as_operator() as http:
        assert (await http.post(path)).json()["status"] == "dismissed"
        again = await http.post(path)
        assert again.json()["type"].endswith("suspicion-decided")
    assert await suspected(api, status="open") == []
    # the same document shown again does not open it anew
    await shows(api, people[0])
    assert await suspected(api, status="open") == []


async def test_a_renewed_document_is_kept_beside_the_older(api: Api) -> None:
    person = await a_person(api)
    for number in ("925076473", "533401372"):
        assert (await shows(api, person, number=number)).status_code == 204
    assert len(await api.rows("identity_document")) == 2


async def test_with_a_new_secret_the_same_document_is_still_the_same(
    api: Api, tmp_path: Path
) -> None:
    before, after, again = [await a_person(api) for _ in range(3)]
    for person in (before, again):
        await shows(api, person, number=f"{person.subject.hex}")
    await shows(api, before)
    new_file = tmp_path / "new-secret"
    InstallationSecret.read_or_create(new_file)
    both = replace(
        api.settings,
        secret_key_file=new_file,
        previous_secret_key_file=api.settings.secret_key_file,
    )
    await api.database.dispose()
    api.app.state.database = Database(both, "profiles")
    await shows(api, after)
    await shows(api, again, number=f"{again.subject.hex}")
    assert await suspected(api) == []
    assert await rehash_documents(api.database) == 3
    assert await rehash_documents(api.database) == 0
    (found,) = await suspected(api)
    assert {found["earlier"], found["later"]} == {
        str(before.subject),
        str(after.subject),
    }
    documents = await api.rows("identity_document")
    assert [row["subject"] for row in documents].count(again.subject) == 1


async def test_who_leaves_leaves_no_hash_behind(api: Api) -> None:
    person = await a_person(api)
    await shows(api, person)
    async with api.as_caller(person) as http:
        await http.delete(f"/v1/workers/{person.subject}")
    assert await api.rows("identity_document") == []


async def test_behind_the_walls_nobody_finds_a_document_of_another(api: Api) -> None:
    person, agency = await a_person(api), await an_org(api, Role.AGENCY)
    await shows(api, person)
    for caller in (await a_person(api), agency):
        async with api.database.as_caller(caller) as session:
            query = text("SELECT * FROM profiles.identity_document")
            assert (await session.execute(query)).all() == []
    for caller in (person, agency):
        with pytest.raises(DBAPIError, match="permission denied"):
            async with api.database.as_caller(caller) as session:
                await session.execute(
                    text("SELECT * FROM profiles.suspected_duplicate")
                )
    adding = text(
        "INSERT INTO profiles.identity_document (id, subject, number_hash, kind,"
        " country, sealed, recorded_by) VALUES (gen_random_uuid(), :worker,"
        " sha256('x'), 'passport', 'GB', 'x', :by)"
    )
    for caller in (await a_person(api), agency):
        values = {"worker": person.subject, "by": caller.subject}
        with pytest.raises(DBAPIError, match="row-level security"):
            async with api.database.as_caller(caller) as session:
                await session.execute(adding, values)
