"""When the work is: days and times of a week, dates, kinds of shifts and employment."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

from services.matching.extract.clocks import Clock, find_clocks
from services.matching.extract.dates import Day, find_dates
from services.matching.extract.negation import Negations
from services.matching.extract.scripts import cuts_a_word
from services.matching.extract.spans import Reading, Span
from services.matching.extract.weekdays import Days, find_days

Kind = Literal[
    "full_time",
    "part_time",
    "temporary",
    "contract",
    "seasonal",
    "internship",
    "apprenticeship",
    "night_shift",
    "day_shift",
    "early_shift",
    "late_shift",
    "rotating_shifts",
    "weekend",
    "flexible",
    "weekly",
    "hours",
    "date",
    "starts",
]
KINDS: tuple[Kind, ...] = get_args(Kind)

_KINDS: dict[Kind, str] = {
    "full_time": r"full[- ]?time|vollzeit\w*|temps plein|temps complet"
    r"|jornada completa|voltijd\w*"
    r"|tiempo completo|全职",
    "part_time": r"part[- ]?time|teilzeit\w*|minijob\w*|450-euro-job|temps partiel"
    r"|mi-temps|media jornada|deeltijd\w*|tiempo parcial|medio tiempo|兼职|小时工",
    "temporary": r"temporary|temp(?! agency)|one-off|casual|befristet(?!e\w* vertrag)"
    r"|interim|eventual|tijdelijk\w*|temporal|temporaire|临时工?|短期工?",
    "contract": r"freelancers?|freelance|freiberuflich\w*|contract(?= (?:role|position"
    r"|basis|job|work|to hire)|,|\)|$)|autonomo|合同工|自由职业",
    "seasonal": r"seasonal|saison\w*|temporada|seizoen\w*|季节工|寒假工|暑假工",
    "internship": r"internships?|interns?|praktikum|stageplaats\w*|stageplek\w*"
    r"|stage(?= de | en )|practicas"
    r"|实习生?",
    "apprenticeship": r"apprenticeships?|ausbildungsplatz|ausbildung zum\w*|学徒工?",
    "night_shift": r"(?:over)?night[- ]?shifts?|nights|graveyard shift|nachtschicht\w*"
    r"|nachtdienst\w*|travail de nuit|nachtploeg\w*|equipe de nuit"
    r"|turno (?:de noche|nocturno)|夜班"
    r"|晚班",
    "day_shift": r"day[- ]?shifts?|tagschicht\w*|tagdienst\w*|equipe de jour"
    r"|dagdienst\w*|dagploeg\w*"
    r"|turno de dia|长?白班|日班",
    "early_shift": r"early[- ]shifts?|morning[- ]shifts?|fruhschicht\w*|fruhdienst\w*"
    r"|fruh-(?= ?(?:und|oder|/))|equipe du matin|vroege dienst\w*|ochtenddienst\w*"
    r"|turno de manana|早班",
    "late_shift": r"late[- ]shifts?|evening[- ]shifts?|evenings|spatschicht\w*"
    r"|spatdienst\w*|equipe du soir|late dienst\w*|avonddienst\w*|turno de tarde|中班",
    "rotating_shifts": r"rotating shifts?|shift work|shift rotation|rotating rota"
    r"|schichtdienst\w*|schichtarbeit|wechselschicht\w*|[23]-schicht\w*|dreischicht\w*"
    r"|travail poste|ploegendienst\w*|(?:twee|drie|vijf)ploegen\w*|[235]x8"
    r"|turnos rotativos|[两二三四]班[倒制]|[两三]班两倒|倒班"
    r"|轮班",
    "weekend": r"week-?ends?|wochenend\w*|fin(?:es)? de semana|周末|双休日",
    "flexible": r"flexible(?: hours| working| schedule)?|flexitime|flexible\w* "
    r"arbeitszeit\w*|gleitzeit|flexibele (?:werktijden|uren)|horaires (?:flexibles"
    r"|libres)|horario flexible"
    r"|时间自由|弹性工作\w*|时间灵活|自由安排",
}
_PATTERN = re.compile(
    "|".join(rf"(?P<{kind}>{words})" for kind, words in _KINDS.items()),
    re.MULTILINE,
)
_OFF = re.compile(
    r"\s?(?:sind |is |are )?(?:off|free|frei|vrij\b|zu hause|at home|libres?|休|双休)"
)
# between days and their times
_JOIN = re.compile(
    r"[\s,:;(@|]{0,3}(?:from|between|at|von|van|tussen|jeweils|zwischen|de|entre"
    r"|desde|las|上班"
    r"|上课"
    r"|早上?|每天)?[\s:]{0,2}(?:las )?(?:\()?"
)
_JOIN_BACK = re.compile(r"[\s,(]{0,3}(?:on|am|le|les|los|every|each)?\s?")
_AND = re.compile(r"\s?(?:,|and|und|et|en|y|&|/|、|,? ?和)\s?")
NEAR = 24


@dataclass(frozen=True, slots=True)
class When:
    """`days` are 0 = Monday; `start` and `end` HH:MM, the end on the next day where it
    is not later; `day` YYYY-MM-DD or --MM-DD. What the kind does not need is None."""

    span: Span
    kind: Kind
    days: tuple[int, ...] = ()
    start: str | None = None
    end: str | None = None
    day: str | None = None
    confidence: float = 0.9
    negated: bool = False


def find_schedule(
    reading: Reading,
    negations: Negations,
    country: str | None,
    language: str | None,
    *,
    dated: bool,
) -> list[When]:
    """What the text says of when, in order; `dated`: whether dates are of the work."""
    clocks = find_clocks(reading.plain)
    days = find_days(reading, language)
    dates = find_dates(reading.plain, country) if dated else []
    whens = [*_timed(reading.plain, clocks, days, dates), *_kinds(reading.plain)]
    told = [
        _denied(when) if negations.cover(when.span.start, when.span.end) else when
        for when in whens
    ]
    return _once(sorted(told, key=lambda when: when.span.start))


def _kinds(plain: str) -> list[When]:
    found = []
    for each in _PATTERN.finditer(plain):
        start, end = each.span()
        if cuts_a_word(plain, start, end):
            continue
        kind = next(kind for kind in KINDS if kind == each.lastgroup)
        when = When(Span(start, end), kind)
        if kind == "weekend" and _OFF.match(plain, end):
            when = _denied(when)
        found.append(when)
    return found


def _timed(
    plain: str, clocks: Sequence[Clock], days: Sequence[Days], dates: Sequence[Day]
) -> list[When]:
    used: set[int] = set()
    whens: list[When] = []
    for group in days:
        own = _clocks_of(plain, group.span, clocks, used)
        for place in own:
            clock = clocks[place]
            used.add(place)
            low = min(group.span.start, clock.span.start)
            high = max(group.span.end, clock.span.end)
            whens.append(
                When(Span(low, high), "weekly", group.days, clock.start, clock.end)
            )
        if not own and group.sure:
            whens.append(When(group.span, "weekly", group.days, confidence=0.75))
    for day in dates:
        own = _clocks_of(plain, day.span, clocks, used)
        kind: Kind = "starts" if day.starts else "date"
        for place in own:
            clock = clocks[place]
            used.add(place)
            span = Span(
                min(day.span.start, clock.span.start), max(day.span.end, clock.span.end)
            )
            whens.append(
                When(span, kind, start=clock.start, end=clock.end, day=day.day)
            )
        if not own:
            whens.append(When(day.span, kind, day=day.day, confidence=0.8))
    whens.extend(
        When(clock.span, "hours", start=clock.start, end=clock.end, confidence=0.8)
        for place, clock in enumerate(clocks)
        if clock.sure and place not in used
    )
    return whens


def _clocks_of(
    plain: str, span: Span, clocks: Sequence[Clock], used: set[int]
) -> list[int]:
    """The places of the clocks that stand right behind (else right before) a span."""
    first = bisect_left(clocks, span.end, key=lambda clock: clock.span.start)
    own: list[int] = []
    last = span.end
    for place in range(first, len(clocks)):
        clock = clocks[place]
        joint = _AND if own else _JOIN
        if clock.span.start - last > NEAR or place in used:
            break
        if not joint.fullmatch(plain, last, clock.span.start):
            break
        own.append(place)
        last = clock.span.end
    before = first - 1
    if not own and before >= 0 and before not in used and clocks[before].sure:
        end = clocks[before].span.end
        if end <= span.start <= end + NEAR and _JOIN_BACK.fullmatch(
            plain, end, span.start
        ):
            own.append(before)
    return own


def _denied(when: When) -> When:
    return replace(when, negated=True)


def _once(whens: Sequence[When]) -> list[When]:
    """Each statement once, the first; what is said plainly before what is denied."""
    kept: dict[tuple[object, ...], When] = {}
    for when in whens:
        key = (when.kind, when.days, when.start, when.end, when.day)
        held = kept.get(key)
        if held is None or (held.negated and not when.negated):
            kept[key] = when
    return sorted(kept.values(), key=lambda when: when.span.start)
