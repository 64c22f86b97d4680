"""What a binding of any shape, parsed or raw, breaks beside its schema."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.matching.phrases.privacy import LONGEST_KEPT
from services.matching.skills.concepts import KINDS
from services.matching.skills.folding import fold
from services.matching.skills.taxonomy import load_taxonomy
from shared.problems import Fault
from shared.vocabulary import CONCEPT


def binding_faults(body: Any) -> list[Fault]:
    """A phrase of nothing or too much, a concept that the taxonomy does not have."""
    if not isinstance(body, Mapping):
        return []
    faults = []
    typed = body.get("phrase")
    if isinstance(typed, str) and typed and not fold(typed):
        message = "has neither a letter nor a digit"
        faults.append(Fault("/phrase", "phrase", message))
    if isinstance(typed, str) and len(typed.strip()) > LONGEST_KEPT:
        message = f"must have at most {LONGEST_KEPT} characters"
        faults.append(Fault("/phrase", "too_long", message))
    concept = body.get("concept")
    shaped = isinstance(concept, str) and CONCEPT.fullmatch(concept)
    for kind in KINDS:
        if shaped and body.get("kind") == kind:
            faults += _concept_faults(kind, str(concept))
    return faults


def _concept_faults(kind: Any, concept: str) -> list[Fault]:
    taxonomy = load_taxonomy()
    if concept in taxonomy.of_kind(kind):
        return []
    message = f"is no {kind} of the taxonomy"
    if new := taxonomy.replacements.get((kind, concept)):
        message = f"was replaced by {new}"
    return [Fault("/concept", f"unknown_{kind}", message)]
