"""What the documentation shows is what the API takes and gives."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel

from services.postings.app import build
from services.postings.postings import openapi
from services.postings.postings.schemas import EXAMPLE, PostingContent
from services.postings.postings.views import BatchResult, OwnPosting, PostingView
from shared.settings import Settings


@pytest.mark.parametrize(
    ("model", "example"),
    [
        (PostingContent, EXAMPLE),
        (PostingView, openapi.POSTING_EXAMPLE),
        (OwnPosting, openapi.OWN_EXAMPLE),
        (BatchResult, openapi.RESULT_EXAMPLE),
    ],
)
def test_the_examples_are_what_the_schemas_say(
    model: type[BaseModel], example: dict[str, Any]
) -> None:
    shown = model.model_validate(example).model_dump(mode="json", exclude_unset=True)
    assert shown == example


def test_a_patch_may_leave_out_any_part_at_every_depth(settings: Settings) -> None:
    document = build(settings).openapi()
    operation = document["paths"]["/v1/postings/{posting_id}"]["patch"]
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    assert "required" not in schema
    assert {"type": "null"} in schema["properties"]["required_skills"]["anyOf"]
    pay, null = schema["properties"]["pay"]["anyOf"]
    assert null == {"type": "null"}
    assert "required" not in pay
    assert {"type": "null"} in pay["properties"]["settlement"]["anyOf"]
