"""From a raw body to the content of a posting, or to all of its faults at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import ValidationError

from services.postings.postings.rules import RULES, Document
from services.postings.postings.schemas import CONTENT_FIELDS, PostingContent
from shared.fields import Body
from shared.problems import Fault, escape

Model = TypeVar("Model", bound=Body)

CONCEPTS = {
    "/occupation": "occupation",
    "/required_skills/*/skill": "skill",
    "/preferred_skills/*/skill": "skill",
    "/certificates/*": "certificate",
}
"""Where a posting names concepts of the taxonomy, and of which kind."""


def read(model: type[Model], raw: Any) -> tuple[Model | None, list[Fault]]:
    """`raw` as a model, or every fault the schema finds, in the document's order."""
    if not isinstance(raw, Mapping):
        return None, [Fault("", "object", "must be a JSON object")]
    try:
        return model.model_validate(raw), []
    except ValidationError as error:
        return None, [
            Fault(_pointer(item["loc"]), item["type"], item["msg"])
            for item in error.errors(include_url=False, include_input=False)
            # says only that another field of the same object was refused
            if item["type"] != "default_factory_not_called"
        ]


def broken_rules(document: Document) -> list[Fault]:
    return [fault for rule in RULES for fault in rule(document)]


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


def _pointer(path: tuple[int | str, ...]) -> str:
    return "".join("/" + escape(part) for part in path)
