"""Mandates, rights, applications and merges, as they go from service to service."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
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


@dataclass
class Market:
    """A client, an agency with its mandate, and an operator; `worker` registers one
    that the agency represents."""

    box: Box
    stack: ExitStack
    client: httpx.Client
    bureau: httpx.Client
    operator: httpx.Client
    agency: UUID
    mandate: str

    def worker(self) -> tuple[UUID, httpx.Client, str]:
        """(id, their client, path of the right to represent)."""
        id, _ = register(self.box, a_profile())
        worker = self.stack.enter_context(client_of(self.box, a_worker(id)))
        right = {"agency": str(self.agency)}
        given = worker.post(f"/v1/workers/{id}/representations", json=right)
        assert given.status_code == 201, given.text
        return id, worker, given.headers["Location"]

    def submitted(self, worker: UUID, posting: UUID) -> str:
        """The submittal's path; postings hears of right and mandate by the feed."""
        body = {"posting": str(posting), "worker": str(worker)}
        deadline = time.monotonic() + PATIENCE
        while True:
            made = self.bureau.post("/v1/submittals", json=body)
            if made.status_code != 403 or time.monotonic() > deadline:
                assert made.status_code == 201, made.text
                return f"/v1/submittals/{made.json()['id']}"
            time.sleep(0.05)


@pytest.fixture
def market(box: Box) -> Iterator[Market]:
    employer, agency = an_employer(), Caller(new_id(), Role.AGENCY, new_id())
    operator = Caller(new_id(), Role.OPERATOR)
    with ExitStack() as stack:
        client, bureau, desk = [
            stack.enter_context(client_of(box, who))
            for who in (employer, agency, operator)
        ]
        for http, kind in ((client, "employer"), (bureau, "agency")):
            body = {"kind": kind, "name": "North", "country": "GB"}
            http.post("/v1/organisations", json=body | {"zone": "Europe/London"})
        assert agency.tenant is not None
        grant = {"agency": str(agency.tenant), "purposes": ["hiring"]}
        path = f"/v1/organisations/{employer.tenant}/mandates"
        granted = client.post(path, json=grant)
        assert granted.status_code == 201, granted.text
        mandate = granted.headers["Location"]
        yield Market(box, stack, client, bureau, desk, agency.tenant, mandate)


def until(reached: Callable[[], object]) -> Any:
    deadline = time.monotonic() + PATIENCE
    while not (found := reached()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return found


def ended(http: httpx.Client, path: str) -> Callable[[], object]:
    """The reason, once the candidacy has ended."""

    def reached() -> object:
        seen = http.get(path).json()
        return seen["status"] == "ended" and seen["reason"]

    return reached


def test_an_agency_submits_a_worker_until_the_worker_says_no(market: Market) -> None:
    id, worker, right = market.worker()
    posting, _ = publish(market.client, a_posting())
    path = market.submitted(id, posting)
    assert market.client.get(path).json()["agency"] == str(market.agency)
    assert worker.post(f"{right}/end").status_code == 200
    assert until(ended(market.client, path)) == "not_represented"
    # nobody stands in the worker's way any more
    assert worker.post("/v1/applications", json={"posting": str(posting)}).is_success


def test_a_client_ends_the_mandate_and_what_waits_there(market: Market) -> None:
    (waits, _, _), (accepted, _, _) = market.worker(), market.worker()
    posting, _ = publish(market.client, a_posting())
    paths = [market.submitted(id, posting) for id in (waits, accepted)]
    assert market.client.post(f"{paths[1]}/accept").is_success
    assert market.client.post(f"{market.mandate}/end").status_code == 200
    assert until(ended(market.client, paths[0])) == "mandate_ended"
    assert market.client.get(paths[1]).json()["status"] == "accepted"


def test_a_closed_posting_ends_who_waits_for_it(market: Market) -> None:
    id, worker, _ = market.worker()
    posting, _ = publish(market.client, a_posting())
    made = worker.post("/v1/applications", json={"posting": str(posting)}).json()
    body = {"reason": "we have found somebody"}
    assert market.client.post(f"/v1/postings/{posting}/close", json=body).is_success
    path = f"/v1/applications/{made['id']}"
    assert until(ended(worker, path)) == "posting_closed"
    assert id == UUID(made["worker"])


def test_a_contact_is_read_from_the_acceptance_on_and_after_a_merge(
    market: Market,
) -> None:
    goes, _, _ = market.worker()
    stays, _, _ = market.worker()
    posting, _ = publish(market.client, a_posting())
    path = market.submitted(goes, posting)
    contact = f"/v1/workers/{goes}/contact"
    assert market.client.get(contact).status_code == 404
    assert market.client.post(f"{path}/accept").is_success
    until(lambda: market.client.get(contact).is_success)

    body = {"into": str(stays)}
    merged = market.operator.post(f"/v1/workers/{goes}/merge", json=body)
    assert merged.status_code == 200, merged.text
    until(lambda: market.client.get(path).json()["worker"] == str(stays))
    assert market.client.get(path).json()["status"] == "accepted"
    until(lambda: market.client.get(f"/v1/workers/{stays}/contact").is_success)
    assert market.client.get(contact).status_code == 404

    # and the one who is no more is erased everywhere, as anybody who leaves
    erasure = f"/v1/workers/{goes}/erasure"
    state = until(lambda: _completed(market.operator.get(erasure).json()))
    assert state["reason"] == "merged"


def _completed(state: dict[str, Any]) -> dict[str, Any] | None:
    return state if state["completed_at"] else None
