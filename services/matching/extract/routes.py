"""POST /v1/skills/extract: what a pasted advert or CV says."""

from __future__ import annotations

from fastapi import APIRouter

from services.matching.extract.extract import extract
from services.matching.extract.schemas import ExtractAnswer, ExtractRequest
from services.matching.extract.views import answer
from services.matching.phrases.privacy import caller_key
from services.matching.phrases.understanding import UnderstandingDep
from services.matching.skills.access import UNDERSTANDING
from shared.access import Who
from shared.idempotency import KeyedRoute
from shared.openapi import problems

router = APIRouter(prefix="/v1/skills", tags=["skills"], route_class=KeyedRoute)


# a plain function: it computes for milliseconds, beside the event loop
@router.post(
    "/extract",
    summary="Read an advert or a CV",
    dependencies=UNDERSTANDING,
    responses=problems(),
)
def extract_statements(
    body: ExtractRequest, held: UnderstandingDep, caller: Who
) -> ExtractAnswer:
    """Occupation, skills, certificates, languages, pay, schedule and lodging, each with
    its place in the text.

    Of the text nothing is stored; but the short terms of a list of skills, and what is
    called the job title, are counted when they are not understood, as typed ones are.
    """
    found = extract(body.text, body.kind, body.country, body.language, held.bound)
    typist = caller_key(caller)
    for span in found.unnamed:
        held.understand(
            body.text[span.start : span.end], "skill", body.language, typist
        )
    if found.unnamed_title is not None:
        title = body.text[found.unnamed_title.start : found.unnamed_title.end]
        held.understand(title, "occupation", body.language, typist)
    return answer(body.text, found)
