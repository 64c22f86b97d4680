"""What a text says is not needed, not had or not offered.

A cue before ("no forklift", "keine Erfahrung", "不需要叉车证") reaches forward, a cue
behind ("… is not required", "… ist nicht nötig", "学历不限") reaches back; both stop at
the end of the clause, and run on through a list.
"""

from __future__ import annotations

import re
from bisect import bisect_right

REACH = 160
"""Code points that a cue reaches at most."""

_NEEDED = (
    r"(?:needed|required|necessary|essential|expected|mandatory|a must|obligatory"
    r"|notig|notwendig|erforderlich|vorausgesetzt|benotigt|verlangt|gefordert|pflicht"
    r"|muss|necessaire|exigee?s?|requise?s?|obligatoire|demandee?s?|necesari[oa]s?"
    r"|nodig|vereist|verplicht|noodzakelijk|imprescindible|obligatori[oa]"
    r"|requerid[oa]s?)"
)
_BEHIND = re.compile(
    r"\b(?:(?:is|are|was|will be|ist|sind|wird|werden|est|sont|es|son|zijn)\s+)?"
    r"(?:not|n't|nicht|keine?|no|non|pas|never|niet|geen)\s+"
    rf"(?:\w+\s+)?{_NEEDED}\b"
    rf"|(?:isn't|aren't)\s+(?:\w+\s+)?{_NEEDED}\b"
    r"|\bunnecessary\b|\b(?:brauchst|brauchen|musst|mussen)\s+(?:du|sie)\s+nicht\b"
    r"|\bno hace falta\s*(?=[.,;\n]|$)"
    r"|(?:不限|不要求|不需要|不作要求|不做要求|无要求|不必"
    r"|不重要)(?=\s*(?:[,。;!、.\n]|$))"
)
_BEFORE = re.compile(
    r"\b(?:no|not|without|never|neither|nor|cannot|can't|don't|doesn't|didn't|won't"
    r"|kein(?:e[nmrs]?)?|nicht|ohne|weder|nie|geen|niet|zonder|nooit|sans|pas"
    r"|aucune?|ni|sin|ningun[ao]?"
    r"|nunca)\b"
    r"|不需要?|不用|不必|不要求|不会|不包|不提供|不含|不能|不上|不接受|不管|不招|不收"
    r"|无需|无须|无(?=需|须|经验)|没有|没|未(?:持|有)|免(?=经验|证|体检)|非(?=必)"
)
# "no" and "not" that deny nothing
_HARMLESS = re.compile(
    r"(?:not only|not just|not (?:less|fewer|more|later|under|limited)|no (?:less|fewer"
    r"|more|later|problem|doubt|matter|limit)|why not|if not|whether or not|not to "
    r"mention|no\.? ?\d|nicht nur|niet alleen|nicht weniger|nicht unter|ohne weiteres"
    r"|pas seulement|non seulement|no solo|sin duda|sans doute"
    r"|不限于|不少于|不低于|不超过|不仅|不但|不断|不错|不同|没问题|不含税|不等|不定)"
)
_END = re.compile(
    r"[.!?;\n()。]|,|\b(?:but|however|though|only|just|aber|sondern|jedoch|nur|maar"
    r"|echter|mais"
    r"|pero|sino|because|since|as|so|weil|da)\b|但|只|需(?!要?叉)|要(?!求)|即可|也可"
)
_BACK_END = re.compile(
    r"[.!?;\n()。:]|\b(?:but|however|aber|jedoch|maar|mais|pero|required|erforderlich"
    r"|necessary|must|and is|und ist)\b|但"
)
_STOP = re.compile(r"[.!?;\n()。]")
_OR = re.compile(r"\b(?:or|nor|oder|noch|ou|ni|o|and|und|et|y|e)\b|或|和|及")
# a clause of its own begins so, no further item of the list
_CLAUSE = re.compile(
    r"\b(?:you|we|he|she|they|i|it|must|will|wir|sie|du|ich|es|is|are|ist|sind|full"
    r"|but|nous|vous|est|good|fluent|gut\w*)\b"
)


class Negations:
    """The stretches of a text that are denied."""

    def __init__(self, plain: str) -> None:
        stretches = sorted(_stretches(plain))
        self._starts = [start for start, _ in stretches]
        self._ends: list[int] = []
        furthest = 0
        for _, end in stretches:
            furthest = max(furthest, end)
            self._ends.append(furthest)

    def cover(self, start: int, end: int) -> bool:
        """Whether [start, end) lies in a denied stretch."""
        place = bisect_right(self._starts, start) - 1
        return place >= 0 and end <= self._ends[place]


def _stretches(plain: str) -> list[tuple[int, int]]:
    found = []
    taken = -1
    for cue in _BEHIND.finditer(plain):
        found.append((_back(plain, cue.start()), cue.start()))
    for cue in _BEFORE.finditer(plain):
        if cue.start() < taken or _HARMLESS.match(plain, cue.start()):
            continue
        around = plain[max(0, cue.start() - 8) : cue.start() + 16]
        if "whether or" in around or "why not" in around or "if not" in around:
            continue
        end = _forward(plain, cue.end())
        found.append((cue.end(), end))
        taken = cue.end()
    return found


def _forward(plain: str, start: int) -> int:
    limit = min(len(plain), start + REACH)
    place = start
    while True:
        end = _END.search(plain, place, limit)
        if end is None:
            return limit
        if end[0] == "," and _goes_on(plain, end.end(), limit):
            place = end.end()
            continue
        if end[0] == "." and plain[end.end() : end.end() + 1].isalnum():
            place = end.end()
            continue
        return end.start()


def _goes_on(plain: str, start: int, limit: int) -> bool:
    """Whether a list of short items follows that ends in an "or"."""
    stop = _STOP.search(plain, start, limit)
    rest = plain[start : stop.start() if stop else limit]
    items = rest.split(",")
    for item in items:
        if len(item.split()) > 6 or _CLAUSE.search(item):
            return False
        if _OR.search(item):
            return True
    return False


def _back(plain: str, end: int) -> int:
    """Where the clause before a cue begins."""
    limit = max(0, end - REACH)
    for boundary in _BACK_END.finditer(plain, limit, end):
        limit = boundary.end()
    clause = plain[limit:end]
    comma = clause.rfind(",")
    while comma >= 0:
        last = clause[comma + 1 :]
        if not _OR.search(last) or len(last.split()) > 8:
            return limit + comma + 1
        before = clause[:comma]
        item = before[before.rfind(",") + 1 :]
        if len(item.split()) > 4:
            return limit + comma + 1
        comma = before.rfind(",")
    return limit
