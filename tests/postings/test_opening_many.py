"""Opening many postings in one transaction."""

from __future__ import annotations

from typing import Any

import pytest

from services.postings.postings.commands import open_postings
from shared.problems import InvalidRequest
from shared.values import new_id
from tests.postings.builders import a_posting, a_weekly_posting, some_pay
from tests.postings.conftest import Api


async def test_every_row_opens_with_one_event_of_its_state(lone_api: Api) -> None:
    api = lone_api
    rows = [(new_id(), a_posting(title=f"Job {n}")) for n in range(5)]
    rows += [(new_id(), a_weekly_posting(title="Weekly"))]
    async with api.database.as_system() as session:
        ids = await open_postings(session, rows)
    events = {
        event["entity_id"]: event
        for event in await api.fetch("SELECT * FROM postings.outbox")
    }
    assert set(events) == {str(item) for item in ids}
    for posting_id, (organisation, body) in zip(ids, rows, strict=True):
        event = events[str(posting_id)]
        assert (event["type"], event["entity_version"]) == ("PostingOpened", 1)
        assert event["data"]["organisation"] == str(organisation)
        assert event["data"]["title"] == body["title"]
        answer = await api.call("GET", f"/postings/{posting_id}")
        assert answer.json()["shifts"] == event["data"]["shifts"]


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"pay": some_pay(maximum=1)}, "/1/pay/maximum"),
        ({"market": None}, "/1/market"),
        ({"occupation": "unicorn-tamer"}, "/1/occupation"),
        ({"headcount": 0}, "/1/headcount"),
    ],
)
async def test_a_faulty_row_is_named_and_none_opens(
    lone_api: Api, changes: dict[str, Any], pointer: str
) -> None:
    rows = [(new_id(), a_posting()), (new_id(), a_posting(**changes))]
    with pytest.raises(InvalidRequest) as caught:
        async with lone_api.database.as_system() as session:
            await open_postings(session, rows)
    assert [fault.pointer for fault in caught.value.faults] == [pointer]
    assert await lone_api.fetch("SELECT id FROM postings.posting") == []


async def test_no_rows_are_no_work(lone_api: Api) -> None:
    async with lone_api.database.as_system() as session:
        assert await open_postings(session, []) == []
