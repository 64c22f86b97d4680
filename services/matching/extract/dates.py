"""Days of the calendar in a text; a day without its year is --MM-DD (ISO 8601)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from services.matching.extract.spans import Span

_MONTHS = (
    "january|jan|januari|januar|janner|janvier|enero",
    "february|feb|februari|februar|fevrier|febrero",
    "march|mar|maart|marz|mars|marzo", "april|apr|avril|abril", "may|mai|mei|mayo",
    "june|jun|juni|juin|junio", "july|jul|juli|juillet|julio",
    "august|augustus|aug|aout|agosto", "september|sept|sep|septembre|septiembre",
    "october|oct|oktober|okt|octobre|octubre", "november|nov|novembre|noviembre",
    "december|dec|dezember|dez|decembre|diciembre",
)  # fmt: skip
_NUMBER = {
    name: number
    for number, names in enumerate(_MONTHS, start=1)
    for name in names.split("|")
}
_NAMES = "|".join(sorted(_NUMBER, key=len, reverse=True))
_YEAR = r"(?P<y{0}>(?:19|20)\d\d)"
_DATE = re.compile(
    rf"(?<![\d.])(?:{_YEAR.format(1)}-(?P<m1>\d\d)-(?P<d1>\d\d)(?!\d)"
    rf"|(?:{_YEAR.format(2)}\s?年\s?)?(?P<m2>\d{{1,2}})\s?月\s?(?P<d2>\d{{1,2}})\s?[日号]"
    rf"|(?P<d3>\d{{1,2}})(?:st|nd|rd|th|er|\.)?\s(?:of |de )?(?P<m3>{_NAMES})\b\.?"
    rf"(?:,?\s(?:de )?{_YEAR.format(3)})?"
    rf"|(?P<d5>\d{{1,2}})\.(?P<m5>\d{{1,2}})\.{_YEAR.format(5)}"
    rf"|(?P<a6>\d{{1,2}})/(?P<b6>\d{{1,2}})/{_YEAR.format(6)}(?!\d))"
    rf"|\b(?P<m4>{_NAMES})\.?\s(?P<d4>\d{{1,2}})(?:st|nd|rd|th)?(?![\d:])"
    rf"(?:,?\s{_YEAR.format(4)})?"
)
_FROM = re.compile(
    r"(?:\b(?:from|starting|starts?|start date|vanaf|per|available|as of|ab|beginn|des"
    r"|a partir du"
    r"|a partir de|desde)\b[\s:]{0,3}(?:on |am |dem |el |le )?(?:from )?"
    r"|到岗时间[:\s]?)$"
)


@dataclass(frozen=True, slots=True)
class Day:
    """`day` is YYYY-MM-DD or --MM-DD; `starts` where the work begins then."""

    span: Span
    day: str
    starts: bool


def find_dates(plain: str, country: str | None) -> list[Day]:
    """The dates in a text; 3/4/2026 is March in the United States, else April."""
    days = []
    for found in _DATE.finditer(plain):
        written = _iso(found, american=country == "US")
        if written is not None:
            starts = _FROM.search(plain, max(0, found.start() - 24), found.start())
            days.append(Day(Span(*found.span()), written, starts is not None))
    return days


def _iso(found: re.Match[str], *, american: bool) -> str | None:
    if found["a6"]:
        month, day = found["b6"], found["a6"]
        if american:
            month, day = day, month
        return _written(found["y6"], int(month), int(day))
    for form in "12345":
        if found[f"d{form}"]:
            month = found[f"m{form}"]
            number = int(month) if month.isdigit() else _NUMBER[month]
            return _written(found[f"y{form}"], number, int(found[f"d{form}"]))
    return None


def _written(year: str | None, month: int, day: int) -> str | None:
    try:
        # 2000 has a 29th of February
        date(int(year or 2000), month, day)
    except ValueError:
        return None
    return f"{year or '-'}-{month:02}-{day:02}"
