"""A worker's name and contact: hidden until they apply or are accepted."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from shared.identity import Caller, Role, Scope
from shared.values import new_id
from tests.profiles.conftest import Api
from tests.profiles.privacy.conftest import Candidacies

EMPLOYER = Caller(new_id(), Role.EMPLOYER, new_id())
RIVAL = Caller(new_id(), Role.EMPLOYER, new_id())


async def contact(api: Api, caller: Caller, worker: UUID) -> Any:
    async with api.as_caller(caller) as http:
        answer = await http.get(f"/v1/workers/{worker}/contact")
    return answer.json() if answer.status_code == 200 else answer.status_code


def standing(rows: list[dict[str, Any]]) -> bool:
    return any(row["until"] is None for row in rows)


def ended(rows: list[dict[str, Any]]) -> bool:
    return any(row["until"] is not None for row in rows)


async def test_without_a_candidacy_nobody_is_told_who_a_worker_is(
    api: Api, registered: Caller
) -> None:
    assert await contact(api, EMPLOYER, registered.subject) == 404
    assert await contact(api, EMPLOYER, new_id()) == 404
    assert await contact(api, registered, registered.subject) == 403


async def test_an_application_tells_that_organisation_and_no_other(
    api: Api, registered: Caller, candidacies: Candidacies
) -> None:
    worker = registered.subject
    await candidacies.tell("ApplicationMade", worker, EMPLOYER.tenant)
    await candidacies.heard(standing)
    told = await contact(api, EMPLOYER, worker)
    assert told == {
        "worker": str(worker),
        "display_name": "Amara Okafor",
        "email": "amara@example.org",
        "phone": "+44 20 7946 0000",
    }
    assert await contact(api, RIVAL, worker) == 404


async def test_whoever_reads_a_contact_is_in_the_audit_log(
    api: Api, registered: Caller, candidacies: Candidacies
) -> None:
    worker = registered.subject
    await candidacies.tell("ApplicationMade", worker, EMPLOYER.tenant)
    await candidacies.heard(standing)
    await contact(api, EMPLOYER, worker)
    await contact(api, RIVAL, worker)
    entries = await api.rows("audit_entry")
    read = [entry for entry in entries if entry["action"] == "worker.contact"]
    assert [entry["actor"] for entry in read] == [EMPLOYER.subject]
    assert read[0]["subject_id"] == worker


async def test_a_viewer_of_the_organisation_may_not_read_contacts(
    api: Api, registered: Caller, candidacies: Candidacies
) -> None:
    worker = registered.subject
    await candidacies.tell("ApplicationMade", worker, EMPLOYER.tenant)
    await candidacies.heard(standing)
    scopes = frozenset({Scope.WORKERS_READ, Scope.MATCHES_READ})
    viewer = Caller(new_id(), Role.EMPLOYER, EMPLOYER.tenant, scopes)
    assert await contact(api, viewer, worker) == 403


@pytest.mark.parametrize("end", ["Withdrawn", "Declined", "Ended"])
async def test_an_application_that_is_over_discloses_no_longer(
    api: Api, registered: Caller, candidacies: Candidacies, end: str
) -> None:
    worker = registered.subject
    made = await candidacies.tell("ApplicationMade", worker, EMPLOYER.tenant)
    await candidacies.tell(
        f"Application{end}", worker, EMPLOYER.tenant, id=made, version=2
    )
    await candidacies.heard(ended)
    assert await contact(api, EMPLOYER, worker) == 404


async def test_the_rule_may_grant_some_days_after_the_end(
    api: Api, registered: Caller, candidacies: Candidacies
) -> None:
    worker = registered.subject
    async with api.database.as_system() as session:
        grant = "UPDATE profiles.retention_rule SET keep_days = 7"
        await session.execute(text(f"{grant} WHERE what = 'contact-after-end'"))
    made = await candidacies.tell("ApplicationMade", worker, EMPLOYER.tenant)
    await candidacies.heard(standing)
    await candidacies.tell(
        "ApplicationWithdrawn", worker, EMPLOYER.tenant, id=made, version=2
    )
    [row] = await candidacies.heard(ended)
    assert 6.9 < (row["until"] - row["since"]).total_seconds() / 86_400 < 7.1
    assert isinstance(await contact(api, EMPLOYER, worker), dict)


async def test_a_submittal_discloses_from_its_acceptance_on(
    api: Api, registered: Caller, candidacies: Candidacies
) -> None:
    worker = registered.subject
    made = await candidacies.tell("SubmittalMade", worker, EMPLOYER.tenant)
    await candidacies.heard(ended)
    assert await contact(api, EMPLOYER, worker) == 404
    await candidacies.tell(
        "SubmittalAccepted", worker, EMPLOYER.tenant, id=made, version=2
    )
    await candidacies.heard(standing)
    assert isinstance(await contact(api, EMPLOYER, worker), dict)


async def test_an_older_event_that_comes_later_discloses_nothing(
    api: Api, registered: Caller, candidacies: Candidacies
) -> None:
    worker, made = registered.subject, new_id()
    await candidacies.tell(
        "ApplicationWithdrawn", worker, EMPLOYER.tenant, id=made, version=2
    )
    await candidacies.tell("ApplicationMade", worker, EMPLOYER.tenant, id=made)
    await candidacies.tell("ApplicationMade", worker, RIVAL.tenant)
    await candidacies.heard(standing)
    assert await contact(api, EMPLOYER, worker) == 404


async def test_an_application_of_somebody_erased_is_not_written_down(
    api: Api, registered: Caller, candidacies: Candidacies
) -> None:
    worker, other = registered.subject, Caller(new_id(), Role.WORKER)
    async with api.as_caller(registered) as http:
        await http.delete(f"/v1/workers/{worker}")
    async with api.as_caller(other) as http:
        body = {"display_name": "Ola", "markets": ["labor"], "kinds": ["full_time"]}
        await http.post("/v1/workers", json=body | {"zone": "Europe/London"})
    await candidacies.tell("ApplicationMade", worker, EMPLOYER.tenant)
    await candidacies.tell("ApplicationMade", other.subject, EMPLOYER.tenant)
    [row] = await candidacies.heard(standing)
    assert row["worker"] == other.subject
    assert await contact(api, EMPLOYER, worker) == 404
