"""What the API says of itself: examples, and the errors of each operation."""

from __future__ import annotations

from typing import Any

from pydantic import GetJsonSchemaHandler
from pydantic_core import CoreSchema

from services.postings.errors import PostingNotFound, PostingOfAnother
from services.postings.postings.schemas import EXAMPLE, PostingContent
from shared.etags import ETAG_HEADER
from shared.openapi import Responses, problems
from shared.problems import Problem, VersionMismatch

_SHIFT = {"id": "01938a5e-7d1c-7aa0-9c3e-5b1f0c2d4e6f"} | EXAMPLE["shifts"][0]
POSTING_EXAMPLE: dict[str, Any] = (
    {
        "id": "01938a5e-7d1b-7c6e-8f0a-3b2c1d0e9f8a",
        "version": 1,
        "organisation": "01938a5e-0000-7000-8000-000000000001",
        "status": "open",
        "opened_at": "2030-11-20T09:00:00Z",
    }
    | PostingContent.model_validate(EXAMPLE).model_dump(mode="json")
    | {"shifts": [_SHIFT]}
)
OWN_EXAMPLE = POSTING_EXAMPLE | {
    "reason": None,
    "source": None,
    "created_at": "2030-11-20T09:00:00Z",
    "updated_at": "2030-11-20T09:00:00Z",
}
_SOURCE = {"system": "city-jobs", "id": "87990"}
BATCH_EXAMPLE = {"postings": [EXAMPLE | {"source": _SOURCE, "publish": True}]}
RESULT_EXAMPLE = {
    "created": 1,
    "updated": 0,
    "unchanged": 0,
    "rejected": 0,
    "results": [
        {
            "index": 0,
            "source": _SOURCE,
            "result": "created",
            "id": POSTING_EXAMPLE["id"],
            "version": 1,
            "status": "open",
            "errors": [],
        }
    ],
}


class MergePatch:
    """Shows a document as the merge patch of it (RFC 7396): any part may be missing, at
    every depth, and null takes it away."""

    def __get_pydantic_json_schema__(
        self, core: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        def partial(schema: dict[str, Any]) -> dict[str, Any]:
            whole = handler.resolve_ref_schema(schema)
            if whole.get("type") != "object":
                return schema
            kept = {key: value for key, value in whole.items() if key != "required"}
            properties = whole["properties"].items()
            return kept | {"properties": {name: optional(s) for name, s in properties}}

        def optional(schema: dict[str, Any]) -> dict[str, Any]:
            kinds = [kind for kind in schema.get("anyOf", [schema]) if kind != NULL]
            rest = {
                key: value
                for key, value in schema.items()
                if key in ("title", "description") and "anyOf" in schema
            }
            return {"anyOf": [*(partial(kind) for kind in kinds), NULL], **rest}

        return partial(handler(core))


NULL = {"type": "null"}
ON_ONE_POSTING = (PostingNotFound,)
ON_AN_OWN_POSTING = (PostingNotFound, PostingOfAnother, VersionMismatch)


def answers(
    status: int, example: Any, *kinds: type[Problem], description: str = "Done."
) -> Responses:
    """`responses=` of a route: its answer, and every problem it may give instead.

    What has a version shows it as its ETag.
    """
    answer: dict[str, Any] = {
        "description": description,
        "content": {"application/json": {"example": example}},
    }
    if "version" in example:
        answer["headers"] = ETAG_HEADER
    return {status: answer, **problems(*kinds)}
