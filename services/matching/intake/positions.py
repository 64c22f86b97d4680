"""How far the two feeds that matching follows have been read: profiles and postings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from shared.outbox import POSITION_HEADER, Position
from shared.problems import Fault, InvalidRequest

FEEDS = ("profiles", "postings")

Positions = Mapping[str, Position]
"""Feed → position; a feed that is not there has no known position."""

_ONE = r"[a-z]+=[0-9]{1,19}\.[0-9]{1,19}"
HEADER_PATTERN = rf"^{_ONE}( *, *{_ONE})*$"

NOWHERE: Positions = MappingProxyType({})


def of_cursors(cursors: Mapping[str, str | None]) -> Positions:
    """The positions of feed cursors, `<epoch>.<xid>.<id>`; null while rebuilding."""
    return {
        feed: Position.parse(cursor.partition(".")[2])
        for feed, cursor in cursors.items()
        if cursor is not None and feed in FEEDS
    }


def have_reached(positions: Positions, needed: Positions) -> bool:
    return all(
        feed in positions and positions[feed] >= position
        for feed, position in needed.items()
    )


def as_json(positions: Positions) -> dict[str, str]:
    return {feed: str(positions[feed]) for feed in sorted(positions)}


def parse_header(values: Sequence[str]) -> Positions:
    """What Feed-Position headers ask for: `profiles=12.3, postings=14.5`.

    Positions of feeds that no ranking depends on are passed over, so that a client may
    send back whatever it was given; of two for one feed the later counts. Raises
    InvalidRequest.
    """
    needed: dict[str, Position] = {}
    for part in ",".join(values).split(","):
        if not part.strip():
            continue
        feed, _, text = part.strip().partition("=")
        try:
            position = Position.parse(text)
        except ValueError:
            message = 'must be "<feed>=<xid>.<id>", comma-separated'
            fault = Fault(POSITION_HEADER, "feed_position", message, "header")
            raise InvalidRequest(faults=[fault]) from None
        if feed in FEEDS:
            needed[feed] = max(position, needed.get(feed, position))
    return needed
