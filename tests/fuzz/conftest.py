"""The whole system with nobody's limits in the way, and things in it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from infra.onebox import running
from shared.settings import Settings
from tests.walls.world import World


@pytest.fixture(scope="module")
def world(module_settings: Settings) -> Iterator[World]:
    overrides = {
        "ROLLCALL_DATABASE_URL": module_settings.database_url,
        "ROLLCALL_REDIS_URL": module_settings.redis_url,
        "ROLLCALL_DATA_DIR": str(module_settings.data_dir),
        "ROLLCALL_TOKEN_KEY_FILE": str(module_settings.token_key_file),
        "ROLLCALL_UNDERSTAND_AHEAD": "off",
        "ROLLCALL_PROFILES_URL": "",
        "ROLLCALL_POSTINGS_URL": "",
        "ROLLCALL_MATCHING_URL": "",
        "ROLLCALL_RATE_LIMITS": "off",
    }
    with running(overrides) as box, World(box) as one:
        yield one
