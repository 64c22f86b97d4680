"""The whole system, running for the tests of the walls."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from infra.onebox import Box
from tests.journeys.conftest import box
from tests.walls.world import World

__all__ = ["box"]


@pytest.fixture(scope="module")
def world(box: Box) -> Iterator[World]:
    with World(box) as one:
        yield one
