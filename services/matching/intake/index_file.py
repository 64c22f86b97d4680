"""The file that a replica starts from: its index as it stood, and where that was.

It is only a shortcut: deleting it costs a start that reads the whole read model. It is
passed over, and deleted, unless it continues this very change log with the same
taxonomy, engine and reading of documents.

Whoever was erased must not survive in it. What an index frees is scrubbed, so a file
written after a removal holds nothing of them, and after a removal one is written soon.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import structlog

from services.matching.engine.index import Index
from services.matching.engine.native import sources_stamp
from services.matching.engine.pipeline import ENGINE_VERSION
from services.matching.engine.snapshot import Header, Unusable, load, save
from services.matching.intake.positions import Positions, as_json
from services.matching.intake.taxonomy import Taxonomy
from shared.outbox import Position

log = structlog.get_logger(__name__)

SAVE_SECONDS = 600.0
ERASED_SECONDS = 60.0


@dataclass(slots=True)
class Standing:
    """An index, and the place in the change log that it has reached.

    `mark` is the id of the entity that changed at `seq`: the same number in another
    database is another change.
    """

    index: Index
    seq: int
    mark: str
    positions: Positions


class IndexFile:
    def __init__(self, path: Path, taxonomy: Taxonomy) -> None:
        self._path = path
        self._taxonomy = taxonomy
        self._due: float | None = None

    @property
    def due(self) -> bool:
        return self._due is not None and time.monotonic() >= self._due

    @property
    def behind(self) -> bool:
        """Whether the index has moved since the file was written."""
        return self._due is not None

    def moved(self, *, within: float = SAVE_SECONDS) -> None:
        """The index is not as the file has it: write it within so many seconds."""
        due = time.monotonic() + within
        self._due = due if self._due is None else min(self._due, due)

    def read(self, epoch: str) -> Standing | None:
        """What was saved under this epoch, if it can be used here."""
        expected = self._maker(epoch)

        def wanted(header: Header) -> bool:
            return all(header.get(name) == value for name, value in expected.items())

        try:
            index, header = load(self._path, self._taxonomy.related, wanted)
        except FileNotFoundError:
            return None
        except (Unusable, OSError) as reason:
            log.warning("index file passed over", reason=str(reason))
            self.forget()
            return None
        positions = {
            feed: Position.parse(at) for feed, at in header["positions"].items()
        }
        return Standing(index, header["seq"], header["mark"], positions)

    def write(self, stood: Standing, epoch: str) -> None:
        """Nothing may be written to the index meanwhile. A file that cannot be written
        is tried again later."""
        self._due = None
        started = time.perf_counter()
        header = {
            "seq": stood.seq,
            "mark": stood.mark,
            "positions": as_json(stood.positions),
            **self._maker(epoch),
        }
        try:
            save(stood.index, header, self._path)
        except OSError as error:
            log.warning("index file not written", error=repr(error))
            # an older one may hold somebody who has been erased since
            self.forget()
            self.moved()
            return
        seconds = round(time.perf_counter() - started, 3)
        log.info("index file written", seq=stood.seq, seconds=seconds)

    def forget(self) -> None:
        try:
            self._path.unlink(missing_ok=True)
        except OSError as error:
            log.warning("index file not deleted", error=repr(error))

    def _maker(self, epoch: str) -> dict[str, str]:
        return {
            "epoch": epoch,
            "taxonomy": self._taxonomy.version,
            "engine": ENGINE_VERSION,
            "read_by": sources_stamp(Path(__file__).parent),
        }
