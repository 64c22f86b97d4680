"""Parts of a text that speak of the employer or of leisure, not of the work.

What stands in "We offer: paid training, dental care" is no skill that anybody asks for.
"""

from __future__ import annotations

import re
from bisect import bisect_right

_CUE = re.compile(
    r"(?:^|(?<=[.!?\n]))[^\S\n]{0,3}[-*#•▪]?[^\S\n]{0,3}"
    r"(?:what )?(?:we (?:can )?offer(?: you)?|we provide|benefits|our benefits|perks"
    r"|what's in it for you|why (?:join )?us|about (?:us|the company|our company)"
    r"|who we are|our company|our mission|interests|hobbies(?: and interests)?"
    r"|interests and hobbies|equal opportunit\w+"
    r"|wir bieten(?: ihnen| dir)?|das bieten wir(?: ihnen| dir)?|unser angebot"
    r"|ihre vorteile|deine vorteile|uber uns|wer wir sind|hobbys?|interessen"
    r"|wij bieden(?: jou| je)?|we bieden(?: jou| je)?|dit bieden wij|wat wij bieden"
    r"|over ons|wie wij zijn|hobby's|nous offrons|avantages|qui sommes-nous"
    r"|a propos(?: de nous)?|loisirs"
    r"|centres d'interet|ofrecemos|beneficios|sobre nosotros|quienes somos|aficiones"
    r"|公司福利|福利待遇|员工福利|公司介绍|公司简介|关于我们|企业介绍|兴趣爱好|爱好)"
    r"\b(?=\s|:|,|.|$)",
    re.MULTILINE,
)
_HEADING_END = re.compile(r"[^\S\n]*[:?]?[^\S\n]*(?:\n|$)")
_PART_END = re.compile(r"\n[^\S\n]*\n|\n[^\n]{2,60}:[^\S\n]*\n|$(?![\s\S])")
_SENTENCE_END = re.compile(r"[.!?。](?=\s|$)|\n|$(?![\s\S])")


class Sections:
    """The stretches [start, end) that are about something else."""

    def __init__(self, plain: str) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []
        taken = 0
        for cue in _CUE.finditer(plain):
            if cue.start() < taken:
                continue
            heading = _HEADING_END.match(plain, cue.end())
            ending = _PART_END if heading else _SENTENCE_END
            end = ending.search(plain, heading.end() if heading else cue.end())
            taken = end.start() if end else len(plain)
            self._starts.append(cue.start())
            self._ends.append(taken)

    def cover(self, start: int) -> bool:
        place = bisect_right(self._starts, start) - 1
        return place >= 0 and start < self._ends[place]
