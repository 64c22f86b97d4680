"""Times from one to another in a text: "9-5", "6pm to 2am", "18-21 Uhr", "早8晚6"."""

from __future__ import annotations

import re
from dataclasses import dataclass

from services.matching.extract.spans import Span

_MERIDIEM = r"(?:\s?(?P<{0}>[ap]m\b|[ap]\.\s?m\.?|[ap]\sm\b|noon))?"
_POINT = (
    r"(?P<{0}>\d{{1,2}})(?:[:.h](?P<{1}>[0-5]\d))?"
    r"(?:\s?(?P<{2}>uhr|uur(?! per)|h|点钟?|时)(?![a-z]))?"
)
_RANGE = re.compile(
    r"(?<![\d.,:/$£€¥-])(?<![a-z])(?P<z1>早上?|上午|中午|下午|晚上?|凌晨|夜里?)?\s?"
    + _POINT.format("h1", "m1", "u1")
    + _MERIDIEM.format("a1")
    + r"\s{0,2}(?P<to>-|to|till?|until|bis|tot|a|and|hasta(?: las)?|至|到)?\s{0,2}"
    r"(?P<z2>次日|第二天)?(?P<z3>早上?|上午|中午|下午|晚上?|凌晨)?\s?"
    + _POINT.format("h2", "m2", "u2")
    + _MERIDIEM.format("a2")
    + r"(?!\d|[.,]\d|\s?(?:%|€|£|\$|元|k\b|eur|usd|gbp|years?|yrs|jahre|jaar"
    r"|uur per|uren|hours?|hrs"
    r"|days?"
    r"|stunden|tage|年|天|小时|万|千|个|人|名|岁))"
)


@dataclass(frozen=True, slots=True)
class Clock:
    """HH:MM to HH:MM, the end on the next day where it is not later; `sure` unless only
    its company makes it a time ("9-5")."""

    span: Span
    start: str
    end: str
    sure: bool


def find_clocks(plain: str) -> list[Clock]:
    clocks = []
    for found in _RANGE.finditer(plain):
        clock = _clock(found)
        if clock is not None:
            clocks.append(clock)
    return clocks


def _clock(found: re.Match[str]) -> Clock | None:
    chinese = found["z1"] and found["z3"]
    if not found["to"] and not chinese:
        return None
    first, last = int(found["h1"]), int(found["h2"])
    if first > 24 or last > 24:
        return None
    first = _in_day(first, found["a1"], found["z1"])
    last = _in_day(last, found["a2"], found["z3"])
    told = found["a1"] or found["a2"] or found["z1"] or found["z3"]
    if found["a2"] and not found["a1"] and not found["z1"] and first < 12:
        # 5-8pm begins in the afternoon, 9-5pm in the morning
        afternoon = found["a2"].startswith("p")
        if afternoon and first + 12 < last:
            first += 12
    elif not told and not found["m1"] and not found["m2"] and last <= first <= 12:
        last += 12
    minutes = bool(found["m1"] and found["m2"])
    sure = minutes or bool(told or found["u2"])
    start = f"{first % 24:02}:{found['m1'] or '00'}"
    end = f"{last % 24:02}:{found['m2'] or '00'}"
    if start == end:
        return None
    return Clock(Span(*found.span()), start, end, sure)


def _in_day(hour: int, meridiem: str | None, part: str | None) -> int:
    late = (meridiem or "").startswith("p") or (part or "")[:1] in ("晚", "夜")
    late = late or part == "下午"
    if late and hour < 12:
        return hour + 12
    early = (meridiem or "").startswith("a") or part == "凌晨"
    return 0 if early and hour == 12 else hour
