"""Cursor pages: a list is read by key, never by offset, and says where it goes on."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

import orjson
from fastapi import Depends, Query, Request, Response
from pydantic import BaseModel

from shared.problems import Fault, InvalidRequest

Item = TypeVar("Item")
Row = TypeVar("Row")
Key = TypeVar("Key")

Limit = Annotated[int, Query(ge=1, le=200, description="Items per page.")]
Cursor = Annotated[
    str | None, Query(max_length=500, description="`next` of the page before.")
]


class Page(BaseModel, Generic[Item]):
    """One page of a list; `next` is the cursor of the following one, or null."""

    items: list[Item]
    next: str | None = None


def encode_cursor(*key: Any) -> str:
    # asyncpg's UUID is a subclass, which orjson does not take for one
    text = orjson.dumps(key, default=str)
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


def decode_cursor(cursor: str | None, *types: Callable[[Any], Any]) -> list[Any] | None:
    """The key of the last item seen, each part made by its type; None at the start.

    Raises InvalidRequest when the cursor is none of ours.
    """
    if cursor is None:
        return None
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        key = orjson.loads(base64.urlsafe_b64decode(padded))
        if not isinstance(key, list) or len(key) != len(types):
            raise ValueError(cursor)
        return [make(part) for make, part in zip(types, key, strict=True)]
    except (binascii.Error, ValueError, TypeError, AttributeError):
        fault = Fault("cursor", "cursor", "is not a cursor of this list", "query")
        raise InvalidRequest(faults=[fault]) from None


def counted(part: Any) -> int:
    """A part of a cursor that is a number; PostgreSQL takes 64 bits."""
    number = int(part)
    if not -(2**63) <= number < 2**63:
        raise ValueError(part)
    return number


def dated(part: Any) -> datetime:
    """A part of a cursor that is an instant."""
    instant = datetime.fromisoformat(part)
    if instant.tzinfo is None:
        raise ValueError(part)
    return instant


def worded(part: Any) -> str:
    """A part of a cursor that is text; PostgreSQL takes no NUL."""
    if not isinstance(part, str) or "\0" in part:
        raise ValueError(part)
    return part


def cut_page(
    rows: Sequence[Row], limit: int, key: Callable[[Row], tuple[Any, ...]]
) -> tuple[Sequence[Row], str | None]:
    """Split `limit + 1` fetched rows into the page and the cursor of the next one."""
    if len(rows) <= limit:
        return rows, None
    return rows[:limit], encode_cursor(*key(rows[limit - 1]))


def link_next(request: Request, response: Response, cursor: str | None) -> None:
    """Set the `Link: …; rel="next"` header (RFC 8288)."""
    if cursor is not None:
        url = request.url.include_query_params(cursor=cursor)
        target = f"{url.path}?{url.query}"
        response.headers["Link"] = f'<{target}>; rel="next"'


@dataclass(frozen=True, slots=True)
class PageAsked:
    """A page of a list, as the request asks for it."""

    request: Request
    response: Response
    limit: Limit = 50
    cursor: Cursor = None

    def after(self, make: Callable[[Any], Key]) -> Key | None:
        """Where to go on, in a list ordered by one part. Raises InvalidRequest."""
        key = decode_cursor(self.cursor, make)
        return None if key is None else key[0]

    def after_id(self) -> UUID | None:
        return self.after(UUID)

    def cut(self, rows: Sequence[Row], *parts: str) -> tuple[Sequence[Row], str | None]:
        """`cut_page` by the columns that the list is ordered by, with its link."""

        def key(row: Any) -> tuple[Any, ...]:
            return tuple(row[part] for part in parts)

        shown, following = cut_page(rows, self.limit, key)
        link_next(self.request, self.response, following)
        return shown, following


Paging = Annotated[PageAsked, Depends()]
