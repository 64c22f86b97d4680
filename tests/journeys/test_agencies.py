"""From a client's mandate to a submittal, and to the worker's last word."""

from __future__ import annotations

import time
from typing import Any

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


def an_organisation(kind: str) -> dict[str, Any]:
    return {"kind": kind, "name": "North", "country": "GB", "zone": "Europe/London"}


def test_an_agency_submits_a_worker_until_the_worker_says_no(box: Box) -> None:
    employer, agency = an_employer(), Caller(new_id(), Role.AGENCY, new_id())
    worker_id, _ = register(box, a_profile())
    with (
        client_of(box, employer) as client,
        client_of(box, agency) as bureau,
        client_of(box, a_worker(worker_id)) as worker,
    ):
        for http, kind in ((client, "employer"), (bureau, "agency")):
            http.post("/v1/organisations", json=an_organisation(kind))
        posting, _ = publish(client, a_posting())
        to_agency = {"agency": str(agency.tenant)}
        mandates = f"/v1/organisations/{employer.tenant}/mandates"
        granted = client.post(mandates, json=to_agency | {"purposes": ["hiring"]})
        assert granted.status_code == 201, granted.text
        rights = f"/v1/workers/{worker_id}/representations"
        right = worker.post(rights, json=to_agency)
        assert right.status_code == 201, right.text

        body = {"posting": str(posting), "worker": str(worker_id)}
        deadline = time.monotonic() + PATIENCE
        while True:
            made = bureau.post("/v1/submittals", json=body)
            if made.status_code != 403 or time.monotonic() > deadline:
                break
            time.sleep(0.05)
        assert made.status_code == 201, made.text

        path = f"/v1/submittals/{made.json()['id']}"
        assert client.get(path).json() == made.json()
        given = right.headers["Location"]
        assert worker.post(f"{given}/end").status_code == 200
        while client.get(path).json()["status"] == "made":
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert client.get(path).json()["reason"] == "not_represented"
        # nobody stands in the worker's way any more
        assert worker.post(
            "/v1/applications", json={"posting": str(posting)}
        ).is_success
