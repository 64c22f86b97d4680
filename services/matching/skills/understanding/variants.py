"""Spellings of a name that cannot mean anything else, and that therefore may decide.

Only differences that English grammar or two countries' spelling explain: the plural of
the last word, "of" turned round, -ise and -ize, -our and -or. Everything else - one
letter, a stem, a prefix, a part of a compound - is left to suggestions, because it also
leads from welder to weldor, from nursing to nursery and from Java to JavaScript.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

SHORTEST = 5


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


# nouns whose -s is no plural or whose plural is another thing
NO_PLURAL = frozenset(
    _words(
        """
    accounts arms arts assets blues bonds brains briefs cards chips clothes contents
    corps customs damages darts draughts drawers effects facilities forces funds gas
    games glasses goods grounds guts heads honours jeans journals lens letters limbs
    limits links looks mains manners means minutes morals news notes odds pains papers
    pants parts pictures plates points pools posts powers premises presses process
    quarters ranks regards relations remains resources returns rights roots savings
    scales scissors securities series services settings shorts sights species
    specifications spectacles spirits sports stairs stocks suds supplies talks terms
    thanks times tools tops trousers troops values wages waters windows words works
    """
    )
)
_VOWEL_BEFORE_Y = re.compile(r"[aeiou]y$")
_BRITISH = (
    (re.compile(r"(?<=[a-z]{3})is(e|ed|es|ing|ation|ations|er|ers)\b"), r"iz\1"),
    (re.compile(r"(?<=[a-z]{2})yse(d|s|r|rs)?\b"), r"yze\1"),
    (re.compile(r"\b(lab|col|fav|hon|behavi|harb|neighb|arm)our"), r"\1or"),
    (re.compile(r"\b(cent|theat|fib|met|lit)re(s?)\b"), r"\1er\2"),
    (re.compile(r"\bprogramme(s?)\b"), r"program\1"),
    (re.compile(r"\bcatalogue(s?)\b"), r"catalog\1"),
)
# -ise that is no suffix: to respell it makes no word
_NOT_RESPELT = re.compile(
    r"\b(?:advertis|advis|compris|compromis|devis|exercis|franchis|improvis|merchandis"
    r"|premis|pris|promis|rais|revis|supervis|surpris|televis|nois|pois|rais|bruis"
    r"|cruis|expertis|enterpris|precis|concis|wis|ris|dis|mis)"
)


def american(folded: str) -> str:
    """A folded phrase in American spelling; other words stay."""
    return " ".join(
        word if _NOT_RESPELT.match(word) else _respelt(word) for word in folded.split()
    )


def variants(folded: str) -> Iterator[str]:
    """Other folded phrases that mean what this one means, itself not among them.

    A single word has none: patents are no patent, and Subversion is no subversions.
    """
    words = folded.split()
    if not folded.isascii() or len(words) < 2:
        return
    for last in _other_number(words[-1]):
        yield " ".join((*words[:-1], last))
    if words.count("of") == 1 and 0 < (at := words.index("of")) < len(words) - 1:
        before, after = words[:at], words[at + 1 :]
        if len(before) == 1 and after[0] not in ("the", "a", "an"):
            yield " ".join((*after, *before))


def _respelt(word: str) -> str:
    for pattern, spelling in _BRITISH:
        word = pattern.sub(spelling, word)
    return word


def _other_number(word: str) -> Iterator[str]:
    """The singular of a plural and the plural of a singular, where both are regular."""
    if len(word) < SHORTEST or not word.isalpha() or word in NO_PLURAL:
        return
    if word.endswith(("ss", "us", "is", "ics", "ing", "ness", "ity", "ment")):
        return
    if word.endswith("ies"):
        singular = word[:-3] + "y"
    elif word.endswith(("sses", "shes", "ches", "xes")):
        singular = word[:-2]
    elif word.endswith("s"):
        singular = word[:-1]
    else:
        plural = _plural(word)
        if plural not in NO_PLURAL and not plural.endswith("ics"):
            yield plural
        return
    if _plural(singular) == word:
        yield singular


def _plural(word: str) -> str:
    if word.endswith("y") and not _VOWEL_BEFORE_Y.search(word):
        return word[:-1] + "ies"
    return word + ("es" if word.endswith(("s", "sh", "ch", "x")) else "s")
