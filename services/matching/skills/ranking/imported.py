"""The rankers of imported classifications that a process holds, built as they are
asked for and again when a classification was imported anew."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Request

from services.matching.skills.concepts import Language
from services.matching.skills.ranking.classification import (
    Coded,
    rank_csco,
    rank_esco,
)
from services.matching.skills.ranking.errors import SchemeNotImported
from services.matching.skills.ranking.learned_titles import csco_titles
from services.matching.skills.ranking.queries import (
    Imported,
    coded_occupations,
    imported_scheme,
)
from services.matching.skills.ranking.ranker import Ranker
from shared.database import Database


@dataclass(frozen=True, slots=True)
class Classification:
    """One classification by its names in one language. `labels`: code → language →
    preferred name."""

    imported_at: datetime
    ranker: Ranker
    labels: Mapping[str, Mapping[Language, str]]

    def label(self, code: str, language: Language | None) -> str:
        """In the language if there is one, else in the classification's own."""
        known = self.labels[code]
        for spoken in (language, "en", "zh"):
            if spoken is not None and spoken in known:
                return known[spoken]
        return next(iter(known.values()), code)


class Classifications:
    """Held on `app.state`; one is built at a time, beside the event loop and in no
    transaction: that takes longer than one may last."""

    def __init__(self) -> None:
        self._built: dict[tuple[Imported, Language], Classification] = {}
        self._building = asyncio.Lock()

    async def of(
        self, database: Database, scheme: Imported, language: Language | None
    ) -> Classification:
        """As it was last imported. Raises SchemeNotImported."""
        async with database.as_system() as session:
            known = await imported_scheme(session, scheme)
        if known is None:
            raise SchemeNotImported
        by: Language = "zh" if scheme == "csco" else "en"
        if scheme == "esco" and language in known["languages"]:
            by = language or by
        async with self._building:
            built = self._built.get((scheme, by))
            if built is None or built.imported_at != known["imported_at"]:
                async with database.as_system() as session:
                    occupations = await coded_occupations(session, scheme)
                if not occupations:
                    raise SchemeNotImported
                built = await asyncio.to_thread(
                    _built, scheme, by, occupations, known["imported_at"]
                )
                self._built[scheme, by] = built
        return built


def _built(
    scheme: Imported, by: Language, occupations: Sequence[Coded], at: datetime
) -> Classification:
    if scheme == "csco":
        ranker = rank_csco(occupations, csco_titles())
    else:
        ranker = rank_esco(occupations, by)
    labels = {
        occupation.code: {
            language: names[0] for language, names in occupation.names.items()
        }
        for occupation in occupations
    }
    return Classification(at, ranker, labels)


async def classifications_of(request: Request) -> Classifications:
    """The process's own, there from the first request on."""
    state = request.app.state
    if not hasattr(state, "classifications"):
        state.classifications = Classifications()
    held: Classifications = state.classifications
    return held


ClassificationsDep = Annotated[Classifications, Depends(classifications_of)]
