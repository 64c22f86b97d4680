"""The situations in which the skills API cannot answer."""

from __future__ import annotations

from shared.problems import NotFound


class ConceptNotFound(NotFound):
    """The taxonomy has no such concept."""

    kind = "concept-not-found"
