"""The API describes itself completely."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from services.postings.app import build
from services.postings.postings import openapi
from services.postings.postings.schemas import EXAMPLE, PostingContent
from services.postings.postings.views import BatchResult, OwnPosting, PostingView
from shared.settings import Settings

OWN = "/v1/postings"


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    box: Path = tmp_path_factory.mktemp("box")
    settings = Settings.from_environment(
        {
            "ROLLCALL_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
            "ROLLCALL_REDIS_URL": "redis://127.0.0.1:1",
            "ROLLCALL_DATA_DIR": str(box),
        }
    )
    return build(settings).openapi()


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        if path.startswith(OWN):
            for method, operation in methods.items():
                yield f"{method} {path}", operation


def test_the_operations_are_these(document: dict[str, Any]) -> None:
    found = {operation["operationId"] for _, operation in operations(document)}
    assert found == {
        "create_posting",
        "import_postings",
        "list_postings",
        "read_posting",
        "replace_posting",
        "edit_posting",
        "publish_posting",
        "hold_posting",
        "release_posting",
        "fill_posting",
        "close_posting",
        "cancel_posting",
    }


def test_every_operation_has_a_summary_and_an_explanation(
    document: dict[str, Any],
) -> None:
    for name, operation in operations(document):
        assert operation["summary"], name
        assert operation["description"], name


def test_every_operation_shows_its_answer_and_its_errors(
    document: dict[str, Any],
) -> None:
    for name, operation in operations(document):
        answers = operation["responses"]
        (success,) = (code for code in answers if code.startswith("2"))
        assert answers[success]["content"]["application/json"]["example"], name
        assert {"401", "403", "422"} <= set(answers), name
        for code, answer in answers.items():
            if not code.startswith("2"):
                shown = answer["content"]["application/problem+json"]["examples"]
                for example in shown.values():
                    assert example["value"]["status"] == int(code), name


def test_every_body_has_an_example(document: dict[str, Any]) -> None:
    for name, operation in operations(document):
        if "requestBody" in operation:
            body = operation["requestBody"]["content"]["application/json"]
            assert "examples" in body["schema"], name


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
