"""The project's own taxonomy as the importers' lexicon."""

from __future__ import annotations

import re
from collections import defaultdict

from infra.imports.lexicon import Occupation
from services.matching.skills import concepts
from services.matching.skills.normalise import normalise
from services.matching.skills.taxonomy import load_taxonomy
from services.matching.skills.titles import resolve_title

ISCO = re.compile(r"(?:isco(?:-?08)?[\s:-]*)?(\d{4})", re.IGNORECASE)


class TaxonomyLexicon:
    """Names that decide, and nothing that merely looks like one."""

    def __init__(self) -> None:
        self._of_code: dict[str, list[concepts.Occupation]] = defaultdict(list)
        for occupation in load_taxonomy().occupations.values():
            self._of_code[occupation.isco08].append(occupation)

    def occupation(self, text: str) -> Occupation | None:
        if code := ISCO.fullmatch(text.strip()):
            group = self._of_code.get(code[1], [])
            return _told(group[0]) if len(group) == 1 else None
        found = resolve_title(text).concept
        return _told(found) if isinstance(found, concepts.Occupation) else None

    def skill(self, text: str) -> str | None:
        found = normalise(text, "skill").concept
        return found.id if found else None

    def certificate(self, text: str) -> str | None:
        found = normalise(text, "certificate").concept
        return found.id if found else None


def _told(occupation: concepts.Occupation) -> Occupation:
    return Occupation(occupation.id, occupation.markets, occupation.essential)
