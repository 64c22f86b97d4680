"""Importing: idempotent by source, row by row, with all faults."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

from shared.values import new_id
from tests.postings.builders import a_posting, a_row, a_shift, some_pay
from tests.postings.conftest import OPERATOR, WORKER, Api, an_employer


async def send(api: Api, *rows: Any, **options: Any) -> dict[str, Any]:
    answer = await api.call("POST", "/postings/batch", {"postings": rows}, **options)
    assert answer.status_code == 200, answer.text
    result: dict[str, Any] = answer.json()
    counted = Counter(row["result"] for row in result["results"])
    names = ("created", "updated", "unchanged", "rejected")
    assert {name: result[name] for name in names} == {
        name: counted[name] for name in names
    }
    return result


def results(answer: dict[str, Any]) -> list[str]:
    return [row["result"] for row in answer["results"]]


async def test_the_same_rows_again_change_nothing(api: Api) -> None:
    rows = [a_row(number) for number in range(5)]
    first = await send(api, *rows)
    assert results(first) == ["created"] * 5
    assert [row["index"] for row in first["results"]] == list(range(5))
    assert {row["status"] for row in first["results"]} == {"open"}
    events = await api.events()
    assert [event["type"] for event in events] == ["PostingOpened"] * 5
    again = await send(api, *rows)
    assert results(again) == ["unchanged"] * 5
    ids = [[row["id"] for row in answer["results"]] for answer in (first, again)]
    assert ids[0] == ids[1]
    assert await api.events() == events


async def test_the_source_is_kept_and_shown_to_its_organisation(api: Api) -> None:
    answer = await send(api, a_row(1))
    made = (await api.call("GET", f"/postings/{answer['results'][0]['id']}")).json()
    assert made["source"] == {"system": "city-jobs", "id": "1"}
    assert "source" not in (await api.events(made["id"]))[0]["data"]


async def test_a_row_that_changed_updates_its_posting(api: Api) -> None:
    first = (await send(api, a_row(1)))["results"][0]
    before = (await api.call("GET", f"/postings/{first['id']}")).json()
    answer = await send(
        api, a_row(1, title="Driver", shifts=[a_shift(10), a_shift(12)])
    )
    assert results(answer) == ["updated"]
    assert answer["results"][0]["version"] == 2
    after = (await api.call("GET", f"/postings/{first['id']}")).json()
    assert after["title"] == "Driver"
    assert after["shifts"][0] == before["shifts"][0]
    assert await api.types(first["id"]) == ["PostingOpened", "PostingEdited"]


async def test_a_row_that_says_the_same_in_other_words_changes_nothing(
    api: Api,
) -> None:
    row = a_row(1)
    first = (await send(api, row))["results"][0]
    same = row | {"radius_km": 30.0, "shifts": row["shifts"][::-1]}
    assert results(await send(api, same)) == ["unchanged"]
    assert await api.types(first["id"]) == ["PostingOpened"]


async def test_what_the_organisation_edited_meanwhile_stays(api: Api) -> None:
    first = (await send(api, a_row(1)))["results"][0]
    path = f"/postings/{first['id']}"
    await api.call("PATCH", path, {"title": "Edited here"})
    assert results(await send(api, a_row(1))) == ["unchanged"]
    assert (await api.row(first["id"]))["title"] == "Edited here"


async def test_valid_rows_land_and_the_others_are_rejected_with_all_faults(
    api: Api,
) -> None:
    bad = a_row(
        2,
        pay=some_pay(minimum=-5, currency="XQZ"),
        occupation="unicorn-tamer",
        shifts=[a_shift(hours=-1)],
    )
    answer = await send(api, a_row(1), bad, a_row(3), 7, {"title": "no source"})
    assert results(answer) == ["created", "rejected", "created"] + ["rejected"] * 2
    pointers = {fault["pointer"] for fault in answer["results"][1]["errors"]}
    assert pointers == {
        "/postings/1/pay/minimum",
        "/postings/1/pay/currency",
        "/postings/1/occupation",
        "/postings/1/shifts/0/end",
    }
    assert answer["results"][1]["source"] == {"system": "city-jobs", "id": "2"}
    assert answer["results"][3]["errors"][0]["pointer"] == "/postings/3"
    pointers = {fault["pointer"] for fault in answer["results"][4]["errors"]}
    assert pointers == {"/postings/4/source"}
    assert len(await api.events()) == 2


async def test_a_source_twice_in_a_batch_lands_once(api: Api) -> None:
    answer = await send(api, a_row(1), a_row(1, title="Again"))
    assert results(answer) == ["created", "rejected"]
    assert answer["results"][1]["errors"][0]["rule"] == "duplicate_source"


async def test_a_row_without_publish_stays_a_draft_until_it_says_so(api: Api) -> None:
    first = (await send(api, a_row(1, publish=False)))["results"][0]
    assert first["status"] == "draft"
    answer = await send(api, a_row(1, publish=True))
    assert answer["results"][0]["status"] == "open"
    assert await api.types(first["id"]) == ["PostingDrafted", "PostingOpened"]


async def test_a_row_may_ask_to_be_held(api: Api) -> None:
    row = a_row(1, occupation=None, hold="occupation not recognised: Unicorn Tamer")
    first = (await send(api, row))["results"][0]
    assert first["status"] == "held"
    kept = await api.row(first["id"])
    assert kept["reason"] == "occupation not recognised: Unicorn Tamer"
    assert await api.types(first["id"]) == ["PostingHeld"]
    # recognised the next time, it still waits for the operator who looks at it
    answer = await send(api, a_row(1))
    assert (results(answer), answer["results"][0]["status"]) == (["updated"], "held")
    assert (await api.row(first["id"]))["occupation"] == "forklift-driver"


async def test_a_held_row_need_not_be_complete(api: Api) -> None:
    answer = await send(api, a_row(1, market=None, hold="no market"))
    assert answer["results"][0]["status"] == "held"


async def test_a_row_of_a_posting_that_has_ended_is_rejected_unless_the_same(
    api: Api,
) -> None:
    first = (await send(api, a_row(1)))["results"][0]
    await api.step(first["id"], "close")
    assert results(await send(api, a_row(1))) == ["unchanged"]
    answer = await send(api, a_row(1, title="Back again"))
    (fault,) = answer["results"][0]["errors"]
    assert fault["rule"] == "posting_has_ended"
    assert (await api.row(first["id"]))["status"] == "closed"


async def test_an_open_posting_does_not_become_another_job(api: Api) -> None:
    await send(api, a_row(1))
    answer = await send(api, a_row(1, occupation="cook", market="labor"))
    rules = [fault["rule"] for fault in answer["results"][0]["errors"]]
    assert rules == ["fixed_once_open", "fixed_once_open"]


async def test_sources_of_other_organisations_are_others(api: Api) -> None:
    first = (await send(api, a_row(1)))["results"][0]
    other = an_employer()
    answer = await send(api, a_row(1, title="Theirs"), by=other)
    assert results(answer) == ["created"]
    assert answer["results"][0]["id"] != first["id"]


async def test_an_operator_imports_for_an_organisation_it_names(api: Api) -> None:
    organisation = str(new_id())
    body = {"postings": [a_row(1)], "organisation": organisation}
    answer = await api.call("POST", "/postings/batch", body, by=OPERATOR)
    made = answer.json()["results"][0]
    assert str((await api.row(made["id"]))["organisation"]) == organisation
    del body["organisation"]
    answer = await api.call("POST", "/postings/batch", body, by=OPERATOR)
    assert answer.status_code == 422
    answer = await api.call("POST", "/postings/batch", body, by=WORKER)
    assert answer.status_code == 403


async def test_the_same_batch_sent_twice_at_once_lands_once(api: Api) -> None:
    rows = [a_row(number) for number in range(20)]
    answers = await asyncio.gather(*(send(api, *rows) for _ in range(4)))
    total = Counter(name for answer in answers for name in results(answer))
    assert total == {"created": 20, "unchanged": 60}
    assert len(await api.events()) == 20


async def test_a_batch_has_one_to_five_hundred_rows(api: Api) -> None:
    for size in (0, 501):
        nothing: list[dict[str, Any]] = [{}] * size
        answer = await api.call("POST", "/postings/batch", {"postings": nothing})
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["pointer"] == "/postings"
    rows = [a_row(number) for number in range(500)]
    assert (await send(api, *rows))["created"] == 500


async def test_numbers_no_integer_can_hold_are_only_rejected(api: Api) -> None:
    row = a_row(1, headcount=10**30, pay=some_pay(maximum=10**400))
    assert results(await send(api, row, a_row(2))) == ["rejected", "created"]


async def test_a_single_posting_takes_no_source(api: Api) -> None:
    body = a_posting(source={"system": "x", "id": "1"})
    answer = await api.call("POST", "/postings", body)
    assert answer.json()["errors"][0]["pointer"] == "/source"
