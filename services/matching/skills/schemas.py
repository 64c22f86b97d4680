"""What the skills API takes and gives."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, ConfigDict, Field, Strict

from services.matching.skills.changes import Change
from services.matching.skills.concepts import Kind, Language
from services.matching.skills.folding import LONGEST
from services.matching.skills.normalise import Method
from services.matching.skills.understanding.sentence_skills import LONGEST_TEXT
from shared.fields import Body, Text, View, fault
from shared.values import Market

MOST_PHRASES = 200
MOST_SUGGESTED = 20

LONGEST_TYPED = 200


def _at_most(characters: int) -> AfterValidator:
    # a length constraint behind the one of Text would speak of items
    def check(text: str) -> str:
        if len(text) > characters:
            raise fault("too_long", f"must have at most {characters} characters")
        return text

    return AfterValidator(check)


Phrase = Annotated[
    Text, _at_most(LONGEST), Field(json_schema_extra={"maxLength": LONGEST})
]
Typed = Annotated[
    Text, _at_most(LONGEST_TYPED), Field(json_schema_extra={"maxLength": LONGEST_TYPED})
]


HEAD_EXAMPLE: dict[str, Any] = {
    "kind": "skill",
    "id": "forklift-driving",
    "label_en": "Forklift driving",
    "label_zh": "叉车驾驶",
    "isco08": None,
}
NORMALISED_EXAMPLE: dict[str, Any] = {
    "phrase": "fork lift",
    "concept": HEAD_EXAMPLE,
    "confidence": 1.0,
    "method": "name",
    "suggestions": [],
}


class NormaliseRequest(Body):
    """Phrases as people typed them. `language` orders suggestions that are equally
    good; a name is understood in every language."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"phrases": ["fork lift", "叉车", "C++"], "kind": "skill"}]
        }
    )

    phrases: Annotated[list[Phrase], Field(min_length=1, max_length=MOST_PHRASES)]
    kind: Kind = "skill"
    language: Language | None = None


class ConceptHead(View):
    """A concept by id and labels; `isco08` is an occupation's unit group."""

    kind: Kind
    id: str
    label_en: str
    label_zh: str
    isco08: str | None = None


class SuggestionView(View):
    """What might be meant: its most similar name, folded, and how similar (0 to 1)."""

    concept: ConceptHead
    name: str
    likeness: float


class NormalisedView(View):
    """A phrase and what it names. `concept` is null when it is unknown; suggestions
    are given only then, the best first."""

    phrase: str
    concept: ConceptHead | None
    confidence: float
    method: Method
    suggestions: list[SuggestionView]


class NormaliseAnswer(View):
    """One result for each phrase, in their order."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"taxonomy_version": "1f0c", "results": [NORMALISED_EXAMPLE]}]
        }
    )

    taxonomy_version: str
    results: list[NormalisedView]


class TextRequest(Body):
    """A part of an advert or a CV, in English or Chinese."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"text": "Loads lorries by fork lift.", "limit": 5}]
        }
    )

    text: Annotated[
        Text,
        _at_most(LONGEST_TEXT),
        Field(json_schema_extra={"maxLength": LONGEST_TEXT}),
    ]
    limit: Annotated[int, Strict(), Field(ge=1, le=MOST_SUGGESTED)] = 10


class SpokenOfView(View):
    """A skill and the words that speak of it: `window` is the characters from `start`
    up to `end` of the text, and `name` the skill's name nearest to them. `confidence`
    (0 to 1) is how much of what tells in both they share."""

    concept: ConceptHead
    confidence: float
    name: str
    window: str
    start: int
    end: int


class TextAnswer(View):
    """The skills that a text speaks of, the likeliest first; nothing is decided."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "taxonomy_version": "1f0c",
                    "items": [
                        {
                            "concept": HEAD_EXAMPLE,
                            "confidence": 1.0,
                            "name": "fork lift",
                            "window": "fork lift",
                            "start": 17,
                            "end": 26,
                        }
                    ],
                }
            ]
        }
    )

    taxonomy_version: str
    items: list[SpokenOfView]


class CompletionView(View):
    """A concept, its label in the asked language, and the name that was matched."""

    concept: ConceptHead
    label: str
    name: str


class CompletionAnswer(View):
    """Names that what was typed may become, the best first."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "taxonomy_version": "1f0c",
                    "items": [
                        {
                            "concept": HEAD_EXAMPLE,
                            "label": "Forklift driving",
                            "name": "fork lift",
                        }
                    ],
                }
            ]
        }
    )

    taxonomy_version: str
    items: list[CompletionView]


CHANGE_EXAMPLE: dict[str, Any] = {
    "kind": "skill",
    "id": "telex-operation",
    "version": 2,
    "change": "replaced",
    "label_en": "Telex operation",
    "label_zh": "电传操作",
    "before_en": None,
    "before_zh": None,
    "replaced_by": "data-entry",
    "taxonomy_version": "1f0c",
    "loaded_at": "2026-11-24T05:00:00Z",
}


class ChangeView(View):
    """What became of a concept. A renamed one says its labels before, a replaced one
    what stands for it now; `taxonomy_version` is the load that did it."""

    kind: Kind
    id: str
    version: int
    change: Change
    label_en: str
    label_zh: str
    before_en: str | None
    before_zh: str | None
    replaced_by: str | None
    taxonomy_version: str
    loaded_at: datetime


class ChangesAnswer(View):
    """Changes in their order, up to the version that is held now."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "since": "0e51",
                    "taxonomy_version": "1f0c",
                    "items": [CHANGE_EXAMPLE],
                    "next": None,
                }
            ]
        }
    )

    since: str | None
    taxonomy_version: str | None
    items: list[ChangeView]
    next: str | None = None


class RelatedView(View):
    """Who holds this concept's skill holds `skill` for `credit` (0 to 1)."""

    skill: str
    credit: float
    both_ways: bool


class ConceptView(ConceptHead):
    """A whole concept; the last four lists are an occupation's, `related` a skill's."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                HEAD_EXAMPLE
                | {
                    "version": 1,
                    "retired": False,
                    "aliases_en": ["fork lift"],
                    "aliases_zh": ["叉车"],
                    "related": [
                        {
                            "skill": "reach-truck-driving",
                            "credit": 0.6,
                            "both_ways": True,
                        }
                    ],
                }
            ]
        }
    )

    version: int
    retired: bool
    replaced_by: str | None = None
    aliases_en: list[str]
    aliases_zh: list[str]
    related: list[RelatedView] = Field(default_factory=list)
    markets: list[Market] = Field(default_factory=list)
    essential: list[str] = Field(default_factory=list)
    optional: list[str] = Field(default_factory=list)
    certificates: list[str] = Field(default_factory=list)
