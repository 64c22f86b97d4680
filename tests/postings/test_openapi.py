"""What the documentation shows is what the API takes and gives."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel

from services.postings.postings import openapi
from services.postings.postings.schemas import EXAMPLE, PostingContent
from services.postings.postings.views import BatchResult, OwnPosting, PostingView


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
