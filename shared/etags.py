"""The entity's version is its ETag: whoever edits says which version they saw."""

from __future__ import annotations

from typing import Annotated

from fastapi import Header, Response

from shared.fields import shown
from shared.openapi import Responses
from shared.problems import Fault, InvalidRequest, VersionMismatch

_TAG = '(W/)?"?[0-9]+"?'
Tags = Annotated[str, shown(pattern=rf"^(\*|{_TAG}( *, *{_TAG})*)$")]
IfMatch = Annotated[
    Tags | None,
    Header(
        alias="If-Match",
        max_length=100,
        description="The ETag that was read: 412 if it has changed since.",
    ),
]
IfNoneMatch = Annotated[
    Tags | None,
    Header(
        alias="If-None-Match",
        max_length=100,
        description="The ETag that is held: 304 if it still stands.",
    ),
]

ETAG_HEADER = {
    "ETag": {
        "description": "The version, for If-Match and If-None-Match.",
        "schema": {"type": "string", "example": '"3"'},
    }
}

NOT_MODIFIED: Responses = {
    304: {"description": "What you hold still stands.", "headers": ETAG_HEADER}
}
"""Joins `responses=` of a route that honours If-None-Match."""


class NotModified(Exception):
    """What the caller holds still stands (304)."""

    def __init__(self, version: int) -> None:
        super().__init__(version)
        self.version = version

    def response(self) -> Response:
        return Response(status_code=304, headers={"ETag": etag(self.version)})


def etag(version: int) -> str:
    return f'"{version}"'


def set_etag(response: Response, version: int) -> None:
    response.headers["ETag"] = etag(version)


def check_version(if_match: str | None, version: int) -> None:
    """Raises VersionMismatch when If-Match names another version than the current.

    Call it on the locked row: between a check and an edit nobody may come.
    """
    if if_match is None or if_match.strip() == "*":
        return
    if str(version) not in _versions("If-Match", if_match):
        raise VersionMismatch(headers={"ETag": etag(version)})


def check_unknown(if_none_match: str | None, version: int) -> None:
    """Raises NotModified when If-None-Match names the current version."""
    if if_none_match is None:
        return
    if if_none_match.strip() == "*" or str(version) in _versions(
        "If-None-Match", if_none_match
    ):
        raise NotModified(version)


def versioned(status: int = 200) -> Responses:
    """Joins `responses=` of a route whose answer carries the ETag."""
    return {status: {"headers": ETAG_HEADER}}


def _versions(header: str, value: str) -> list[str]:
    tags = [tag.strip().removeprefix("W/").strip('"') for tag in value.split(",")]
    if not all(tag.isdigit() for tag in tags):
        fault = Fault(header, "etag", 'must be an ETag such as "3"', "header")
        raise InvalidRequest(faults=[fault])
    return tags
