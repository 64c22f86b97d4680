"""Words of adverts as Rollcall's own values.

Every function raises Unreadable with a reason that makes sense in a report.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from shared.values import Kind, Market, PayUnit, Settlement

Choice = TypeVar("Choice", Market, Settlement)

KINDS: Mapping[str, Kind] = {
    "full time": Kind.FULL_TIME,
    "fulltime": Kind.FULL_TIME,
    "permanent": Kind.FULL_TIME,
    "part time": Kind.PART_TIME,
    "parttime": Kind.PART_TIME,
    "contractor": Kind.CONTRACT,
    "contract": Kind.CONTRACT,
    "freelance": Kind.CONTRACT,
    "temporary": Kind.TEMPORARY,
    "temp": Kind.TEMPORARY,
    "casual": Kind.TEMPORARY,
    "per diem": Kind.TEMPORARY,
    "seasonal": Kind.SEASONAL,
    "intern": Kind.INTERNSHIP,
    "internship": Kind.INTERNSHIP,
    "apprentice": Kind.APPRENTICESHIP,
    "apprenticeship": Kind.APPRENTICESHIP,
}
PAY_UNITS: Mapping[str, PayUnit] = {
    word: unit
    for unit, words in {
        PayUnit.HOUR: "hour hourly hr h hur",
        PayUnit.SHIFT: "shift",
        PayUnit.DAY: "day daily d",
        PayUnit.WEEK: "week weekly wk wee",
        PayUnit.MONTH: "month monthly mo mon",
        PayUnit.YEAR: "year yearly annual annually annum yr ann",
        PayUnit.PIECE: "piece",
    }.items()
    for word in words.split()
}
WEEKDAYS = {"mo": 0, "tu": 1, "we": 2, "th": 3, "fr": 4, "sa": 5, "su": 6}
YES = frozenset({"true", "yes", "y", "1", "x"})
OPEN_END = 9999
NO = frozenset({"false", "no", "n", "0", ""})

_HOURS = re.compile(
    r"(?P<days>[A-Za-z, \-–]+?)\s*"
    r"(?P<start>\d{1,2}:\d\d)(?::00)?\s*[-–]\s*(?P<end>\d{1,2}:\d\d)(?::00)?"
)


class Unreadable(ValueError):
    """The value cannot be understood; the text says why."""


def read_kind(word: str) -> Kind | None:
    """None for schema.org's OTHER, which says nothing."""
    key = _key(word)
    if key == "other":
        return None
    if key == "volunteer":
        raise Unreadable("unpaid volunteering is not a job of these markets")
    if key not in KINDS:
        raise Unreadable(f"{word!r} is not a kind of employment")
    return KINDS[key]


def read_market(word: str) -> Market:
    return _one_of(Market, word, "a market")


def read_settlement(word: str) -> Settlement:
    return _one_of(Settlement, word, "a settlement")


def read_pay_unit(word: str) -> PayUnit:
    key = _key(word).removeprefix("per ").removeprefix("a ")
    if key not in PAY_UNITS:
        raise Unreadable(f"{word!r} is not a unit of pay")
    return PAY_UNITS[key]


def read_flag(word: str | bool) -> bool:
    if isinstance(word, bool):
        return word
    key = word.strip().casefold()
    if key in YES:
        return True
    if key in NO:
        return False
    raise Unreadable(f"{word!r} is neither yes nor no")


def read_whole(value: str | float, least: int = 1) -> int:
    text = str(value).strip().removesuffix(".0")
    if isinstance(value, bool) or not re.fullmatch(r"[+-]?\d{1,9}", text):
        raise Unreadable(f"{value!r} is not a whole number")
    if int(text) < least:
        raise Unreadable(f"must be at least {least}, is {int(text)}")
    return int(text)


def read_number(value: str | float) -> float:
    try:
        number = float(str(value).strip().replace(",", "."))
    except ValueError:
        raise Unreadable(f"{value!r} is not a number") from None
    if isinstance(value, bool) or not abs(number) < 1e12:
        raise Unreadable(f"{value!r} is not a number")
    return number


def read_day(text: str, formats: Sequence[str] = ()) -> date:
    """A day; a time of day beside it is dropped."""
    return read_moment(text, formats).date()


def read_end(text: str, zone: ZoneInfo, formats: Sequence[str] = ()) -> datetime | None:
    """The instant until which something holds; None for the year 9999, no end.

    A day alone holds until its local midnight; a time without an offset is local.
    """
    moment = read_moment(text, formats)
    if moment.year == OPEN_END:
        return None
    try:
        if not re.search(r"\d:\d\d", text) and moment.time() == time(0):
            moment += timedelta(days=1)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=zone)
        return moment.astimezone(UTC)
    except OverflowError:
        raise Unreadable(f"{text!r} is beyond the calendar") from None


def read_weekly(text: str) -> list[dict[str, int | str]]:
    """schema.org opening hours, "Mo-Fr 09:00-17:30, Sa 10:00-14:00", as a weekly
    pattern; raises Unreadable for prose."""
    pattern: list[dict[str, int | str]] = []
    position = 0
    for found in _HOURS.finditer(text):
        if text[position : found.start()].strip(" ,;\n"):
            break
        position = found.end()
        start, end = (_clock(found[name]) for name in ("start", "end"))
        if start == end:
            raise Unreadable(f"{found[0]!r} starts and ends at the same time")
        for weekday in _weekdays(found["days"]):
            pattern.append({"weekday": weekday, "start": start, "end": end})
    if not pattern or text[position:].strip(" ,;.\n"):
        raise Unreadable(f"{text!r} are not weekly hours")
    return pattern


def _weekdays(text: str) -> list[int]:
    days: list[int] = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        names = [
            WEEKDAYS.get(name.strip().casefold()[:2])
            for name in re.split(r"[-–]", part)
        ]
        if len(names) > 2 or None in names:
            raise Unreadable(f"{part!r} are not days of the week")
        first, last = names[0] or 0, names[-1] or 0
        days += [(first + step) % 7 for step in range((last - first) % 7 + 1)]
    return days


def _clock(text: str) -> str:
    hours, minutes = (int(part) for part in text.split(":"))
    if (hours, minutes) == (24, 0):
        return "00:00"
    if hours > 23 or minutes > 59:
        raise Unreadable(f"{text!r} is not a time of day")
    return f"{hours:02}:{minutes:02}"


def read_moment(text: str, formats: Sequence[str]) -> datetime:
    stripped = text.strip()
    for format in formats:
        try:
            return datetime.strptime(stripped, format)  # noqa: DTZ007
        except ValueError:
            continue
    if not formats:
        try:
            return datetime.fromisoformat(stripped)
        except ValueError:
            pass
    wanted = " or ".join(formats) or "an ISO 8601 date"
    raise Unreadable(f"{text!r} is not a date like {wanted}")


def _one_of(values: type[Choice], word: str, what: str) -> Choice:
    try:
        return values(_key(word).replace(" ", "_"))
    except ValueError:
        raise Unreadable(f"{word!r} is not {what}") from None


def _key(word: str) -> str:
    last = word.strip().rsplit("/", 1)[-1]  # https://schema.org/FULL_TIME
    return re.sub(r"[\s_\-]+", " ", last).casefold().strip()
