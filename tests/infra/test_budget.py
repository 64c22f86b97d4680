"""The connection budget: whatever the pools are, they fit."""

from dataclasses import replace

from infra.budget import connections_needed
from shared.database import Database
from tests.infra.conftest import UNSTARTED


def test_the_budget_holds_every_pool_of_every_process() -> None:
    settings = replace(UNSTARTED, pool_size=7)
    database = Database(settings, "profiles")
    a_process = database.app.pool.size() + database.system.pool.size()  # type: ignore[attr-defined]
    processes = 3 * 2
    assert a_process == 14
    assert connections_needed(settings) >= processes * a_process + 3


def test_a_bigger_pool_raises_the_budget_by_its_copies() -> None:
    one = connections_needed(replace(UNSTARTED, pool_size=1))
    two = connections_needed(replace(UNSTARTED, pool_size=2))
    assert two - one == 3 * 2 * 2
