"""How well and for how many years: cues, and which names in the text they are about."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from services.matching.extract.scripts import cuts_a_word
from services.matching.extract.spans import Reading, Span

Kind = Literal["level", "years"]


@dataclass(frozen=True, slots=True)
class Cue:
    """`value` is a level 1-5 or a number of years; `spoken` is the level 1-6 (A1-C2)
    that the same word means of a language."""

    span: Span
    kind: Kind
    value: float
    spoken: int | None = None


NUMBERS = {
    "half a": 0.5,
    "半": 0.5,
    **dict.fromkeys(
        ["a", "one", "ein", "eine", "einem", "un", "une", "uno", "een", "一"], 1
    ),
    **dict.fromkeys(["two", "zwei", "deux", "dos", "twee", "两", "二"], 2),
    **dict.fromkeys(["three", "drei", "trois", "tres", "drie", "三"], 3),
    **dict.fromkeys(["four", "vier", "quatre", "cuatro", "四"], 4),
    **dict.fromkeys(["five", "funf", "fuenf", "cinq", "cinco", "vijf", "五"], 5),
    **dict.fromkeys(["six", "sechs", "seis", "zes", "六"], 6),
    **dict.fromkeys(["seven", "sieben", "sept", "siete", "七"], 7),
    **dict.fromkeys(["eight", "acht", "huit", "ocho", "八"], 8),
    **dict.fromkeys(["nine", "neun", "neuf", "nueve", "九"], 9),
    **dict.fromkeys(["ten", "zehn", "dix", "diez", "十"], 10),
}
_COUNT = (
    r"(?P<count>\d{1,2}(?:[.,]\d)?|"
    + "|".join(sorted(NUMBERS, key=len, reverse=True))
    + ")"
)
_YEARS = re.compile(
    rf"(?<![\d.,/\w]){_COUNT}\s?\+?\s?(?:(?:-|to|bis|tot|a|or"
    rf"|oder)\s?\d{{1,2}}\s?)?\+?\s?"
    r"(?P<unit>years?'?|yrs?\.?|yoe|jahren?|jaar|jaren|ans|an(?= d'exp| de "
    r"| minimum)|annees?"
    r"|anos?)(?![\w])\+?"
    rf"|(?<!\d)(?P<zh>\d{{1,2}}(?:\.\d)?|[半一两二三四五六七八九十])\s?"
    r"(?:[-至到]\s?\d{1,2}\s?)?个?年(?!龄|级|薪|底|后|终|前|代|月|轻|\d|以内)"
)
_NOT_EXPERIENCE = re.compile(
    r"\s?(?:old|ago|of age|warrant\w*|contract|alt\b|oud\b|fixed|programme"
    r"|in business|plan"
    r"|guarantee|vertrag\w*|laufzeit|合同|制|历史)"
)
_AGE_BEFORE = re.compile(r"(?:aged?|over the|for over|last|past|next|within)\s?$")
_MONTHS = re.compile(
    r"(?<![\d.,])(\d{1,2})\s?(?:months?'?|monate?n?|mois|meses|个月)\s?"
    r"(?:of |的)?(?:\w{1,20} )?(?:experience|erfahrung|berufserfahrung|d'experience"
    r"|经验)"
)
# the level of a skill (1-5), that of a language (1-6), and the words for it
_LEVELS: tuple[tuple[int, int, str], ...] = (
    (
        5,
        6,
        (
            r"native|mother tongue|first language|bilingual|muttersprach\w*|moedertaal"
            r"|langue maternelle|bilingue|lengua materna|nativ[eo]s?|母语"
        ),
    ),
    (
        5,
        5,
        (
            r"fluent(?:ly)?|fluency|business[- ]level|fliessend\w*|fließend\w*"
            r"|verhandlungssicher\w*|flussig\w*|vloeiend\w*|courant|couramment"
            r"|fluid[oa]"
            r"|流利|流畅"
        ),
    ),
    (
        5,
        5,
        (
            r"expert(?:ise)?(?: level| in)?|excellent|outstanding|mastery"
            r"|exzellent\w*|uitstekend\w*|ausgezeichnet\w*|expertenkenntnisse"
            r"|hervorragend\w*"
            r"|excellente?s?|dominio|excelente|精通|专家"
        ),
    ),
    (
        4,
        5,
        (
            r"advanced|very good|proficien(?:t|cy)|highly skilled"
            r"|sehr gute[nrs]?|fortgeschritten\w*|fundierte\w*|zeer goede?"
            r"|gevorderd\w*|tres bon(?:ne)?"
            r"|avancee?s?|confirmee?|avanzad[oa]|熟练\w?|擅长"
        ),
    ),
    (
        3,
        4,
        (
            r"good|solid|strong|gute[nrms]?|solide\w*|goede?|bonne?s?|buen[oa]?s?|熟悉"
            r"|良好"
        ),
    ),
    (
        3,
        3,
        (
            r"conversational|intermediate|working knowledge|mittlere\w*"
            r"|intermediaire|intermedi[oa]|日常交流|一般"
        ),
    ),
    (
        2,
        2,
        (
            r"basics?|beginner|elementary|entry[- ]level|some knowledge"
            r"|grundkenntnisse|grundlegende\w*|grundlagen|basiskennis|notions?|debutant"
            r"|basique|basic[oa]s?|principiante|基础|了解|入门|简单"
        ),
    ),
)
_LEVEL = re.compile(
    "|".join(f"(?P<l{place}>{words})" for place, (_, _, words) in enumerate(_LEVELS))
)
_CEFR = re.compile(r"(?<![\w+])([abc])([12])\+?(?![\w+]|-?\s?(?:licen[cs]e|证|照|驾))")
# between a name and the cue that stands right behind it: "Python (5 years)"
_TIGHT = re.compile(r"\s*([(:\-,]?)\s*(?:level|niveau|nivel|auf|at|水平|能力)?\s*")
_PAST_LIST = re.compile(r"[,、;]|\b(?:but|aber|maar|mais|pero|plus|sowie)\b")
_OVER = re.compile(
    r"[;(]|,(?! ?(?:and|or|und|oder))[^,]{12,}|,\s?(?:会|能|持|有|负责)"
    r"|kenntnisse|skills?\b|knowledge|erfahrung|ervaring|experience|经验"
)
_FAR = re.compile(r"[;(]|,(?! ?(?:and|or|und|oder))[^,]{12,}|.{50}")
REACH = 90


def find_cues(reading: Reading) -> list[Cue]:
    """Every cue for a level or for years, in order."""
    return sorted(
        [*_years(reading.plain), *_levels(reading.plain)],
        key=lambda cue: cue.span.start,
    )


def _years(plain: str) -> list[Cue]:
    cues = []
    for found in _YEARS.finditer(plain):
        if _NOT_EXPERIENCE.match(plain, found.end()):
            continue
        if _AGE_BEFORE.search(plain, max(0, found.start() - 12), found.start()):
            continue
        text = found["count"] or found["zh"]
        years = NUMBERS.get(text)
        if years is None:
            years = float(text.replace(",", "."))
        if text in ("a", "an", "一") and not _speaks_of_experience(plain, found.end()):
            continue
        cues.append(Cue(Span(*found.span()), "years", float(years)))
    for found in _MONTHS.finditer(plain):
        years = round(int(found[1]) / 12, 1)
        cues.append(Cue(Span(*found.span()), "years", years))
    return cues


def _speaks_of_experience(plain: str, start: int) -> bool:
    following = plain[start : start + 30]
    return any(word in following for word in ("exper", "erfahr", "经验", "praxis"))


def _levels(plain: str) -> list[Cue]:
    cues = []
    for found in _LEVEL.finditer(plain):
        if cuts_a_word(plain, *found.span()):
            continue
        place = int((found.lastgroup or "l0")[1:])
        level, spoken, _ = _LEVELS[place]
        cues.append(Cue(Span(*found.span()), "level", level, spoken))
    for found in _CEFR.finditer(plain):
        spoken = "abc".index(found[1]) * 2 + int(found[2])
        cues.append(Cue(Span(*found.span()), "level", max(1, spoken - 1), spoken))
    return cues


def assign(
    reading: Reading,
    targets: Sequence[Span],
    sentences: Sequence[int],
    cues: Sequence[Cue],
    kind: Kind,
) -> dict[int, Cue]:
    """Which cue of a kind is about which target, by the target's place.

    `targets` are names in order and `sentences` theirs. A cue belongs to the name right
    before it, else to the names that follow in its sentence (years: up to the next
    comma), else to the nearest before it.
    """
    starts = [target.start for target in targets]
    own = [cue for cue in cues if cue.kind == kind]
    given: dict[int, Cue] = {}
    for number, cue in enumerate(own):
        after = bisect_left(starts, cue.span.start)
        before = after - 1
        tight = _tightly_behind(reading, targets, before, cue)
        if tight == ",":
            tight = None if before in given else tight
        elif tight is not None:
            given[before] = cue
            continue
        limit = (
            own[number + 1].span.start if number + 1 < len(own) else len(reading.text)
        )
        forward = _forward(reading, targets, sentences, cue, after, limit)
        for place in forward:
            given.setdefault(place, cue)
        if not forward and tight == ",":
            given[before] = cue
        elif not forward and before >= 0 and before not in given:
            near = cue.span.start - targets[before].end <= REACH
            if near and reading.sentence_at(cue.span.start) == sentences[before]:
                given[before] = cue
    return given


def _tightly_behind(
    reading: Reading, targets: Sequence[Span], before: int, cue: Cue
) -> str | None:
    """The mark between a name and the cue right behind it, if it is so tight."""
    if before < 0:
        return None
    between = reading.plain[targets[before].end : cue.span.start]
    if len(between) > 20 or "\n" in between:
        return None
    if cue.kind == "level" and "," in between:
        return None
    found = _TIGHT.fullmatch(between)
    return found[1] or "" if found else None


def _forward(
    reading: Reading,
    targets: Sequence[Span],
    sentences: Sequence[int],
    cue: Cue,
    after: int,
    limit: int,
) -> list[int]:
    sentence = reading.sentence_at(cue.span.start)
    reached: list[int] = []
    last = cue.span.end
    for place in range(after, len(targets)):
        target = targets[place]
        if target.start >= limit or sentences[place] != sentence:
            break
        between = reading.plain[last : target.start]
        if len(between) > REACH:
            break
        if reached and cue.kind == "years" and _PAST_LIST.search(between):
            break
        if reached and cue.kind == "level" and _breaks_list(between):
            break
        if not reached and cue.kind == "level" and _FAR.search(between):
            break
        reached.append(place)
        last = target.end
    return reached


def _breaks_list(between: str) -> bool:
    """Whether more than a list's mark or a few words of it lie between."""
    return len(between) > 45 or _OVER.search(between) is not None
