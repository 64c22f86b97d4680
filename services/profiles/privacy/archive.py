"""A person's archive: one ZIP of JSON documents with a manifest and a README.

Every table of every service's registry is a document, also where it holds nothing: what
is not held is said too.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any, NamedTuple
from uuid import UUID

import orjson

from shared.persons.registry import PersonRegistry, Rows
from shared.values import now

README = """\
This is everything that Rollcall holds about you.

manifest.json lists every document with its size, its SHA-256 and what it is. Each
document is JSON: a list of rows of one table of one of the three services. An empty
list says that nothing is held there. What is sealed in the database is opened here.
Times are UTC, amounts of money are in minor units of their currency (cents, pence).
"""

Tables = Mapping[str, Rows]


class Document(NamedTuple):
    path: str
    content: bytes
    what: str
    rows: int


def documents(
    held: Mapping[str, Tables], registries: Mapping[str, PersonRegistry]
) -> list[Document]:
    """Service → table → rows, as documents; what each is, where a registry says."""
    made = []
    for service, tables in held.items():
        known = registries.get(service)
        what = {table.table: table.what for table in known.tables} if known else {}
        for table, rows in tables.items():
            content = orjson.dumps(rows, option=orjson.OPT_INDENT_2, default=_as_text)
            said = what.get(table, f"the table {table} of {service}")
            made.append(Document(f"{service}/{table}.json", content, said, len(rows)))
    return made


def archive(person: UUID, contents: Sequence[Document]) -> Iterator[bytes]:
    """The ZIP in pieces, made while it is sent."""
    moment = now()
    manifest = {
        "format": "rollcall-person-archive-1",
        "person": str(person),
        "made_at": moment,
        "documents": [
            {
                "path": document.path,
                "what": document.what,
                "rows": document.rows,
                "bytes": len(document.content),
                "sha256": sha256(document.content).hexdigest(),
            }
            for document in contents
        ],
    }
    files = {
        "README.txt": README.encode(),
        "manifest.json": orjson.dumps(manifest, option=orjson.OPT_INDENT_2),
        **{document.path: document.content for document in contents},
    }
    pipe = _Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as packed:
        for path, content in files.items():
            packed.writestr(_entry(path, moment), content)
            yield pipe.taken()
    yield pipe.taken()


def _entry(path: str, moment: datetime) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(path, moment.timetuple()[:6])
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


class _Pipe(io.RawIOBase):
    """What zipfile writes to: it cannot seek, and gives away what it was given."""

    def __init__(self) -> None:
        self._pending = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, piece: Any) -> int:
        self._pending += piece
        return len(piece)

    def taken(self) -> bytes:
        piece = bytes(self._pending)
        self._pending.clear()
        return piece


def _as_text(value: Any) -> str:
    return value.hex() if isinstance(value, bytes) else str(value)
