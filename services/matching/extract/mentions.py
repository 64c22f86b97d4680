"""The taxonomy's names in a text: the longest at each place, whole words only.

"Cookie" holds no cook and "JavaScript" no Java, because names are compared word by
word. Names that are everyday words besides ("go", "rust", "excel", "security") count
only in the company that `words.py` asks for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from services.matching.extract.spans import Atom, Gap, Reading, Span
from services.matching.extract.vocabulary import (
    SHORTEST_JOINED,
    Concepts,
    Vocabulary,
    vocabulary,
)
from services.matching.extract.words import (
    CUES,
    EVERYDAY,
    PRODUCTS,
    PROGRAMMING,
    SHORT,
    SINGLE_LETTERS,
)
from services.matching.skills.bound import NOTHING_BOUND, Bound
from services.matching.skills.concepts import Concept, Kind
from services.matching.skills.folding import is_chinese

DOUBTED = 0.7
"""At most so sure of a name that is an everyday word too."""
NEAR = 60  # characters in which a cue may stand
_LIST_MARK = re.compile(r"[,/、·|]|\b(?:and|or|und|oder|et|ou|y|o)\b|或|和|与|及")
LIST_REACH = 2  # names so many places apart in a list vouch for each other


@dataclass(frozen=True, slots=True)
class Mention:
    """A name at words [first, last) of the reading; one concept for each kind."""

    span: Span
    first: int
    last: int
    concepts: Concepts
    doubtful: bool = False

    def of(self, kind: Kind) -> Concept | None:
        found = self.concepts.get(kind)
        return found[0] if found else None


def find_mentions(reading: Reading, bound: Bound = NOTHING_BOUND) -> list[Mention]:
    """Every name in the text, in order, none overlapping another."""
    found = list(_named(reading.atoms, vocabulary(bound)))
    lines = _LineStarts(reading)
    doubts = [_doubt(reading, mention) for mention in found]
    kept = []
    for place, (mention, doubt) in enumerate(zip(found, doubts, strict=True)):
        if doubt is None:
            kept.append(mention)
        elif _vouched(reading, found, doubts, place, doubt, lines):
            kept.append(replace(mention, doubtful=True))
    return kept


def _named(atoms: Sequence[Atom], names: Vocabulary) -> Iterator[Mention]:
    place = 0
    while place < len(atoms):
        last, concepts = _longest(atoms, place, names)
        if concepts:
            span = Span(atoms[place].start, atoms[last - 1].end)
            yield Mention(span, place, last, concepts)
        place = last


def _longest(
    atoms: Sequence[Atom], first: int, names: Vocabulary
) -> tuple[int, Concepts | None]:
    """The end of the longest name from `first` on, and what it names; a phrase that
    only seems to hold a name is passed over whole."""
    best: tuple[int, Concepts | None] = (first + 1, None)
    words, place = "", first
    while place < len(atoms):
        atom = atoms[place]
        if place > first and atom.gap > Gap.SPACED:
            break
        place += 1
        longer = words + atom.word
        if not names.begins(longer):
            if place == len(atoms) or not _may_be_one(atom, atoms[place]):
                break
            longer += atoms[place].word
            place += 1
            if not names.begins(longer):
                break
        concepts = names.named(longer)
        if concepts is not None:
            best = (place, concepts)
        words = longer + " "
    return best


def _may_be_one(atom: Atom, following: Atom) -> bool:
    """Whether two words may be one word of a name, split in two: "fork lift"."""
    length = len(atom.word) + len(following.word)
    return following.gap is Gap.SPACED and length >= SHORTEST_JOINED


def _doubt(reading: Reading, mention: Mention) -> str | None:
    """Why a name may be no name here."""
    if mention.last - mention.first > 1:
        return None
    atom = reading.atoms[mention.first]
    if is_chinese(atom.word[0]):
        return None
    if atom.word in SINGLE_LETTERS:
        return "letter"
    if len(atom.word) <= 2 or atom.word in SHORT:
        return None if _is_capital(reading, atom) else "short"
    if atom.word in PRODUCTS:
        return "product"
    return "everyday" if atom.word in EVERYDAY else None


def _is_capital(reading: Reading, atom: Atom) -> bool:
    """Written in capitals, in a line that is not all capitals."""
    raw = reading.text[atom.start : atom.end]
    if not raw.isupper() or "." in raw:
        return False
    around = reading.text[max(0, atom.start - 30) : atom.end + 30]
    return any(character.islower() or is_chinese(character) for character in around)


class _LineStarts:
    """Which words begin a line or a sentence."""

    def __init__(self, reading: Reading) -> None:
        self._atoms = reading.atoms

    def starts(self, place: int) -> bool:
        return self._atoms[place].gap is Gap.ENDED

    def ends(self, place: int) -> bool:
        """Whether `place` is the last word before such a start."""
        following = place + 1
        return following >= len(self._atoms) or self._atoms[following].gap is Gap.ENDED


def _vouched(
    reading: Reading,
    found: Sequence[Mention],
    doubts: Sequence[str | None],
    place: int,
    doubt: str,
    lines: _LineStarts,
) -> bool:
    mention = found[place]
    atom = reading.atoms[mention.first]
    if _in_a_list(reading, found, doubts, place):
        return True
    before = reading.plain[max(0, atom.start - NEAR) : atom.start]
    near = before + " " + reading.plain[atom.end : atom.end + NEAR // 2]
    if doubt == "letter":
        raw = reading.text[atom.start : atom.end]
        return raw.isupper() and PROGRAMMING.search(near) is not None
    if doubt == "product":
        raw = reading.text[atom.start : atom.end]
        if not raw[:1].isupper():
            return False
        told = CUES.search(before) or PROGRAMMING.search(near)
        return told is not None or not lines.starts(mention.first)
    if doubt == "everyday":
        whole_line = lines.starts(mention.first) and lines.ends(mention.last - 1)
        return (
            whole_line or CUES.search(near) is not None or _is_title(reading, mention)
        )
    return False


def _is_title(reading: Reading, mention: Mention) -> bool:
    """An occupation in the first line, or with a capital in German."""
    if "occupation" not in mention.concepts:
        return False
    return reading.sentence_of[mention.first] == 0


def _in_a_list(
    reading: Reading,
    found: Sequence[Mention],
    doubts: Sequence[str | None],
    place: int,
) -> bool:
    """Whether an undoubted name stands beside it, with a list's mark between."""
    own = found[place]
    sentence = reading.sentence_of[own.first]
    for other in range(
        max(0, place - LIST_REACH), min(len(found), place + LIST_REACH + 1)
    ):
        if other == place or doubts[other] is not None:
            continue
        neighbour = found[other]
        if reading.sentence_of[neighbour.first] != sentence:
            continue
        if "skill" not in neighbour.concepts and "skill" in own.concepts:
            continue
        low, high = sorted((own, neighbour), key=lambda each: each.first)
        between = reading.plain[low.span.end : high.span.start]
        if len(between) <= 40 and _LIST_MARK.search(between):
            return True
    return False
