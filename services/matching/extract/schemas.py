"""What extraction takes and gives."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field, StringConstraints

from services.matching.extract import schedule
from services.matching.extract.extract import LONGEST, TextKind
from shared.fields import Body, Country, View, fault
from shared.values import PayUnit, Settlement

TextLanguage = Literal["en", "de", "zh", "fr", "es", "nl"]


def _pasted(value: Any) -> Any:
    """Whatever can be pasted; only what no text can hold is refused."""
    if not isinstance(value, str):
        raise fault("text", "must be a string")
    if len(value) > LONGEST:
        raise fault("too_long", f"must have at most {LONGEST} characters")
    if any(0xD800 <= ord(character) < 0xE000 for character in value):
        raise fault("plain_text", "must not contain lone surrogates")
    return value


Pasted = Annotated[
    str,
    StringConstraints(min_length=1),
    BeforeValidator(_pasted),
    Field(json_schema_extra={"maxLength": LONGEST}),
]

_TEXT = (
    "Forklift driver wanted. £15 an hour, Mon-Fri 6am-2pm. "
    "Forklift licence required, no English needed."
)


def _span(words: str) -> dict[str, Any]:
    start = _TEXT.index(words)
    return {"start": start, "end": start + len(words), "text": words}


_REQUEST: dict[str, Any] = {"text": _TEXT, "kind": "advert", "country": "GB"}
_ANSWER: dict[str, Any] = {
    "taxonomy_version": "1f0c",
    "occupation": {
        "id": "forklift-driver",
        "label_en": "Forklift driver",
        "label_zh": "叉车司机",
        "isco08": "8344",
        "years": None,
        "confidence": 0.95,
        "span": _span("Forklift driver"),
        "negated": False,
    },
    "skills": [],
    "certificates": [
        {
            "id": "forklift-licence",
            "label_en": "Forklift licence",
            "label_zh": "叉车证",
            "confidence": 0.95,
            "span": _span("Forklift licence"),
            "negated": False,
        }
    ],
    "languages": [
        {
            "language": "en",
            "level": None,
            "confidence": 0.85,
            "span": _span("English"),
            "negated": True,
        }
    ],
    "pay": [
        {
            "currency": "GBP",
            "unit": "hour",
            "minimum": 1500,
            "maximum": 1500,
            "settlement": None,
            "confidence": 0.9,
            "span": _span("£15 an hour"),
            "negated": False,
        }
    ],
    "schedule": [
        {
            "kind": "weekly",
            "weekly": [
                {"weekday": day, "start": "06:00", "end": "14:00"} for day in range(5)
            ],
            "days": [0, 1, 2, 3, 4],
            "start": "06:00",
            "end": "14:00",
            "day": None,
            "confidence": 0.9,
            "span": _span("Mon-Fri 6am-2pm"),
            "negated": False,
        }
    ],
    "lodging": [],
}


class ExtractRequest(Body):
    """A pasted text. `country` decides what a bare $ means, which currency is meant
    where none is said, and how dates are written; cues of every language are
    understood, and `language` rules out those that are words of another."""

    model_config = ConfigDict(json_schema_extra={"examples": [_REQUEST]})

    text: Pasted
    kind: TextKind
    language: TextLanguage | None = None
    country: Country | None = None


class SpanView(View):
    """Unicode code points [start, end) of the text as sent, and what stands there."""

    start: int
    end: int
    text: str


class FoundView(View):
    """A statement: how sure (0 to 1), where it stands, and whether the text denies it
    ("no forklift needed")."""

    confidence: float
    span: SpanView
    negated: bool


class OccupationView(FoundView):
    """`years` of experience asked or had, where that is told."""

    id: str
    label_en: str
    label_zh: str
    isco08: str
    years: float | None


class SkillView(FoundView):
    """`level` 1 to 5 and `years`, where they are told."""

    id: str
    label_en: str
    label_zh: str
    level: int | None
    years: float | None


class CertificateView(FoundView):
    id: str
    label_en: str
    label_zh: str


class LanguageView(FoundView):
    """`language` is the ISO 639-1 code (`yue`, ISO 639-3, for Cantonese); `level` 1 to
    6 is A1 to C2, null where it is not told."""

    language: str
    level: int | None


class PayView(FoundView):
    """`minimum` and `maximum` in minor units; `unit` null where it is not told."""

    currency: str
    unit: PayUnit | None
    minimum: int
    maximum: int
    settlement: Settlement | None


class IntervalView(View):
    """Local wall time, half-open; an end that is not later is on the next day."""

    weekday: int
    start: str
    end: str


class WhenView(FoundView):
    """`weekly` holds the intervals of a `weekly` statement that names its times; `days`
    are 0 = Monday; `day` is YYYY-MM-DD, or --MM-DD where no year is told."""

    kind: schedule.Kind
    weekly: list[IntervalView]
    days: list[int]
    start: str | None
    end: str | None
    day: str | None


class LodgingView(FoundView):
    kind: Literal["lodging", "meals"]


class ExtractAnswer(View):
    """What the text says, each list in the order of the text."""

    model_config = ConfigDict(json_schema_extra={"examples": [_ANSWER]})

    taxonomy_version: str
    occupation: OccupationView | None
    skills: list[SkillView]
    certificates: list[CertificateView]
    languages: list[LanguageView]
    pay: list[PayView]
    schedule: list[WhenView]
    lodging: list[LodgingView]
