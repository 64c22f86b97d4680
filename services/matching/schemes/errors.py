"""The situations in which classifications cannot be shown or imported."""

from __future__ import annotations

from shared.problems import Conflict, NotFound


class SchemeNotFound(NotFound):
    """This classification has not been imported here."""

    kind = "scheme-not-found"


class EntryNotFound(NotFound):
    """The classification has no such entry."""

    kind = "entry-not-found"


class ImportUnderWay(Conflict):
    """Another import is under way."""

    kind = "import-under-way"
