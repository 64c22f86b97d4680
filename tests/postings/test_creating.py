"""Creating postings and reading them."""

from __future__ import annotations

from typing import Any

from shared.identity import Caller, Role
from shared.values import new_id
from tests.postings.builders import a_posting, a_shift, a_weekly_posting, some_pay
from tests.postings.conftest import AUDITOR, OPERATOR, WORKER, Api, an_employer

STATE = {
    "id", "version", "organisation", "status", "market", "kind", "title",
    "occupation", "required_skills", "preferred_skills", "certificates", "languages",
    "pay", "place", "remote", "radius_km", "lodging", "pick_up_points", "zone",
    "shifts", "weekly", "starts_on", "headcount", "commitment", "opened_at",
    "expires_at",
}  # fmt: skip


async def test_a_posting_reads_back_as_it_was_written(api: Api) -> None:
    body = a_posting()
    made = await api.created()
    read = (await api.call("GET", f"/postings/{made['id']}")).json()
    assert read == made
    shifts = [
        {key: shift[key] for key in ("start", "end", "headcount")}
        for shift in read["shifts"]
    ]
    assert read | {"shifts": shifts} == read | body
    assert read["status"] == "draft"
    assert read["version"] == 1
    assert read["organisation"] == str(api.employer.tenant)
    assert len({shift["id"] for shift in read["shifts"]}) == 2


async def test_a_weekly_posting_reads_back_as_it_was_written(api: Api) -> None:
    body = a_weekly_posting(starts_on="2035-02-01")
    answer = await api.call("POST", "/postings", body)
    read = (
        await api.call("GET", answer.headers["Location"].removeprefix("/v1"))
    ).json()
    assert read["weekly"] == body["weekly"]
    assert read["starts_on"] == "2035-02-01"
    assert read["shifts"] == []


async def test_a_draft_may_lack_everything(api: Api) -> None:
    answer = await api.call("POST", "/postings", {})
    assert answer.status_code == 201
    assert answer.json()["status"] == "draft"
    assert answer.json()["title"] is None


async def test_a_new_posting_tells_its_etag_location_and_feed_position(
    api: Api,
) -> None:
    answer = await api.call("POST", "/postings", a_posting())
    assert answer.headers["ETag"] == '"1"'
    assert answer.headers["Location"] == f"/v1/postings/{answer.json()['id']}"
    assert answer.headers["Feed-Position"].startswith("postings=")


async def test_publish_opens_at_once_with_one_event(api: Api) -> None:
    made = await api.created(publish=True)
    assert made["status"] == "open"
    assert made["opened_at"] is not None
    assert await api.types(made["id"]) == ["PostingOpened"]


async def test_hold_keeps_the_reason_and_wins_over_publish(api: Api) -> None:
    made = await api.created(publish=True, hold="occupation not recognised")
    assert (made["status"], made["reason"]) == ("held", "occupation not recognised")
    assert made["opened_at"] is None
    assert await api.types(made["id"]) == ["PostingHeld"]


async def test_the_event_carries_the_whole_state_and_no_description(api: Api) -> None:
    made = await api.created(publish=True)
    (event,) = await api.events(made["id"])
    data: dict[str, Any] = event["data"]
    assert set(data) == STATE
    assert data == {key: made[key] for key in STATE}
    assert event["entity_version"] == 1


async def test_the_maximum_of_pay_is_the_minimum_unless_given(api: Api) -> None:
    pay = some_pay()
    del pay["maximum"]
    assert (await api.created(pay=pay))["pay"]["maximum"] == 1600


async def test_shifts_are_kept_in_the_order_of_time(api: Api) -> None:
    made = await api.created(shifts=[a_shift(12), a_shift(10), a_shift(11)])
    starts = [shift["start"] for shift in made["shifts"]]
    assert starts == sorted(starts)


async def test_overlapping_shifts_are_different_slots(api: Api) -> None:
    made = await api.created(shifts=[a_shift(10, hours=8), a_shift(10, hours=6)])
    assert len(made["shifts"]) == 2


async def test_an_operator_names_the_organisation(api: Api) -> None:
    organisation = str(new_id())
    made = await api.created(by=OPERATOR, organisation=organisation)
    assert made["organisation"] == organisation
    answer = await api.call("POST", "/postings", a_posting(), by=OPERATOR)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/organisation"


async def test_an_agency_creates_postings_too(api: Api) -> None:
    agency = Caller(new_id(), Role.AGENCY, tenant=new_id())
    made = await api.created(by=agency, publish=True)
    assert made["organisation"] == str(agency.tenant)


async def test_nobody_creates_for_another_organisation(api: Api) -> None:
    body = a_posting(organisation=str(new_id()))
    answer = await api.call("POST", "/postings", body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/organisation"


async def test_workers_and_auditors_create_nothing(api: Api) -> None:
    for caller in (WORKER, AUDITOR):
        answer = await api.call("POST", "/postings", a_posting(), by=caller)
        assert answer.status_code == 403


async def test_a_draft_does_not_exist_for_others(api: Api) -> None:
    made = await api.created()
    for caller in (an_employer(), WORKER):
        answer = await api.call("GET", f"/postings/{made['id']}", by=caller)
        assert answer.status_code == 404
        assert answer.json()["type"].endswith(":posting-not-found")
    other = an_employer()
    assert (await api.step(made["id"], "publish", by=other)).status_code == 404
    answer = await api.call("PATCH", f"/postings/{made['id']}", {}, by=other)
    assert answer.status_code == 404


async def test_an_open_posting_is_everybodys_to_read_without_the_private_part(
    api: Api,
) -> None:
    made = await api.created(publish=True)
    private = {"reason", "source", "created_at", "updated_at"}
    for caller in (an_employer(), WORKER):
        read = (await api.call("GET", f"/postings/{made['id']}", by=caller)).json()
        assert set(made) - set(read) == private
        assert read == {key: made[key] for key in read}
    seen = (await api.call("GET", f"/postings/{made['id']}", by=OPERATOR)).json()
    assert seen == made


async def test_an_open_posting_of_another_organisation_cannot_be_changed(
    api: Api,
) -> None:
    made = await api.created(publish=True)
    other = an_employer()
    for answer in (
        await api.step(made["id"], "close", by=other),
        await api.call("PATCH", f"/postings/{made['id']}", {"title": "x"}, by=other),
    ):
        assert answer.status_code == 403
        assert answer.json()["type"].endswith(":posting-of-another")
    assert (await api.row(made["id"]))["version"] == 1
