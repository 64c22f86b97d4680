"""What a text lists as a skill or calls the job and nobody understands.

Only what stands under a heading for skills or requirements, between a list's marks and
short: most of a text is not made of names, and its sentences are nobody's terms.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator

from services.matching.extract.sections import skill_lists
from services.matching.extract.spans import Atom, Gap, Reading, Span
from services.matching.skills.folding import is_chinese

MOST_WORDS = 4
MOST_CHARACTERS = 8
"""Of a Chinese term."""

MOST_TERMS = 20
"""Of one text."""

_JOINING = frozenset(["and", "or", "und", "oder", "et", "ou", "y", "o"])
_TITLE = re.compile(
    r"^[^\S\n]{0,3}(?:job title|position|role|vacancy|stelle|stellenbezeichnung|poste"
    r"|puesto|functie|vacature|(?:招聘)?(?:职位|岗位)(?:名称)?)"
    r"[^\S\n]*:[^\S\n]*([^\W\d][^\n]{0,79})$",
    re.MULTILINE,
)


def unnamed_terms(reading: Reading, told: Callable[[Span], bool]) -> tuple[Span, ...]:
    """The terms of its lists of skills that say nothing that is `told` already."""
    found: dict[str, Span] = {}
    for term in _terms(reading):
        span = Span(term[0].start, term[-1].end)
        if _is_short(term) and not told(span):
            found.setdefault(" ".join(atom.word for atom in term), span)
            if len(found) == MOST_TERMS:
                break
    return tuple(found.values())


def labelled_title(reading: Reading) -> Span | None:
    """What stands behind "Job title:"."""
    found = _TITLE.search(reading.plain)
    return Span(*found.span(1)) if found else None


def _terms(reading: Reading) -> Iterator[list[Atom]]:
    """The words between two of a list's marks."""
    starts = [atom.start for atom in reading.atoms]
    for part in skill_lists(reading.plain):
        first = bisect_left(starts, part.heading_end)
        last = bisect_left(starts, part.end, first)
        term: list[Atom] = []
        for atom in reading.atoms[first:last]:
            joins = atom.word in _JOINING
            # "a, b and c" are three, "search and rescue" on a line of its own is one
            listed = bool(term) and term[0].gap is Gap.LISTED
            if term and (atom.gap >= Gap.LISTED or (joins and listed)):
                yield term
                term = []
            if term or not joins:
                term.append(atom)
        if term:
            yield term


def _is_short(term: list[Atom]) -> bool:
    """A name, it may be, and not a list, a number or a sentence."""
    words = [atom.word for atom in term]
    chinese = sum(is_chinese(word[0]) for word in words)
    if not words[0][0].isalpha() or _JOINING.intersection(words):
        return False
    if chinese:
        return len(words) > 1 and chinese <= MOST_CHARACTERS
    return len(words) <= MOST_WORDS and sum(map(len, words)) > 1
