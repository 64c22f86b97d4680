"""Documents of the read model put into the index, or taken out of it, many at a time.

They are read, and what they change is looked up, which takes long, without keeping
readers of the index out; put, which takes a moment, in one go.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID

from services.matching.engine.facts import posting_facts
from services.matching.engine.index import Index
from services.matching.engine.layout import Run
from services.matching.engine.side import Found
from services.matching.intake.blurring import blurred
from services.matching.intake.changelog import Document

Skipped = Callable[[Document, Exception], None]


@dataclass(frozen=True, slots=True)
class ReadDocuments:
    """Of different entities, packed for one index: what to hold and what no more."""

    workers: list[Run] = field(default_factory=list)
    postings: list[Run] = field(default_factory=list)
    workers_gone: list[UUID] = field(default_factory=list)
    postings_gone: list[UUID] = field(default_factory=list)

    def found_in(self, index: Index) -> FoundDocuments:
        """The same, ready to be put into that index as it stands."""
        return FoundDocuments(
            index.find_workers(self.workers), index.find_postings(self.postings), self
        )

    def put_into(self, index: Index) -> None:
        self.found_in(index).put_into(index)


class FoundDocuments(NamedTuple):
    """Documents with all looked up that can be; good until the index changes."""

    workers: Found
    postings: Found
    read: ReadDocuments

    def put_into(self, index: Index) -> None:
        index.workers.put(self.workers)
        index.postings.put(self.postings)
        for id in self.read.workers_gone:
            index.drop_worker(id)
        for id in self.read.postings_gone:
            index.drop_posting(id)


def read_documents(
    index: Index, documents: Iterable[Document], skipped: Skipped
) -> ReadDocuments:
    """Workers until they are removed, postings while they are open.

    A document that cannot be read costs itself, not the ones after it, and `skipped`
    hears of it. What the index held of the entity goes too: an outdated fact is worse
    than none.
    """
    read = ReadDocuments()
    for document in documents:
        packed, gone, pack = (
            (read.workers, read.workers_gone, _worker)
            if document.entity == "worker"
            else (read.postings, read.postings_gone, _posting)
        )
        if document.gone:
            gone.append(document.id)
            continue
        try:
            packed.append(pack(index, document))
        except Exception as error:
            gone.append(document.id)
            skipped(document, error)
    return read


def _worker(index: Index, document: Document) -> Run:
    assert document.content is not None
    return index.read_worker(blurred(document.content))


def _posting(index: Index, document: Document) -> Run:
    assert document.content is not None
    return index.pack_posting(posting_facts(document.content), index.names.intern)
