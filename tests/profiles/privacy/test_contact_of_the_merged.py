"""Whoever was told who a worker is, is told of the one that they turned out to be."""

from __future__ import annotations

from shared.identity import Caller, Role
from shared.values import new_id
from tests.profiles.builders import a_worker
from tests.profiles.conftest import Api
from tests.profiles.privacy.conftest import Candidacies
from tests.profiles.privacy.test_contact import EMPLOYER, contact, standing


async def test_an_application_that_goes_on_as_anothers_discloses_that_other(
    api: Api, registered: Caller, candidacies: Candidacies
) -> None:
    stays = Caller(new_id(), Role.WORKER)
    async with api.as_caller(stays) as http:
        body = a_worker(display_name="Amara O.")
        assert (await http.post("/v1/workers", json=body)).status_code == 201
    made = await candidacies.tell(
        "ApplicationMade", registered.subject, EMPLOYER.tenant
    )
    await candidacies.heard(standing)
    async with api.as_operator() as http:
        path = f"/v1/workers/{registered.subject}/merge"
        merged = await http.post(path, json={"into": str(stays.subject)})
        assert merged.status_code == 200, merged.text
    assert await api.rows("disclosure") == []
    await candidacies.tell(
        "ApplicationMade", stays.subject, EMPLOYER.tenant, id=made, version=2
    )
    await candidacies.heard(standing)
    told = await contact(api, EMPLOYER, stays.subject)
    assert told["display_name"] == "Amara O."
    assert await contact(api, EMPLOYER, registered.subject) == 404
