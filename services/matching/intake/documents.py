"""A document of the read model put into the index, or taken out of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from uuid import UUID

from services.matching.engine.facts import posting_facts
from services.matching.engine.index import Index
from services.matching.intake.blurring import blurred_facts
from services.matching.intake.changelog import Document

Facts = TypeVar("Facts")


def put_document(index: Index, document: Document) -> None:
    """Workers until they are removed, postings while they are open.

    When a document cannot be read, what the index held of the entity goes too: an
    outdated fact is worse than none. Raises what the reading raises.
    """
    if document.entity == "worker":
        _replace(document, blurred_facts, index.put_worker, index.drop_worker)
    else:
        _replace(document, posting_facts, index.put_posting, index.drop_posting)


def _replace(
    document: Document,
    read: Callable[[Mapping[str, Any]], Facts],
    put: Callable[[Facts], None],
    drop: Callable[[UUID], bool],
) -> None:
    if document.content is None:
        drop(document.id)
        return
    try:
        put(read(document.content))
    except Exception:
        drop(document.id)
        raise
