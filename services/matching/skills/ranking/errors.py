"""The situations in which titles cannot be ranked."""

from __future__ import annotations

from shared.problems import Conflict


class SchemeNotImported(Conflict):
    """This classification has not been imported here; an operator can do so."""

    kind = "scheme-not-imported"
