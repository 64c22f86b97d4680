"""The situations in which the skills API cannot answer."""

from __future__ import annotations

from shared.problems import NotFound


class ConceptNotFound(NotFound):
    """The taxonomy has no such concept."""

    kind = "concept-not-found"


class TaxonomyVersionUnknown(NotFound):
    """This installation has never held that version of the taxonomy."""

    kind = "taxonomy-version-unknown"
