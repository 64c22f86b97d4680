"""Every verb in every state: as a pure machine, over HTTP, and in the database."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import product
from uuid import UUID

import asyncpg
import pytest

from services.postings.errors import (
    PostingAlreadyHeld,
    PostingHasEnded,
    PostingNotDraft,
    PostingNotHeld,
    PostingNotOpen,
)
from services.postings.postings import lifecycle
from services.postings.postings.lifecycle import ENDED, STEPS, Status, Verb
from shared.identity import Role
from shared.problems import Conflict
from tests.databases import execute
from tests.postings.builders import a_posting, a_shift
from tests.postings.conftest import AUDITOR, OPERATOR, WORKER, Api, an_employer

DRAFT, HELD, OPEN = Status.DRAFT, Status.HELD, Status.OPEN
FILLED, CLOSED, CANCELLED, EXPIRED = (
    Status.FILLED,
    Status.CLOSED,
    Status.CANCELLED,
    Status.EXPIRED,
)
# one line a verb, one column a state: draft, held, open, and those that have ended
TABLE: dict[Verb, tuple[Status | type[Conflict], ...]] = {
    Verb.PUBLISH: (OPEN, PostingNotDraft, PostingNotDraft, PostingNotDraft),
    Verb.HOLD: (HELD, PostingAlreadyHeld, HELD, PostingHasEnded),
    Verb.RELEASE: (PostingNotHeld, OPEN, PostingNotHeld, PostingNotHeld),
    Verb.FILL: (PostingNotOpen, PostingNotOpen, FILLED, PostingNotOpen),
    Verb.CLOSE: (PostingNotOpen, CLOSED, CLOSED, PostingNotOpen),
    Verb.CANCEL: (CANCELLED, CANCELLED, CANCELLED, PostingHasEnded),
    Verb.EXPIRE: (PostingNotOpen, EXPIRED, EXPIRED, PostingNotOpen),
}
HTTP_VERBS = tuple(verb for verb in Verb if verb is not Verb.EXPIRE)
EVENTS = {
    Verb.PUBLISH: "PostingOpened",
    Verb.HOLD: "PostingHeld",
    Verb.RELEASE: "PostingReleased",
    Verb.FILL: "PostingFilled",
    Verb.CLOSE: "PostingClosed",
    Verb.CANCEL: "PostingCancelled",
    Verb.EXPIRE: "PostingExpired",
}


def expected(status: Status, verb: Verb) -> Status | type[Conflict]:
    column = 3 if status in ENDED else (DRAFT, HELD, OPEN).index(status)
    return TABLE[verb][column]


async def a_posting_that_is(api: Api, status: Status) -> str:
    """The id of a posting brought into a state by the verbs alone."""
    match status:
        case Status.DRAFT:
            return str((await api.created())["id"])
        case Status.HELD:
            return str((await api.created(hold="please look"))["id"])
    posting = str((await api.created(publish=True))["id"])
    verb = {FILLED: "fill", CLOSED: "close", CANCELLED: "cancel"}.get(status)
    if verb:
        assert (await api.step(posting, verb)).status_code == 200
    if status is EXPIRED:
        api.let_the_deadline_pass(posting)
    return posting


@pytest.mark.parametrize(("status", "verb"), list(product(Status, Verb)))
def test_every_verb_in_every_state(status: Status, verb: Verb) -> None:
    outcome = expected(status, verb)
    if isinstance(outcome, Status):
        assert lifecycle.after(verb, status) is outcome
    else:
        with pytest.raises(outcome) as caught:
            lifecycle.after(verb, status)
        assert caught.value.extra == {"posting_status": status.value}


def test_nothing_leads_out_of_an_end() -> None:
    assert not any(step.before & ENDED for step in STEPS.values())


def test_every_state_can_be_reached() -> None:
    assert {step.after for step in STEPS.values()} | {DRAFT} == set(Status)


def test_every_verb_has_an_event_of_its_own() -> None:
    assert {verb: lifecycle.event_of(verb) for verb in Verb} == EVENTS


def test_a_deadline_counts_the_moment_it_passes() -> None:
    deadline = datetime(2026, 12, 1, tzinfo=UTC)
    before = deadline - timedelta(microseconds=1)
    for status in Status:
        waits = status in (OPEN, HELD)
        assert lifecycle.status_at(status, deadline, before) is status
        assert lifecycle.status_at(status, None, deadline) is status
        at = lifecycle.status_at(status, deadline, deadline)
        assert at is (EXPIRED if waits else status)


@pytest.mark.parametrize(("status", "verb"), list(product(Status, HTTP_VERBS)))
async def test_every_verb_in_every_state_over_http(
    api: Api, status: Status, verb: Verb
) -> None:
    posting = await a_posting_that_is(api, status)
    before = await api.row(posting)
    events = await api.events(posting)
    answer = await api.step(posting, verb, by=OPERATOR)
    outcome = expected(status, verb)
    if isinstance(outcome, Status):
        assert answer.status_code == 200, answer.text
        body = answer.json()
        assert body["status"] == outcome
        assert body["version"] == before["version"] + 1
        assert answer.headers["ETag"] == f'"{body["version"]}"'
        keeps = outcome in (HELD, CLOSED, CANCELLED)
        assert body["reason"] == ("because" if keeps else None)
        (event,) = (await api.events(posting))[len(events) :]
        assert event["type"] == EVENTS[verb]
        assert event["entity_version"] == body["version"]
        assert event["data"]["status"] == outcome
    else:
        assert answer.status_code == 409
        assert answer.json()["type"].endswith(":" + outcome.kind)
        assert answer.json()["posting_status"] == status
        assert await api.row(posting) == before
        assert await api.events(posting) == events


@pytest.mark.parametrize("verb", HTTP_VERBS)
async def test_only_those_who_may_use_a_verb_can(api: Api, verb: Verb) -> None:
    operators_only = verb in (Verb.HOLD, Verb.RELEASE)
    start = {Verb.PUBLISH: DRAFT, Verb.RELEASE: HELD}.get(verb, OPEN)
    posting = await a_posting_that_is(api, start)
    for outsider in (WORKER, AUDITOR):
        assert (await api.step(posting, verb, by=outsider)).status_code == 403
    member = await api.step(posting, verb)
    assert member.status_code == (403 if operators_only else 200)
    assert Role.OPERATOR in STEPS[verb].by


async def test_the_deadline_is_no_verb_of_the_api(api: Api) -> None:
    posting = await a_posting_that_is(api, OPEN)
    assert (await api.step(posting, "expire", by=OPERATOR)).status_code == 404


@pytest.mark.parametrize("verb", ["hold", "close", "cancel"])
async def test_holding_closing_and_cancelling_ask_for_a_reason(
    api: Api, verb: str
) -> None:
    posting = await a_posting_that_is(api, OPEN)
    path = f"/postings/{posting}/{verb}"
    for body in ({}, {"reason": ""}, {"reason": "  "}, {"reason": "a\u0000b"}):
        answer = await api.call("POST", path, body, by=OPERATOR)
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["pointer"] == "/reason"
    assert (await api.row(posting))["status"] == "open"


async def test_a_released_posting_keeps_when_it_first_opened(api: Api) -> None:
    made = await api.created(publish=True)
    await api.step(made["id"], "hold", by=OPERATOR)
    held = (await api.call("GET", f"/postings/{made['id']}")).json()
    assert held["reason"] == "because"
    released = (await api.step(made["id"], "release", by=OPERATOR)).json()
    assert released["opened_at"] == made["opened_at"]
    assert released["reason"] is None


async def test_a_held_posting_is_out_of_the_market(api: Api) -> None:
    made = await api.created(publish=True)
    await api.step(made["id"], "hold", by=OPERATOR)
    answer = await api.call("GET", f"/postings/{made['id']}", by=WORKER)
    assert answer.status_code == 404


async def test_publishing_names_everything_a_draft_lacks(api: Api) -> None:
    draft = (await api.call("POST", "/postings", {})).json()
    answer = await api.step(draft["id"], "publish")
    assert answer.status_code == 422
    pointers = {fault["pointer"] for fault in answer.json()["errors"]}
    assert pointers == {"/market", "/kind", "/title", "/place"}
    assert await api.types(draft["id"]) == ["PostingDrafted"]


async def test_releasing_checks_what_publishing_checks(api: Api) -> None:
    held = await api.created(hold="no market", market=None)
    answer = await api.step(held["id"], "release", by=OPERATOR)
    assert answer.status_code == 422
    assert [fault["pointer"] for fault in answer.json()["errors"]] == ["/market"]


async def test_a_remote_posting_needs_no_place_and_no_pay(api: Api) -> None:
    minimal = {"market": "talent", "kind": "contract", "title": "Editor"}
    draft = await api.call("POST", "/postings", minimal | {"remote": True})
    assert (await api.step(draft.json()["id"], "publish")).status_code == 200


async def test_a_draft_whose_first_shift_has_passed_cannot_open(api: Api) -> None:
    draft = await api.created(shifts=[a_shift(-2), a_shift(10)])
    answer = await api.step(draft["id"], "publish")
    assert answer.status_code == 422
    assert [fault["pointer"] for fault in answer.json()["errors"]] == [
        "/shifts/0/start"
    ]


async def test_a_verb_on_an_old_version_is_refused(api: Api) -> None:
    made = await api.created()
    headers = {"If-Match": '"7"'}
    answer = await api.step(made["id"], "publish", headers=headers)
    assert answer.status_code == 412
    assert answer.headers["ETag"] == '"1"'
    headers = {"If-Match": '"1"'}
    answer = await api.step(made["id"], "publish", headers=headers)
    assert answer.status_code == 200


async def test_there_is_nothing_to_do_with_a_posting_that_never_was(api: Api) -> None:
    nothing = str(UUID(int=7))
    for verb in HTTP_VERBS:
        assert (await api.step(nothing, verb, by=OPERATOR)).status_code == 404
    assert (await api.call("GET", "/postings/no-id")).status_code == 422


BROKEN = {
    "an unknown state": "status = 'paused'",
    "held without a reason": "status = 'held', reason = NULL",
    "closed without a reason": "status = 'closed', reason = NULL",
    "cancelled without a reason": "status = 'cancelled', reason = NULL",
    "open with a reason": "reason = 'why'",
    "open without an opening": "opened_at = NULL",
    "filled without an opening": "status = 'filled', opened_at = NULL",
    "a draft that was open": "status = 'draft'",
    "open without a market": "market = NULL",
    "open without a kind": "kind = NULL",
    "open without a title": "title = NULL",
    "open nowhere": "place = NULL",
    "an unknown market": "market = 'stock'",
    "no headcount": "headcount = 0",
    "half a source": "source_system = 'x'",
}


@pytest.mark.parametrize("change", BROKEN.values(), ids=BROKEN)
async def test_the_database_refuses(api: Api, change: str) -> None:
    made = await api.created(publish=True)
    with pytest.raises(asyncpg.CheckViolationError):
        execute(
            api.settings.database_url,
            f"UPDATE postings.posting SET {change} WHERE id = '{made['id']}'",
        )


async def test_two_callers_cannot_both_take_the_last_step(api: Api) -> None:
    made = await api.created(publish=True)
    verbs = ("fill", "close", "cancel", "fill", "close", "cancel")
    answers = await asyncio.gather(*(api.step(made["id"], verb) for verb in verbs))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 5
    assert (await api.row(made["id"]))["version"] == 2
    assert len(await api.events(made["id"])) == 2


async def test_another_organisation_may_not_use_a_verb(api: Api) -> None:
    held = await a_posting_that_is(api, HELD)
    assert (await api.step(held, "cancel", by=an_employer())).status_code == 404
    assert a_posting()["title"] == (await api.row(held))["title"]
