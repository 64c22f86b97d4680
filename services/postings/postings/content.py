"""The content of a posting as a document: what it names, stores, and how it merges."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.postings.postings.schemas import CONTENT_FIELDS, PostingContent

CONCEPTS = {
    "/occupation": "occupation",
    "/required_skills/*/skill": "skill",
    "/preferred_skills/*/skill": "skill",
    "/certificates/*": "certificate",
}
"""Where a posting names concepts of the taxonomy, and of which kind."""


def content_of(posting: PostingContent) -> dict[str, Any]:
    """The content alone as a JSON document; shifts in the order of time."""
    content = posting.model_dump(mode="json", include=set(CONTENT_FIELDS))
    content["shifts"].sort(key=lambda shift: (shift["start"], shift["end"]))
    return content


def merged(document: Any, patch: Any) -> Any:
    """RFC 7396: `patch` laid over `document`; null takes a field away."""
    if not isinstance(patch, Mapping):
        return patch
    result = dict(document) if isinstance(document, Mapping) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = merged(result.get(name), value)
    return result
