"""POST /v1/skills/extract: what a pasted advert or CV says."""

from __future__ import annotations

from fastapi import APIRouter

from services.matching.extract.extract import extract
from services.matching.extract.schemas import ExtractAnswer, ExtractRequest
from services.matching.extract.views import answer
from shared.access import Own, allow
from shared.identity import SIGNED_IN, Scope
from shared.openapi import problems
from shared.rate_limits.declared import rated
from shared.rates import RateClass

router = APIRouter(prefix="/v1/skills", tags=["skills"])


# a plain function: it computes for milliseconds, beside the event loop
@router.post(
    "/extract",
    summary="Read an advert or a CV",
    dependencies=[
        allow(SIGNED_IN, scope=Scope.SKILLS_READ, own=Own.SHARED),
        rated(RateClass.HEAVY),
    ],
    responses=problems(),
)
def extract_statements(body: ExtractRequest) -> ExtractAnswer:
    """Occupation, skills, certificates, languages, pay, schedule and lodging, each with
    its place in the text. Nothing of the text is stored."""
    return answer(body.text, extract(body.text, body.kind, body.country, body.language))
