"""Servers for the short forms, which stop and start them as they like."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from services.matching.engine.warm import warm_up
from tests.faults.ground import Ground, open_ground


@pytest.fixture(scope="session")
def ground() -> Iterator[Ground]:
    warm_up()  # compiled here once, and loaded by every process
    with open_ground() as opened:
        yield opened
