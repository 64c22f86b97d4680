"""What the API of imported classifications gives."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import ConfigDict, StringConstraints

from services.matching.schemes.crosswalks import Match
from services.matching.schemes.entries import EntryKind, Relation, SchemeId
from shared.fields import View

# of every scheme: 2654.1.7, S6.13, 11-1011.00, 6-18-01-02, a UUID
Code = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9.-]*$", max_length=80)
]

HEAD_EXAMPLE: dict[str, Any] = {
    "scheme": "esco",
    "kind": "occupation",
    "code": "7212.3",
    "label": "welder",
    "language": "en",
    "retired": False,
}


class SchemeView(View):
    """A classification as it was imported; `attribution` is to be shown with what is
    taken from it. `counts` are of its kinds of entries, and of `link`s."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "esco",
                    "version": "1.2.0",
                    "imported_at": "2026-11-24T08:00:00Z",
                    "counts": {"occupation": 3039, "skill": 13794, "group": 640},
                    "languages": ["de", "en", "es"],
                    "attribution": "ESCO classification of the European Commission,"
                    " CC BY 4.0",
                }
            ]
        }
    )

    id: SchemeId
    version: str | None
    imported_at: datetime
    counts: dict[str, int]
    languages: list[str]
    attribution: str


class SchemesAnswer(View):
    """Every classification there is here."""

    items: list[SchemeView]


class EntryHead(View):
    """An entry by its code and its label, in the language that was asked for if it has
    one in that."""

    model_config = ConfigDict(json_schema_extra={"examples": [HEAD_EXAMPLE]})

    scheme: SchemeId
    kind: EntryKind
    code: str
    label: str
    language: str
    retired: bool


class NamesView(View):
    """The names of an entry in one language, and what it says about itself."""

    preferred: str
    aliases: list[str]
    description: str | None = None


class LinkView(View):
    """Another entry of the scheme; the smaller the rank, the closer."""

    relation: Relation
    rank: int | None
    entry: EntryHead


class CrosswalkView(View):
    """What stands for the entry elsewhere: it is the same as, close to, broader or
    narrower than the entry. `scheme` may be `rollcall`, with `kind:id` as the code.
    `source` says where this comes from: `code`, `name`, `similarity` or `rollcall`."""

    scheme: str
    code: str
    label: str | None
    relation: Match
    confidence: float
    source: str


class EntryView(View):
    """An entry with its names in every language, its links and its crosswalk."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                HEAD_EXAMPLE
                | {
                    "uri": "http://data.europa.eu/esco/occupation/18ba1a1b-c5b3",
                    "names": {
                        "en": {"preferred": "welder", "aliases": ["arc welder"]},
                        "de": {"preferred": "Schweißer", "aliases": []},
                    },
                    "extra": {"isco08": "7212"},
                    "broader": [],
                    "links": [],
                    "crosswalk": [
                        {
                            "scheme": "isco08",
                            "code": "7212",
                            "label": "Welders and flame cutters",
                            "relation": "broad",
                            "confidence": 1.0,
                            "source": "code",
                        }
                    ],
                }
            ]
        }
    )

    scheme: SchemeId
    kind: EntryKind
    code: str
    label: str
    language: str
    retired: bool
    uri: str | None
    names: dict[str, NamesView]
    extra: dict[str, Any]
    broader: list[EntryHead]
    links: list[LinkView]
    crosswalk: list[CrosswalkView]
