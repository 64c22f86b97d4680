"""Names that operators bound to concepts, laid over those of the taxonomy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from services.matching.skills.concepts import Concept, Kind, Language
from services.matching.skills.folding import LONGEST, fold
from services.matching.skills.normalise import CONFIDENCE, Normalised, normalise
from services.matching.skills.titles import resolve_title


@dataclass(frozen=True, slots=True, eq=False)
class Bound:
    """(kind, folded phrase) → concept, as of a version of the bindings.

    Never changed, and the same only as itself: what is made of it can be kept.
    """

    version: int = -1
    names: Mapping[tuple[Kind, str], Concept] = field(default_factory=dict)


NOTHING_BOUND = Bound()


def understand(
    phrase: str,
    kind: Kind,
    language: Language | None = None,
    bound: Bound = NOTHING_BOUND,
) -> Normalised:
    """What a phrase means; occupations are job titles.

    A name of the taxonomy decides, then a binding, then everything that is less sure
    than either.
    """
    if kind == "occupation":
        found = resolve_title(phrase, language)
    else:
        found = normalise(phrase, kind, language)
    if found.method == "name" or not bound.names or len(phrase) > LONGEST:
        return found
    concept = bound.names.get((kind, fold(phrase)))
    if concept is None:
        return found
    return Normalised(concept, CONFIDENCE["bound"], "bound")
