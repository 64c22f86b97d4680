"""The entity's version is its ETag: whoever edits says which version they saw."""

from __future__ import annotations

from typing import Annotated

from fastapi import Header, Response

from shared.problems import Fault, InvalidRequest, VersionMismatch

IfMatch = Annotated[str | None, Header(alias="If-Match", max_length=100)]


def set_etag(response: Response, version: int) -> None:
    response.headers["ETag"] = f'"{version}"'


def check_version(if_match: str | None, version: int) -> None:
    """Raises VersionMismatch when If-Match names another version than the current.

    Call it on the locked row: between a check and an edit nobody may come.
    """
    if if_match is None or if_match.strip() == "*":
        return
    tags = [tag.strip().removeprefix("W/").strip('"') for tag in if_match.split(",")]
    if not all(tag.isdigit() for tag in tags):
        fault = Fault("If-Match", "etag", 'must be an ETag such as "3"', "header")
        raise InvalidRequest(faults=[fault])
    if str(version) not in tags:
        raise VersionMismatch(headers={"ETag": f'"{version}"'})
