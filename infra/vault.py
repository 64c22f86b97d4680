"""Work on the vault from the command line, with the installation's own settings."""

from __future__ import annotations

import asyncio
from typing import Any

from services.profiles.identity.rehashing import rehash_documents
from services.profiles.vault.rewrapping import keys_by_wrapping, rewrap_keys
from shared.database import Database
from shared.settings import Settings


def rewrap_now(settings: Settings) -> dict[str, Any]:
    """How many keys were wrapped and documents hashed anew, and how many keys each
    wrapping key now wraps.

    Raises CannotOpen when a key was wrapped by a secret that is not at hand.
    """
    return asyncio.run(_rewrap(settings))


async def _rewrap(settings: Settings) -> dict[str, Any]:
    database = Database(settings, "profiles")
    try:
        rewrapped = await rewrap_keys(database)
        return {
            "rewrapped": rewrapped,
            "rehashed": await rehash_documents(database),
            "keys": await keys_by_wrapping(database),
        }
    finally:
        await database.dispose()
