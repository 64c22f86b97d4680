"""What operators see of unknown phrases, and say about them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.matching.phrases.privacy import LONGEST_KEPT
from services.matching.skills.concepts import Kind
from shared.fields import Body, ShortText, Slug, View
from shared.paging import Cursor

State = Literal["open", "bound", "dismissed"]
Order = Literal["count", "recent"]

PHRASE_EXAMPLE: dict[str, Any] = {
    "id": "01939f5e-0000-7000-8000-000000000001",
    "kind": "skill",
    "folded": "flt driving",
    "example": "FLT driving",
    "language": "en",
    "count": 214,
    "callers": 20,
    "first_seen": "2026-11-20T08:00:00Z",
    "last_seen": "2026-11-24T05:00:00Z",
    "state": "open",
}
BINDING_EXAMPLE: dict[str, Any] = {
    "id": "01939f5e-0000-7000-8000-000000000002",
    "kind": "skill",
    "folded": "flt driving",
    "concept": "forklift-driving",
    "bound_by": "01939f5e-0000-7000-8000-000000000003",
    "bound_at": "2026-11-24T05:00:01Z",
}


class PhraseFilter(BaseModel):
    """Which phrases, and in which descending order."""

    model_config = ConfigDict(extra="forbid")

    kind: Kind | None = None
    state: State = "open"
    order: Annotated[
        Order, Field(description="The most typed first, or the last typed.")
    ] = "count"
    limit: Annotated[int, Field(ge=1, le=200, description="Items per page.")] = 50
    cursor: Cursor = None

    @property
    def key(self) -> Literal["count", "last_seen"]:
        """The column that orders."""
        return "count" if self.order == "count" else "last_seen"


class PhraseView(View):
    """A phrase nobody understood, as it compares and as it was typed.

    `callers` are different ones: an organisation counts once, and 20 are the most that
    are told apart.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [PHRASE_EXAMPLE]})

    id: UUID
    kind: Kind
    folded: str
    example: str
    language: str | None
    count: int
    callers: int
    first_seen: datetime
    last_seen: datetime
    state: State


class NewBinding(Body):
    """What a phrase means from now on, in whatever case, width or spacing."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"kind": "skill", "phrase": "FLT", "concept": "forklift-driving"}
            ]
        }
    )

    kind: Kind
    phrase: Annotated[ShortText, Field(json_schema_extra={"maxLength": LONGEST_KEPT})]
    concept: Slug


class BindingView(View):
    """A folded phrase and the concept it is bound to."""

    model_config = ConfigDict(json_schema_extra={"examples": [BINDING_EXAMPLE]})

    id: UUID
    kind: Kind
    folded: str
    concept: str
    bound_by: UUID
    bound_at: datetime
