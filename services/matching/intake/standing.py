"""What a request asks of the index: to be loaded, and to have seen what its caller did.

A command answers with a Feed-Position header; a read that sends it back sees what it
changed.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Header

from services.matching.errors import IndexBehind, IndexLoading
from services.matching.intake.positions import (
    HEADER_PATTERN,
    Positions,
    as_json,
    parse_header,
)
from services.matching.intake.replica import Replica
from shared.fields import shown
from shared.outbox import POSITION_HEADER

PATIENCE_SECONDS = 2.0
RETRY_SOON = {"Retry-After": "1"}


async def _needed(
    values: Annotated[
        list[Annotated[str, shown(pattern=HEADER_PATTERN)]] | None,
        Header(
            alias=POSITION_HEADER,
            description="What a command answered: `profiles=<xid>.<id>`.",
        ),
    ] = None,
) -> Positions:
    return parse_header(values or [])


Needed = Annotated[Positions, Depends(_needed)]


async def caught_up(replica: Replica, needed: Positions) -> None:
    """Wait for the index; raises IndexLoading and IndexBehind."""
    if not replica.loaded.is_set():
        raise IndexLoading(headers=RETRY_SOON)
    if not await replica.reached(needed, PATIENCE_SECONDS):
        positions = as_json(replica.positions)
        raise IndexBehind(headers=RETRY_SOON, positions=positions)
