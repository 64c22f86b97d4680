"""What somebody is up for, by whom and against whom: exported whole, erased whole."""

from __future__ import annotations

import time
from typing import Any
from uuid import UUID

import pytest

from infra.onebox import Box
from shared.identity import Caller, Role
from shared.values import new_id
from tests.journeys.people import (
    PATIENCE,
    a_posting,
    a_profile,
    a_worker,
    an_employer,
    client_of,
    publish,
    register,
)
from tests.privacy.test_canaries import everything_kept, unpacked

NUMBER = "925 076 473-canary"


@pytest.fixture(scope="module")
def candidate(box: Box) -> tuple[UUID, dict[str, Any]]:
    """Somebody with a document, an agency and an application, and their export."""
    employer, agency = an_employer(), Caller(new_id(), Role.AGENCY, new_id())
    unwanted = an_employer()
    worker, _ = register(box, a_profile(blocked_organisations=[str(unwanted.tenant)]))
    with client_of(box, employer) as client:
        posting, _ = publish(client, a_posting())
    for member in (unwanted, agency):
        body = {"kind": member.role.value, "name": "North", "country": "GB"}
        with client_of(box, member) as client:
            zone = {"zone": "Europe/London"}
            assert client.post("/v1/organisations", json=body | zone).is_success
    with client_of(box, unwanted) as client:
        body = {"worker": str(worker)}
        blocked = client.post("/v1/applications/blocked-workers", json=body)
        assert blocked.status_code == 201, blocked.text
    with client_of(box, a_worker(worker)) as client:
        path = f"/v1/workers/{worker}"
        right = {"agency": str(agency.tenant)}
        assert client.post(f"{path}/representations", json=right).is_success
        paper = {"kind": "passport", "country": "GB", "number": NUMBER}
        assert client.post(f"{path}/identity-documents", json=paper).is_success
        applied = client.post("/v1/applications", json={"posting": str(posting)})
        assert applied.status_code == 201, applied.text
        deadline = time.monotonic() + PATIENCE
        while True:  # until postings has heard of the profile and the right
            export = unpacked(client.get(f"{path}/export").content)
            heard = ("postings/candidate.json", "postings/representation.json")
            if all(export[name] for name in heard):
                return worker, export
            assert time.monotonic() < deadline
            time.sleep(0.1)


def test_the_export_has_all_of_it(candidate: tuple[UUID, dict[str, Any]]) -> None:
    _, export = candidate
    [paper] = export["profiles/identity_document.json"]
    assert paper["sealed"] == {"number": NUMBER}
    [candidacy] = export["postings/candidacy.json"]
    assert candidacy["status"] == "made"
    for name in ("profiles/representation", "postings/blocked_worker"):
        assert len(export[f"{name}.json"]) == 1, name
    [held] = export["postings/candidate.json"]
    assert len(held["blocked_organisations"]) == 1


def test_the_erasure_leaves_nothing_of_it(
    box: Box, candidate: tuple[UUID, dict[str, Any]]
) -> None:
    worker, _ = candidate
    with client_of(box, a_worker(worker)) as client:
        path = f"/v1/workers/{worker}/erasure"
        asked = client.post(path, json={"reason": "asked"})
        assert asked.status_code == 202, asked.text
        deadline = time.monotonic() + PATIENCE
        while not (state := client.get(path).json())["completed_at"]:
            assert time.monotonic() < deadline, state
            time.sleep(0.05)
    done = {each["service"]: each["counts"] for each in state["services"]}
    gone = ("candidacy", "representation", "candidate", "blocked_worker")
    assert {name: done["postings"][name] for name in gone} == dict.fromkeys(gone, 1)
    assert done["profiles"]["representation"] == 1
    assert NUMBER.encode() not in everything_kept(box)
