"""The situations in which a phrase cannot be bound, unbound or dismissed."""

from __future__ import annotations

from shared.problems import Conflict, NotFound


class PhraseNotFound(NotFound):
    """No such phrase has been counted."""

    kind = "phrase-not-found"


class BindingNotFound(NotFound):
    """There is no such binding."""

    kind = "binding-not-found"


class PhraseIsAName(Conflict):
    """The taxonomy understands this phrase already."""

    kind = "phrase-is-a-name"


class PhraseIsBound(Conflict):
    """The phrase is bound to a concept; remove that binding first."""

    kind = "phrase-is-bound"
