"""The API as a whole: what it owns, publishes and documents."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.matching import app
from services.matching.app import PREFIXES
from services.matching.skills.taxonomy import load_taxonomy
from shared.identity import SERVICE_SUBJECTS, Caller, Role
from tests.matching.market import Market, until
from tests.matching.matches.conftest import EMPLOYER, Api, open_api

PROFILES = Caller(SERVICE_SUBJECTS["profiles"], Role.SERVICE)


async def test_every_path_lies_under_a_prefix_that_matching_owns(api: Api) -> None:
    paths = api.app.openapi()["paths"]
    assert paths
    for path in paths:
        assert path.startswith((*PREFIXES, "/v1/feeds/matching", "/v1/audit/matching"))


async def test_every_operation_has_an_id_a_summary_and_its_errors(api: Api) -> None:
    operations = [
        operation
        for path, methods in api.app.openapi()["paths"].items()
        if path.startswith(("/v1/matches", "/v1/runs", "/v1/queues"))
        for operation in methods.values()
    ]
    assert len(operations) == 31
    assert len({operation["operationId"] for operation in operations}) == 31
    for operation in operations:
        assert operation["summary"]
        assert {"401", "403", "422"} <= operation["responses"].keys()


async def test_the_taxonomy_is_published_at_the_start(api: Api) -> None:
    async def published() -> bool:
        path, limit = "/v1/feeds/matching/snapshot", {"limit": 1000}
        answer = await api.get(path, PROFILES, params=limit)
        return len(answer.json()["events"]) == 1000

    await until(published)
    assert len(list(load_taxonomy().concepts())) > 1000
    answer = await api.get("/v1/feeds/matching/snapshot", EMPLOYER)
    assert answer.status_code == 403


@pytest.mark.parametrize("ahead", [True, False])
async def test_what_understands_texts_is_built_at_the_start_where_it_is_to_be(
    market: Market, monkeypatch: pytest.MonkeyPatch, ahead: bool
) -> None:
    built: list[bool] = []
    monkeypatch.setattr(app, "warm_understanding", lambda ended: built.append(ended()))
    async with open_api(replace(market.settings, understand_ahead=ahead)) as api:
        await api.replica.loaded.wait()
        if ahead:
            await until_built(built)
    assert built == ([False] if ahead else [])


async def until_built(built: list[bool]) -> None:
    async def some() -> bool:
        return bool(built)

    await until(some)
