"""What a worker process takes on, of its service's work."""

from __future__ import annotations

import re
from dataclasses import dataclass

from shared.variables import Variables

LANES = ("interactive", "refresh", "bulk")
LANES_RULE = f"must list lanes: {', '.join(LANES)}"
AREA = re.compile(r"remote|[0-9]{1,6}|-?[0-9]+(\.[0-9]+)?:-?[0-9]+(\.[0-9]+)?")
AREAS_RULE = "must list areas: numbers, remote, or LATITUDE:LONGITUDE"
PROBES_RULE = "must be HOST:PORT"
MOST_AT_ONCE = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Working:
    """`lanes` of the queue, and `areas` as words (none: everywhere), up to
    `concurrency` runs at a time; `probes` is where it says how it is, if anywhere."""

    lanes: tuple[str, ...] = LANES
    concurrency: int = 4
    areas: tuple[str, ...] = ()
    probes: tuple[str, int] | None = None

    @classmethod
    def from_variables(cls, read: Variables) -> Working:
        lanes = read.words("WORKER_LANES", _lane, LANES_RULE)
        return cls(
            lanes=tuple(dict.fromkeys(lanes)) or LANES,
            concurrency=read.number("WORKER_CONCURRENCY", 4, 1, MOST_AT_ONCE),
            areas=read.words("WORKER_AREAS", _area, AREAS_RULE),
            probes=read.parsed("WORKER_PROBES", None, address, PROBES_RULE),
        )

    def environment(self) -> dict[str, str]:
        """The variables that say the same."""
        probes = self.probes
        return {
            "ROLLCALL_WORKER_LANES": " ".join(self.lanes),
            "ROLLCALL_WORKER_CONCURRENCY": str(self.concurrency),
            "ROLLCALL_WORKER_AREAS": " ".join(self.areas),
            "ROLLCALL_WORKER_PROBES": f"{probes[0]}:{probes[1]}" if probes else "",
        }


def address(words: str) -> tuple[str, int]:
    """`0.0.0.0:8081` or `[::]:8081`; raises ValueError."""
    host, separator, port = words.rpartition(":")
    if not separator or not host or not 0 <= int(port) < 65536:
        raise ValueError(words)
    return host, int(port)


def _lane(word: str) -> str:
    return LANES[LANES.index(word.lower())]


def _area(word: str) -> str:
    if not AREA.fullmatch(word.lower()):
        raise ValueError(word)
    return word.lower()
