"""What an API process knows beside the taxonomy: names bound lately; and what it does
with phrases that it does not know: it counts them."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from services.matching.phrases.counting import PhraseCounter, Typed
from services.matching.skills.bound import NOTHING_BOUND, Bound, understand
from services.matching.skills.concepts import Kind, Language
from services.matching.skills.normalise import Normalised


class Understanding:
    """Held on `app.state`; `bound` is replaced whole when operators bind."""

    def __init__(self, bound: Bound = NOTHING_BOUND) -> None:
        self.bound = bound
        self.counter = PhraseCounter()

    def understand(
        self, phrase: str, kind: Kind, language: Language | None, caller: str
    ) -> Normalised:
        """What a phrase that `caller` typed means; counted when that is unknown."""
        found = understand(phrase, kind, language, self.bound)
        if found.concept is None:
            self.counter.note(Typed(kind, phrase, language, caller))
        return found


async def understanding_of(request: Request) -> Understanding:
    """The process's own, there from the first request on."""
    state = request.app.state
    if not hasattr(state, "understanding"):
        state.understanding = Understanding()
    held: Understanding = state.understanding
    return held


UnderstandingDep = Annotated[Understanding, Depends(understanding_of)]
