from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from shared.settings import Settings
from tests.shared.notes import create_schema


@pytest.fixture
def notes_settings(settings: Settings) -> Settings:
    """A database of this test alone with the schema of the notes service."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(create_schema, settings).result()
    return settings
