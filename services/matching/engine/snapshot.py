"""A whole index as one file: what a process starts from instead of reading it all anew.

The arrays as they lie in memory, each from a multiple of 64 bytes on, in pieces with a
checksum (CRC-32); behind them a JSON trailer that says what is where, and the caller's
header. A file is of use only to the same engine's sources on the same kind of machine,
and only whole: whatever else is passed over.

Nothing may be written to the index while it is saved; readers go on.
"""

from __future__ import annotations

import json
import os
import secrets
import struct
import sys
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from services.matching.engine.buckets import (
    FREED,
    USED_BUCKETS,
    USED_LEAVES,
    Buckets,
    Room,
    aligned,
)
from services.matching.engine.index import Index
from services.matching.engine.keeping import FREE, ROWS, STEP, Shelf
from services.matching.engine.layout import Table
from services.matching.engine.names import Names
from services.matching.engine.native import sources_stamp
from services.matching.engine.side import Side
from services.matching.engine.space import Space
from services.matching.engine.taxonomy import RelatedSkills
from services.matching.engine.zones import Zones

FORMAT = 1
MAGIC = b"RollcallIndex%03d" % FORMAT
ALIGNED = 64
PIECE = 1 << 22  # bytes; still in the cache when it is written after its checksum
END = struct.Struct("<QI")  # the trailer's place and checksum
LEFT_BEHIND = 600.0  # seconds after which nobody writes to a draft any more

Header = Mapping[str, Any]


class Unusable(Exception):
    """A file that no index can be made from, and why."""


class Kept(NamedTuple):
    """The first `used` of an array; what is beyond them is zero."""

    array: NDArray[Any]
    used: int


def save(index: Index, header: Header, path: Path) -> None:
    """Replace the file by this state of the index, or leave it as it is.

    `header` is JSON. Raises OSError.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    _forget_drafts(path)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb", buffering=0) as file:
            _write(index, header, file)
            os.fsync(descriptor)
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def load(
    path: Path, related: RelatedSkills, wanted: Callable[[Header], bool]
) -> tuple[Index, Header]:
    """The index and the header that were saved.

    `wanted` decides by the header, before anything else is read. Raises Unusable and
    OSError.
    """
    with path.open("rb", buffering=0) as file:
        trailer = _trailer(file)
        if trailer["made_by"] != _maker():
            raise Unusable("made by another engine")
        if not wanted(trailer["header"]):
            raise Unusable("not what is wanted")
        names = Names(
            {name: _read_names(known) for name, known in trailer["names"].items()}
        )
        index = Index(related, names, Zones(trailer["zones"], trailer["years"]))
        for of, side in _sides(index).items():
            places = trailer["arrays"][of]
            arrays = {
                name: _read_array(file, f"{of}' {name}", kept, places[name])
                for name, kept in _kept(side).items()
            }
            _restore(side, arrays)
    return index, trailer["header"]


@cache
def _maker() -> str:
    """What alone can read these arrays: the engine's sources, and the byte order."""
    return f"{sources_stamp(Path(__file__).parent)} {sys.byteorder}"


def _sides(index: Index) -> dict[str, Side]:
    return {"workers": index.workers, "postings": index.postings}


def _kept(side: Side) -> dict[str, Kept]:
    shelf, buckets, room = side.shelf, side.buckets, side.room
    places = int(room.space.ends[0])
    return {
        "rows": Kept(shelf.table.rows, int(shelf.counts[ROWS])),
        "words": Kept(shelf.table.words, STEP * int(shelf.space.ends[0])),
        "slots": _all(shelf.slots),
        "run_heads": _all(shelf.space.heads),
        "run_ends": _all(shelf.space.ends),
        "run_marks": _marks(shelf.space),
        "free_rows": Kept(shelf.free_rows, int(shelf.counts[FREE])),
        "counts": _all(shelf.counts),
        "entries": Kept(buckets.entries, places),
        "signs": Kept(buckets.signs, places),
        "heads": Kept(buckets.heads, int(room.used[USED_BUCKETS])),
        "pages": _all(buckets.pages),
        "leaves": Kept(buckets.leaves, int(room.used[USED_LEAVES])),
        "entry_heads": _all(room.space.heads),
        "entry_ends": _all(room.space.ends),
        "entry_marks": _marks(room.space),
        "used": _all(room.used),
        "free_buckets": Kept(room.free_buckets, int(room.used[FREED])),
    }


def _marks(space: Space) -> Kept:
    return Kept(space.marks, int(space.ends[0]) // 64 + 1)


def _all(array: NDArray[Any]) -> Kept:
    return Kept(array, len(array))


def _restore(side: Side, arrays: Mapping[str, NDArray[Any]]) -> None:
    entries = arrays["entries"]
    shelf = Shelf(
        Table(arrays["rows"], arrays["words"]),
        arrays["slots"],
        Space(arrays["run_heads"], arrays["run_ends"], arrays["run_marks"]),
        arrays["free_rows"],
        arrays["counts"],
    )
    buckets = Buckets(
        entries, arrays["signs"], arrays["heads"], arrays["pages"], arrays["leaves"]
    )
    room = Room(
        entries.reshape(-1),
        Space(arrays["entry_heads"], arrays["entry_ends"], arrays["entry_marks"]),
        arrays["used"],
        arrays["free_buckets"],
    )
    side.hold(shelf, buckets, room)


def _write(index: Index, header: Header, file: BinaryIO) -> None:
    file.write(MAGIC.ljust(ALIGNED, b"\0"))
    at = ALIGNED
    arrays: dict[str, dict[str, Any]] = {}
    for of, side in _sides(index).items():
        places = arrays[of] = {}
        for name, kept in _kept(side).items():
            places[name] = _write_array(file, at, kept)
            at = file.tell()
    trailer = json.dumps(
        {
            "made_by": _maker(),
            "header": header,
            "names": {
                name: _written_names(known) for name, known in index.names.all().items()
            },
            "zones": index.zones.names(),
            "years": index.zones.years(),
            "arrays": arrays,
        }
    ).encode()
    _write_all(file, memoryview(trailer))
    file.write(END.pack(at, zlib.crc32(trailer)))


def _write_array(file: BinaryIO, at: int, kept: Kept) -> dict[str, Any]:
    """What the trailer says of it; the file goes on at a multiple of ALIGNED."""
    sums = []
    for piece in _pieces(_bytes(kept.array, kept.used)):
        sums.append(zlib.crc32(piece))
        _write_all(file, piece)
    file.write(bytes(-file.tell() % ALIGNED))
    return {"shape": kept.array.shape, "used": kept.used, "at": at, "sums": sums}


def _trailer(file: BinaryIO) -> dict[str, Any]:
    if file.read(len(MAGIC)) != MAGIC:
        raise Unusable("no index of this format")
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - END.size))
    end = file.read(END.size)
    if len(end) < END.size:
        raise Unusable("cut off")
    at, sum = END.unpack(end)
    if not ALIGNED <= at <= size - END.size:
        raise Unusable("cut off")
    file.seek(at)
    text = bytearray(size - END.size - at)
    _read_all(file, memoryview(text))
    if zlib.crc32(text) != sum:
        raise Unusable("damaged")
    trailer: dict[str, Any] = json.loads(text)
    return trailer


def _read_array(
    file: BinaryIO, name: str, like: Kept, place: Mapping[str, Any]
) -> NDArray[Any]:
    array = aligned(tuple(place["shape"]), like.array.dtype)
    used = place["used"]
    file.seek(place["at"])
    pieces = _pieces(_bytes(array, used))
    for piece, sum in zip(pieces, place["sums"], strict=True):
        _read_all(file, piece)
        if zlib.crc32(piece) != sum:
            raise Unusable(f"{name} are damaged")
    return array


def _bytes(array: NDArray[Any], used: int) -> memoryview:
    return memoryview(array[:used].reshape(-1).view(np.uint8).data)


def _pieces(content: memoryview) -> Iterator[memoryview]:
    for at in range(0, len(content), PIECE):
        yield content[at : at + PIECE]


def _write_all(file: BinaryIO, content: memoryview) -> None:
    while content:
        content = content[file.write(content) :]


def _read_all(file: BinaryIO, into: memoryview) -> None:
    while into:
        count = file.readinto(into)  # type: ignore[attr-defined]
        if not count:
            raise Unusable("cut off")
        into = into[count:]


def _written_names(names: list[Any]) -> list[Any]:
    """Organisations have ids, which JSON has not; everything else has words."""
    return [{"id": name.hex} if isinstance(name, UUID) else name for name in names]


def _read_names(names: list[Any]) -> list[Any]:
    return [UUID(name["id"]) if isinstance(name, dict) else name for name in names]


def _forget_drafts(path: Path) -> None:
    """What a process that was killed while it saved has left."""
    for draft in path.parent.glob(f"{path.name}.*"):
        with suppress(FileNotFoundError):  # another process may do the same
            if time.time() - draft.stat().st_mtime > LEFT_BEHIND:
                draft.unlink()


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
