"""The whole system, running for the tests of a module on a database of their own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from infra.onebox import Box, running
from shared.settings import Settings


@pytest.fixture(scope="module")
def box(module_settings: Settings) -> Iterator[Box]:
    with running(
        {
            "ROLLCALL_DATABASE_URL": module_settings.database_url,
            "ROLLCALL_REDIS_URL": module_settings.redis_url,
            "ROLLCALL_DATA_DIR": str(module_settings.data_dir),
            "ROLLCALL_TOKEN_KEY_FILE": str(module_settings.token_key_file),
            "ROLLCALL_PROFILES_URL": "",
            "ROLLCALL_POSTINGS_URL": "",
            "ROLLCALL_MATCHING_URL": "",
        }
    ) as running_box:
        yield running_box
