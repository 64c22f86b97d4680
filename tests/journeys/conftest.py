"""The whole system, running for the tests of a module on a database of their own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from infra.onebox import Box, running
from shared.settings import Settings


@pytest.fixture(scope="module")
def box(module_settings: Settings) -> Iterator[Box]:
    with running(environment_of(module_settings)) as running_box:
        yield running_box


def environment_of(settings: Settings) -> dict[str, str]:
    """What a box is told so that it runs on the servers of the tests."""
    return {
        "ROLLCALL_DATABASE_URL": settings.database_url,
        "ROLLCALL_REDIS_URL": settings.redis_url,
        "ROLLCALL_DATA_DIR": str(settings.data_dir),
        "ROLLCALL_TOKEN_KEY_FILE": str(settings.token_key_file),
        "ROLLCALL_UNDERSTAND_AHEAD": "off",
        "ROLLCALL_PROFILES_URL": "",
        "ROLLCALL_POSTINGS_URL": "",
        "ROLLCALL_MATCHING_URL": "",
    }
