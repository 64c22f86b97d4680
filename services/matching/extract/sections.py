"""Parts of a text under a heading: what the employer offers, what somebody must know.

What stands in "We offer: paid training, dental care" is no skill that anybody asks for.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import NamedTuple

_ELSEWHERE = re.compile(
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
_SKILLS = re.compile(
    r"^[^\S\n]{0,3}[-*#•▪]?[^\S\n]{0,3}"
    r"(?:(?:key |core |main |your |other |technical |professional |personal |required "
    r"|practical |computer )?(?:skills(?: (?:and|&) (?:knowledge|experience))?"
    r"|requirements|competenc(?:e|ie)s)|what you(?:'ll)? need|you have|you bring"
    r"|tech(?:nology)? stack|technologies"
    r"|(?:fach|edv-?|it-?)?kenntnisse(?: und fahigkeiten)?|fahigkeiten|anforderungen"
    r"|(?:dein|ihr) profil|voraussetzungen|das bringst du mit"
    r"|competences(?: requises)?|exigences|savoir-faire"
    r"|vaardigheden|vereisten|functie-eisen|jouw profiel"
    r"|habilidades|requisitos|competencias|conocimientos"
    r"|(?:专业|职业|个人|岗位|掌握)?技能(?:要求|特长)?|(?:任职|岗位|职位)要求)"
    r"(?=[^\S\n]*(?::|\n))",
    re.MULTILINE,
)
_HEADING_END = re.compile(r"[^\S\n]*[:?]?[^\S\n]*(?:\n|$)")
_PART_END = re.compile(r"\n[^\S\n]*\n|\n[^\n]{2,60}:[^\S\n]*\n|$(?![\s\S])")
_SENTENCE_END = re.compile(r"[.!?。](?=\s|$)|\n|$(?![\s\S])")


class Part(NamedTuple):
    """[start, end) of the text, its heading included."""

    start: int
    heading_end: int
    end: int


def skill_lists(plain: str) -> Iterator[Part]:
    """The parts whose heading says that they list what somebody can or must know."""
    return _parts(plain, _SKILLS)


class Sections:
    """The parts that speak of the employer or of leisure, not of the work."""

    def __init__(self, plain: str) -> None:
        parts = list(_parts(plain, _ELSEWHERE))
        self._starts = [part.start for part in parts]
        self._ends = [part.end for part in parts]

    def cover(self, start: int) -> bool:
        place = bisect_right(self._starts, start) - 1
        return place >= 0 and start < self._ends[place]


def _parts(plain: str, heading: re.Pattern[str]) -> Iterator[Part]:
    """Each goes on to the end of its paragraph or, where something stands behind the
    heading in its line, of that sentence."""
    taken = 0
    for cue in heading.finditer(plain):
        if cue.start() < taken:
            continue
        line = _HEADING_END.match(plain, cue.end())
        ending = _PART_END if line else _SENTENCE_END
        end = ending.search(plain, line.end() if line else cue.end())
        taken = end.start() if end else len(plain)
        yield Part(cue.start(), cue.end(), taken)
