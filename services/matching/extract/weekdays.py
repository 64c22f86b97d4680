"""Days of the week in a text: "Mon–Fri", "samedi et dimanche", "周一至周五"."""

from __future__ import annotations

import re
from dataclasses import dataclass

from services.matching.extract.spans import Reading, Span

_LONG = (
    r"(?P<d{0}>mondays?|montags?|lundis?|lunes|maandags?|mon|(?:周|星期|礼拜)一|mo"
    r")|(?P<d{1}>tuesdays?|dienstags?|mardis?|martes|dinsdags?|tues?|(?:周|星期"
    r"|礼拜)二|di"
    r")|(?P<d{2}>wednesdays?|mittwochs?|mercredis?|miercoles|woensdags?|weds?|(?:周"
    r"|星期|礼拜)三"
    r"|mi"
    r")|(?P<d{3}>thursdays?|donnerstags?|jeudis?|jueves|donderdags?|thurs?|thu"
    r"|(?:周|星期|礼拜)四"
    r"|do"
    r")|(?P<d{4}>fridays?|freitags?|vendredis?|viernes|vrijdags?|fri|(?:周|星期"
    r"|礼拜)五|fr"
    r")|(?P<d{5}>saturdays?|samstags?|sonnabends?|samedis?|sabados?|zaterdags?|sat"
    r"|(?:周|星期"
    r"|礼拜)六|sa"
    r")|(?P<d{6}>sundays?|sonntags?|dimanches?|domingos?|zondags?|sun|(?:周|星期"
    r"|礼拜)[日天]|so)"
)
_DAY = re.compile(
    r"(?<![a-z])(?:"
    + _LONG.format(*range(7))
    + r"|(?P<all>weekdays|werktags|doordeweeks|工作日))(?![a-z])\.?"
)
_RANGE = re.compile(
    r"\s?(?:-|to|thru|through|bis|tot(?: en met)?|t/m|a|au|al|until|至|到)\s?"
)
_LIST = re.compile(r"\s?(?:,|/|&|\+|、)?\s?(?:and|und|oder|or|et|y|o|en|of|和|或)?\s?")
SHORT = frozenset(
    ["mo", "di", "mi", "do", "fr", "sa", "so", "sun", "sat", "mon", "wed"]
)

LONGEST_BETWEEN = len(" tot en met ")
"""Code points between two days that may belong together."""

GERMAN = frozenset(["mo", "di", "mi", "do", "fr", "sa", "so"])


@dataclass(frozen=True, slots=True)
class Days:
    """Days of the week, 0 = Monday, in order; `sure` unless they are short words that
    may be others ("So", "Do")."""

    span: Span
    days: tuple[int, ...]
    sure: bool


def find_days(reading: Reading, language: str | None = None) -> list[Days]:
    """The days named in a text, those of a range or a list together, in order."""
    german = language in (None, "de")
    found = [
        each
        for each in _DAY.finditer(reading.plain)
        if _written_so(reading, each) and (german or _bare(each) not in GERMAN)
    ]
    groups: list[Days] = []
    place = 0
    while place < len(found):
        last = place
        days = list(_days(found[place]))
        while last + 1 < len(found):
            between = (found[last].end(), found[last + 1].start())
            if between[1] - between[0] > LONGEST_BETWEEN:
                break
            following = _days(found[last + 1])
            if _RANGE.fullmatch(reading.plain, *between):
                days.extend(_range(days[-1], following[0]))
            elif _LIST.fullmatch(reading.plain, *between):
                days.extend(following)
            else:
                break
            last += 1
        span = Span(found[place].start(), found[last].end())
        sure = last > place or found[place][0].rstrip(".") not in SHORT
        groups.append(Days(span, tuple(sorted(set(days))), sure))
        place = last + 1
    return groups


def _written_so(reading: Reading, found: re.Match[str]) -> bool:
    """Short names of days have a capital: "Do", not "do"."""
    return _bare(found) not in SHORT or reading.text[found.start()].isupper()


def _bare(found: re.Match[str]) -> str:
    return found[0].rstrip(".")


def _days(found: re.Match[str]) -> tuple[int, ...]:
    if found["all"]:
        return (0, 1, 2, 3, 4)
    return (int((found.lastgroup or "d0")[1:]),)


def _range(first: int, last: int) -> list[int]:
    """The days after `first` up to `last`, over the week's end if need be."""
    length = (last - first) % 7
    return [(first + step) % 7 for step in range(1, length + 1)]
