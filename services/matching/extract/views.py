"""An extract as the API shows it."""

from __future__ import annotations

from typing import Any

from services.matching.extract.extract import Extract, Named
from services.matching.extract.schedule import When
from services.matching.extract.schemas import (
    CertificateView,
    ExtractAnswer,
    IntervalView,
    LanguageView,
    LodgingView,
    OccupationView,
    PayView,
    SkillView,
    SpanView,
    WhenView,
)
from services.matching.extract.spans import Span
from services.matching.skills.concepts import Occupation
from services.matching.skills.taxonomy import load_taxonomy

SURE_OF_LODGING = 0.9


def answer(text: str, found: Extract) -> ExtractAnswer:
    """`found` in `text`, with the words of every span."""
    occupation = found.occupation
    return ExtractAnswer(
        taxonomy_version=load_taxonomy().version,
        occupation=_occupation(text, occupation) if occupation else None,
        skills=[
            SkillView(level=each.level, years=each.years, **_named(text, each))
            for each in found.skills
        ],
        certificates=[
            CertificateView(**_named(text, each)) for each in found.certificates
        ],
        languages=[
            LanguageView(
                language=each.spoken.language,
                level=each.spoken.level,
                confidence=each.spoken.confidence,
                span=_span(text, each.spoken.span),
                negated=each.negated,
            )
            for each in found.languages
        ],
        pay=[
            PayView(
                currency=each.currency,
                unit=each.unit,
                minimum=each.minimum,
                maximum=each.maximum,
                settlement=each.settlement,
                confidence=each.confidence,
                span=_span(text, each.span),
                negated=False,
            )
            for each in found.pay
        ],
        schedule=[_when(text, each) for each in found.schedule],
        lodging=[
            LodgingView(
                kind=each.kind,
                confidence=SURE_OF_LODGING,
                span=_span(text, each.span),
                negated=each.negated,
            )
            for each in found.lodging
        ],
    )


def _named(text: str, each: Named) -> dict[str, Any]:
    return {
        "id": each.concept.id,
        "label_en": each.concept.label_en,
        "label_zh": each.concept.label_zh,
        "confidence": each.confidence,
        "span": _span(text, each.span),
        "negated": each.negated,
    }


def _occupation(text: str, each: Named) -> OccupationView:
    isco08 = each.concept.isco08 if isinstance(each.concept, Occupation) else ""
    return OccupationView(isco08=isco08, years=each.years, **_named(text, each))


def _when(text: str, each: When) -> WhenView:
    intervals = []
    if each.kind == "weekly" and each.start is not None and each.end is not None:
        intervals = [
            IntervalView(weekday=day, start=each.start, end=each.end)
            for day in each.days
        ]
    return WhenView(
        kind=each.kind,
        weekly=intervals,
        days=list(each.days),
        start=each.start,
        end=each.end,
        day=each.day,
        confidence=each.confidence,
        span=_span(text, each.span),
        negated=each.negated,
    )


def _span(text: str, span: Span) -> SpanView:
    return SpanView(start=span.start, end=span.end, text=text[span.start : span.end])
