"""Editing: which states, which fields, whose version, and what keeps its id."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.databases import execute
from tests.postings.builders import a_posting, a_shift, in_days
from tests.postings.conftest import OPERATOR, Api


async def patch(
    api: Api, posting: str, changes: Any, version: int | None = None
) -> Any:
    headers = {"If-Match": f'"{version}"'} if version else {}
    path = f"/postings/{posting}"
    return await api.call("PATCH", path, changes, headers=headers)


async def test_an_edit_is_one_version_and_one_event(api: Api) -> None:
    made = await api.created()
    answer = await patch(api, made["id"], {"title": "Driver", "pay": None}, version=1)
    assert answer.status_code == 200
    edited = answer.json()
    assert (edited["title"], edited["pay"], edited["version"]) == ("Driver", None, 2)
    assert answer.headers["ETag"] == '"2"'
    assert await api.types(made["id"]) == ["PostingDrafted", "PostingEdited"]
    event = (await api.events(made["id"]))[1]
    assert event["entity_version"] == 2
    assert event["data"]["title"] == "Driver"
    assert event["data"]["pay"] is None
    assert "description" not in event["data"]


async def test_a_patch_reaches_into_objects(api: Api) -> None:
    made = await api.created()
    edited = (await patch(api, made["id"], {"pay": {"maximum": 2000}})).json()
    assert edited["pay"] == made["pay"] | {"maximum": 2000}


async def test_put_replaces_everything(api: Api) -> None:
    made = await api.created()
    body = {"title": "Only a title"}
    answer = await api.call("PUT", f"/postings/{made['id']}", body)
    assert answer.status_code == 200
    assert answer.json()["pay"] is None
    assert answer.json()["shifts"] == []
    rows = await api.fetch(
        "SELECT id FROM postings.shift WHERE posting_id = CAST(:id AS uuid)",
        id=made["id"],
    )
    assert rows == []


async def test_what_was_read_can_be_put_back_and_changes_nothing(api: Api) -> None:
    made = await api.created(publish=True)
    content = {key: made[key] for key in a_posting()}
    answer = await api.call("PUT", f"/postings/{made['id']}", content)
    assert answer.status_code == 200
    assert answer.json() == made
    assert await api.types(made["id"]) == ["PostingOpened"]


async def test_an_old_version_is_refused(api: Api) -> None:
    made = await api.created()
    await patch(api, made["id"], {"title": "First"})
    answer = await patch(api, made["id"], {"title": "Second"}, version=1)
    assert answer.status_code == 412
    assert answer.headers["ETag"] == '"2"'
    assert (await api.row(made["id"]))["title"] == "First"
    nonsense = await api.call(
        "PATCH", f"/postings/{made['id']}", {}, headers={"If-Match": "abc"}
    )
    assert nonsense.status_code == 422


async def test_of_two_edits_of_one_version_one_wins(api: Api) -> None:
    made = await api.created()
    titles = [f"Title {number}" for number in range(4)]
    answers = await asyncio.gather(
        *(patch(api, made["id"], {"title": title}, version=1) for title in titles)
    )
    assert sorted(answer.status_code for answer in answers) == [200, 412, 412, 412]
    assert len(await api.events(made["id"])) == 2


async def test_edits_of_different_fields_do_not_lose_each_other(api: Api) -> None:
    made = await api.created()
    await asyncio.gather(
        patch(api, made["id"], {"title": "New"}),
        patch(api, made["id"], {"headcount": 5}),
        patch(api, made["id"], {"shifts": [a_shift(20)]}),
    )
    read = (await api.call("GET", f"/postings/{made['id']}")).json()
    assert (read["title"], read["headcount"], read["version"]) == ("New", 5, 4)
    assert [shift["start"] for shift in read["shifts"]] == [a_shift(20)["start"]]
    events = await api.events(made["id"])
    last = max(events, key=lambda event: event["entity_version"])
    assert last["data"]["shifts"] == read["shifts"]


@pytest.mark.parametrize("state", [{}, {"hold": "look"}, {"publish": True}])
async def test_drafts_held_and_open_postings_can_be_edited(
    api: Api, state: dict[str, Any]
) -> None:
    made = await api.created(**state)
    answer = await patch(api, made["id"], {"title": "Another", "headcount": 3})
    assert answer.status_code == 200
    assert answer.json()["status"] == made["status"]


@pytest.mark.parametrize("verb", ["fill", "close", "cancel"])
async def test_a_posting_that_has_ended_cannot(api: Api, verb: str) -> None:
    made = await api.created(publish=True)
    await api.step(made["id"], verb)
    answer = await patch(api, made["id"], {"title": "Another"})
    assert answer.status_code == 409
    assert answer.json()["type"].endswith(":posting-has-ended")


async def test_nor_can_one_whose_deadline_has_passed(api: Api) -> None:
    made = await api.created(publish=True)
    api.let_the_deadline_pass(made["id"])
    answer = await patch(api, made["id"], {"expires_at": in_days(9)})
    assert answer.status_code == 409
    assert answer.json()["posting_status"] == "expired"


@pytest.mark.parametrize(
    ("field", "value"),
    [("market", "labor"), ("kind", "full_time"), ("occupation", "cook")],
)
async def test_market_kind_and_occupation_of_an_open_posting_stay(
    api: Api, field: str, value: str
) -> None:
    made = await api.created(publish=True)
    answer = await patch(api, made["id"], {field: value})
    assert answer.status_code == 422
    (fault,) = answer.json()["errors"]
    assert (fault["pointer"], fault["rule"]) == (f"/{field}", "fixed_once_open")
    draft = await api.created()
    assert (await patch(api, draft["id"], {field: value})).status_code == 200


async def test_an_open_posting_keeps_what_it_needed_to_open(api: Api) -> None:
    made = await api.created(publish=True)
    answer = await patch(api, made["id"], {"title": None, "place": None})
    pointers = {fault["pointer"] for fault in answer.json()["errors"]}
    assert pointers == {"/title", "/place"}


async def test_a_shift_keeps_its_id_while_its_times_stay(api: Api) -> None:
    made = await api.created(shifts=[a_shift(10), a_shift(11)])
    first, second = made["shifts"]
    shifts = [a_shift(11, headcount=7), a_shift(12)]
    edited = (await patch(api, made["id"], {"shifts": shifts})).json()
    kept, new = edited["shifts"]
    assert kept == second | {"headcount": 7}
    assert new["id"] not in (first["id"], second["id"])


async def test_a_shift_that_is_named_keeps_its_id_in_other_times(api: Api) -> None:
    made = await api.created(shifts=[a_shift(10), a_shift(11)])
    first, second = made["shifts"]
    swapped = [
        a_shift(11, id=first["id"]),
        a_shift(10, id=second["id"]),
    ]
    edited = (await patch(api, made["id"], {"shifts": swapped})).json()
    assert [shift["id"] for shift in edited["shifts"]] == [second["id"], first["id"]]
    assert (await api.call("GET", f"/postings/{made['id']}")).json() == edited


async def test_the_shift_of_another_posting_cannot_be_named(api: Api) -> None:
    other = await api.created()
    made = await api.created()
    shifts = [a_shift(10, id=other["shifts"][0]["id"])]
    answer = await patch(api, made["id"], {"shifts": shifts})
    assert answer.json()["errors"][0]["pointer"] == "/shifts/0/id"


async def test_a_shift_that_has_begun_may_stay_but_no_new_one_may_be_past(
    api: Api,
) -> None:
    made = await api.created(publish=True, expires_at=None)
    began = a_shift(-1)
    execute(
        api.settings.database_url,
        f"UPDATE postings.shift SET starts_at = '{began['start']}',"
        f" ends_at = '{began['end']}' WHERE id = '{made['shifts'][0]['id']}'",
    )
    assert (await patch(api, made["id"], {"title": "Still on"})).status_code == 200
    shifts = [began, a_shift(-2), a_shift(11)]
    answer = await patch(api, made["id"], {"shifts": shifts})
    pointers = [fault["pointer"] for fault in answer.json()["errors"]]
    assert pointers == ["/shifts/1/start"]


async def test_a_skill_retired_since_may_stay_where_it_is(api: Api) -> None:
    made = await api.created()
    execute(
        api.settings.database_url,
        "UPDATE postings.known_concept SET retired = true"
        " WHERE id = 'forklift-driving'",
    )
    try:
        answer = await patch(api, made["id"], {"title": "As before"})
        assert answer.status_code == 200
        answer = await api.call("POST", "/postings", a_posting())
        assert answer.json()["errors"][0]["rule"] == "retired_skill"
    finally:
        execute(
            api.settings.database_url,
            "UPDATE postings.known_concept SET retired = (id = 'telex-operation')",
        )


@pytest.mark.parametrize("body", [[], "title", 7, {"salary": 1}, {"id": "x"}])
async def test_a_patch_that_is_none(api: Api, body: Any) -> None:
    made = await api.created()
    assert (await patch(api, made["id"], body)).status_code == 422
    assert len(await api.events(made["id"])) == 1


async def test_an_operator_edits_for_the_organisation(api: Api) -> None:
    made = await api.created()
    path = f"/postings/{made['id']}"
    answer = await api.call("PATCH", path, {"title": "Mended"}, by=OPERATOR)
    assert answer.status_code == 200
    assert answer.json()["organisation"] == made["organisation"]
