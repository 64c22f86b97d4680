"""Anchors: what each seal held, written where the database cannot reach.

One JSON line a seal, appended and fsynced. A line carries the first eight bytes of
every running hash of its batch beside the whole last one: whoever rewrites rows and
links alike, each consistent with the other, is caught at the very row. The file is only
ever appended to, so it may lie on storage that allows nothing else.
"""

from __future__ import annotations

import base64
import fcntl
import os
import struct
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import orjson

PREFIX = 8
LONGEST_LINE = 1 << 20


@dataclass(frozen=True, slots=True)
class Anchor:
    """Seal `number`: the entries at positions `first`…`last`, in order.

    `hashes` are the first eight bytes of each running hash; `digest` is the last one,
    whole. `accepted` marks where a person said that the log goes on from this seal,
    whatever the lines above tell; such a line has neither entries nor hashes.
    """

    service: str
    number: int
    first: int
    last: int
    digest: bytes
    entries: tuple[int, ...]
    hashes: tuple[bytes, ...]
    sealed_at: str
    accepted: bool = False

    def line(self) -> bytes:
        entries = struct.pack(f">{len(self.entries)}q", *self.entries)
        document = {
            "service": self.service,
            "number": self.number,
            "first": self.first,
            "last": self.last,
            "count": len(self.entries),
            "digest": self.digest.hex(),
            "entries": base64.b64encode(entries).decode(),
            "hashes": base64.b64encode(b"".join(self.hashes)).decode(),
            "sealed_at": self.sealed_at,
        }
        if self.accepted:
            document["accepted"] = True
        return orjson.dumps(document) + b"\n"

    @classmethod
    def parse(cls, line: bytes) -> Anchor:
        """Raises ValueError unless `line` is a whole anchor."""
        try:
            document = orjson.loads(line)
            count = document["count"]
            hashes = base64.b64decode(document["hashes"], validate=True)
            entries = base64.b64decode(document["entries"], validate=True)
            anchor = cls(
                service=document["service"],
                number=document["number"],
                first=document["first"],
                last=document["last"],
                digest=bytes.fromhex(document["digest"]),
                entries=struct.unpack(f">{count}q", entries),
                hashes=tuple(
                    hashes[at : at + PREFIX] for at in range(0, len(hashes), PREFIX)
                ),
                sealed_at=document["sealed_at"],
                accepted=document.get("accepted", False),
            )
        except (KeyError, TypeError, AttributeError, struct.error) as error:
            raise ValueError(f"is no anchor: {error!r}") from None
        if not anchor.last - anchor.first + 1 == count == len(anchor.hashes):
            raise ValueError("is no whole anchor")
        return anchor


@dataclass(slots=True)
class Anchored:
    """What an anchor file says.

    `faults` are the numbers of lines that cannot be read or contradict an earlier one;
    a torn line whose seal was written again below is none.
    """

    by_number: dict[int, Anchor] = field(default_factory=dict)
    accepted: Anchor | None = None
    faults: list[int] = field(default_factory=list)
    _sorted: list[Anchor] = field(default_factory=list)

    def holding(self, position: int) -> Anchor | None:
        """The anchor of the seal that holds a position of the chain."""
        ordered = self._ordered()
        place = bisect_right(ordered, position, key=lambda each: each.first) - 1
        if place < 0 or ordered[place].last < position:
            return None
        return ordered[place]

    def _ordered(self) -> list[Anchor]:
        if len(self._sorted) != len(self.by_number):
            self._sorted = sorted(self.by_number.values(), key=lambda each: each.first)
        return self._sorted

    @property
    def last(self) -> Anchor | None:
        newest = max(self.by_number, default=0)
        if self.accepted is not None and self.accepted.number >= newest:
            return self.accepted
        return self.by_number.get(newest)


class AnchorFile:
    """The anchors of one service: `<directory>/<service>.jsonl`."""

    def __init__(self, directory: Path, service: str) -> None:
        self.path = directory / f"{service}.jsonl"
        self._lock = directory / f"{service}.lock"

    @contextmanager
    def held(self) -> Iterator[bool]:
        """Whether this process alone may append now; another one may be about to."""
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(self._lock, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
            else:
                yield True
        finally:
            os.close(descriptor)

    def append(self, anchor: Anchor) -> None:
        """Write one line for good; a line that a crash tore is ended first."""
        fresh = not self.path.exists()
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND
        descriptor = os.open(self.path, flags, 0o600)
        with os.fdopen(descriptor, "ab", buffering=0) as file:
            size = os.fstat(descriptor).st_size
            torn = size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
            line = (b"\n" if torn else b"") + anchor.line()
            while line:
                line = line[file.write(line) :]
            os.fsync(descriptor)
        if fresh:
            _sync_directory(self.path.parent)

    def last(self) -> Anchor | None:
        """The newest whole line; None where there is none."""
        try:
            with self.path.open("rb") as file:
                size = file.seek(0, os.SEEK_END)
                file.seek(max(0, size - LONGEST_LINE))
                lines = file.read().splitlines()
        except FileNotFoundError:
            return None
        for line in reversed(lines):
            try:
                return Anchor.parse(line)
            except ValueError:
                continue
        return None

    def read(self) -> Anchored | None:
        """All of it; None where there is no file."""
        try:
            with self.path.open("rb") as file:
                return read_lines(file.read().splitlines())
        except FileNotFoundError:
            return None


def read_lines(lines: Sequence[bytes]) -> Anchored:
    """The anchors in the lines of a file, each following the one before."""
    found = Anchored()
    torn: int | None = None
    for number, line in enumerate(lines, start=1):
        try:
            anchor = Anchor.parse(line)
        except ValueError:
            if torn is not None:
                found.faults.append(torn)
            torn = number
            continue
        before = found.last
        if anchor.accepted:
            for gone in [n for n in found.by_number if n > anchor.number]:
                del found.by_number[gone]
            found.accepted = anchor
        elif anchor != found.by_number.setdefault(anchor.number, anchor):
            found.faults.append(number)
        elif torn is not None and anchor.number != (before.number if before else 0) + 1:
            found.faults.append(torn)
        torn = None
    # a torn last line is of a seal that the next start anchors again
    return found


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
