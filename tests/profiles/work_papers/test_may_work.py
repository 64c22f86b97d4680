"""May this worker work this shift? Yes or no, to whoever has to do with them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from services.profiles.work_papers.ages import birthday
from shared.identity import Actor, Caller, Role, Scope
from shared.values import new_id
from tests.profiles.conftest import Api
from tests.profiles.work_papers.conftest import (
    ask,
    born,
    papers,
    record,
    shift_on,
    today,
)

OPERATOR = Caller(new_id(), Role.OPERATOR)
TOMORROW = 1
YES = {"may_work": True, "reasons": []}


def no(*reasons: tuple[str, Any]) -> dict[str, Any]:
    told = [{"rule": rule, "limit": limit} for rule, limit in reasons]
    return {"may_work": False, "reasons": told}


def in_days(days: int) -> date:
    return today() + timedelta(days=days)


async def test_an_adult_with_a_right_to_work_may(
    api: Api, registered: Caller, employer: Caller
) -> None:
    await record(api, registered, registered.subject, papers(born(30)))
    shift = shift_on(in_days(TOMORROW))
    for caller in (registered, employer, OPERATOR):
        answer = await ask(api, caller, registered.subject, shift)
        assert (answer.status_code, answer.json()) == (200, YES)


async def test_what_is_not_recorded_is_not_a_yes(
    api: Api, registered: Caller, employer: Caller
) -> None:
    shift = shift_on(in_days(TOMORROW))
    answer = await ask(api, employer, registered.subject, shift)
    unknown = (("age_is_known", None), ("right_to_work_is_known", None))
    assert answer.json() == no(*unknown)
    own = await ask(api, registered, registered.subject, shift)
    assert own.json() == no(("age_is_known", 16), ("right_to_work_is_known", None))


async def test_the_worker_is_told_the_limit_and_others_the_rule_alone(
    api: Api, registered: Caller, employer: Caller
) -> None:
    last = in_days(10)
    body = papers(born(14), basis="permit", expires_on=last.isoformat())
    await record(api, registered, registered.subject, body)
    shift = shift_on(in_days(11))
    own = (await ask(api, registered, registered.subject, shift)).json()
    assert own == no(("old_enough", 16), ("right_to_work_lasts", last.isoformat()))
    acting = Caller(registered.subject, Role.WORKER, actor=Actor(new_id(), Role.CLERK))
    for caller in (employer, OPERATOR, acting):
        told = (await ask(api, caller, registered.subject, shift)).json()
        assert told == no(("old_enough", None), ("right_to_work_lasts", None))


async def test_a_shift_into_the_day_after_the_right_ends_is_too_long(
    api: Api, registered: Caller, employer: Caller
) -> None:
    last = in_days(10)
    body = papers(born(30), basis="permit", expires_on=last.isoformat())
    await record(api, registered, registered.subject, body)
    # in Auckland the evening of that day is over when it begins in London
    for zone, may in (("Europe/London", True), ("Pacific/Auckland", False)):
        shift = shift_on(last, zone=zone, start=f"{last}T13:00Z", end=f"{last}T20:00Z")
        answer = await ask(api, employer, registered.subject, shift)
        assert answer.json()["may_work"] is may, zone


async def test_an_organisation_without_a_candidacy_does_not_find_the_worker(
    api: Api, registered: Caller, employer: Caller
) -> None:
    await record(api, registered, registered.subject, papers(born(30)))
    shift = shift_on(in_days(TOMORROW))
    for role in (Role.EMPLOYER, Role.AGENCY):
        stranger = Caller(new_id(), role, new_id())
        answer = await ask(api, stranger, registered.subject, shift)
        assert answer.status_code == 404
    other = Caller(new_id(), Role.WORKER)
    assert (await ask(api, other, registered.subject, shift)).status_code == 404
    assert (await ask(api, employer, new_id(), shift)).status_code == 404
    assert (await ask(api, OPERATOR, new_id(), shift)).status_code == 404


async def test_a_member_who_only_looks_on_may_not_ask(
    api: Api, registered: Caller, employer: Caller
) -> None:
    scopes = frozenset({Scope.WORKERS_READ, Scope.HIRING_READ})
    viewer = Caller(new_id(), Role.EMPLOYER, employer.tenant, scopes)
    shift = shift_on(in_days(TOMORROW))
    answer = await ask(api, viewer, registered.subject, shift)
    assert answer.status_code == 403


async def test_every_question_of_another_is_written_down_and_no_answer_is(
    api: Api, registered: Caller, employer: Caller
) -> None:
    await record(api, registered, registered.subject, papers(born(30)))
    day = in_days(TOMORROW)
    for caller in (registered, employer, OPERATOR):
        await ask(api, caller, registered.subject, shift_on(day))
    stranger = Caller(new_id(), Role.EMPLOYER, new_id())
    await ask(api, stranger, registered.subject, shift_on(day))
    entries = await api.rows("audit_entry")
    asked = [entry for entry in entries if entry["action"] == "worker.may_work"]
    actors = [entry["actor"] for entry in asked]
    assert actors == [employer.subject, OPERATOR.subject]
    days = {"first_day": day.isoformat(), "last_day": day.isoformat()}
    for entry in asked:
        assert entry["subject_id"] == registered.subject
        assert entry["detail"] == days | {"country": "GB"}


async def test_nothing_is_told_of_the_past_or_the_far_future(
    api: Api, registered: Caller, employer: Caller
) -> None:
    for shift, fault in (
        (shift_on(in_days(-2)), ("/start", "past")),
        (shift_on(in_days(368)), ("/start", "too_far_ahead")),
        (
            shift_on(in_days(1)) | {"end": f"{in_days(1)}T09:00:00Z"},
            ("/end", "empty_interval"),
        ),
        (
            shift_on(in_days(1)) | {"end": f"{in_days(40)}T09:00:00Z"},
            ("/end", "too_long"),
        ),
    ):
        answer = await ask(api, employer, registered.subject, shift)
        assert answer.status_code == 422
        [told] = answer.json()["errors"]
        assert (told["pointer"], told["rule"]) == fault
    both = shift_on(in_days(-2)) | {"zone": "Nowhere"}
    answer = await ask(api, employer, registered.subject, both)
    found = {told["rule"] for told in answer.json()["errors"]}
    assert found == {"past", "zone"}


@pytest.mark.parametrize("turns", [3, 17, 40])
async def test_an_employer_who_asks_for_every_day_finds_no_birthday(
    api: Api, registered: Caller, employer: Caller, turns: int
) -> None:
    """Somebody grows old enough in `turns` days: the worker sees the day, the employer
    the first of the month that follows (or the birthday, if it is a first)."""
    grown = in_days(turns)
    await record(api, registered, registered.subject, papers(birthday(grown, -16)))
    flips = {}
    for name, caller in (("worker", registered), ("employer", employer)):
        told = []
        for n in range(80):
            answer = await ask(api, caller, registered.subject, shift_on(in_days(n)))
            told.append((in_days(n), answer.json()["may_work"]))
        flips[name] = next(day for day, may in told if may)
    assert flips["worker"] == grown
    first = grown if grown.day == 1 else (grown.replace(day=1) + timedelta(32))
    assert flips["employer"] == first.replace(day=1)


async def test_after_the_erasure_nobody_is_answered(
    api: Api, registered: Caller, employer: Caller
) -> None:
    await record(api, registered, registered.subject, papers(born(30)))
    async with api.as_caller(registered) as http:
        await http.delete(f"/v1/workers/{registered.subject}")
    shift = shift_on(in_days(TOMORROW))
    for caller in (employer, OPERATOR, registered):
        answer = await ask(api, caller, registered.subject, shift)
        assert answer.status_code == 404
