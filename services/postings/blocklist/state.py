"""An organisation's blocklist as the feed publishes it: whole, and by ids alone.

Who blocked whom and when is the organisation's own and not told.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

CHANGED = "BlocklistChanged"


def published(
    organisation: UUID, version: int, workers: Sequence[UUID]
) -> dict[str, Any]:
    """The `data` of the event; a list is the organisation's one, and has its id."""
    return {
        "id": str(organisation),
        "version": version,
        "workers": [str(worker) for worker in workers],
    }
