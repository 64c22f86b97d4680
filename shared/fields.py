"""Strict pydantic fields: nothing is coerced, every rule has a clear message.

pydantic by itself turns booleans into integers and numbers into instants.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import cache
from typing import Annotated, Any
from zoneinfo import ZoneInfo, available_timezones

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    Strict,
    StringConstraints,
)
from pydantic_core import CoreSchema, PydanticCustomError


class Body(BaseModel):
    """What a client sends: unknown fields are refused, values never coerced."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, allow_inf_nan=False, use_enum_values=False
    )


def named(patch: Body) -> dict[str, Any]:
    """The sections that a patch names as JSON, each of them whole: what is left out
    inside one has its default there."""
    return patch.model_dump(mode="json", include=patch.model_fields_set)


class View(BaseModel):
    """What a client gets."""

    model_config = ConfigDict(frozen=True, from_attributes=True)


@dataclass(frozen=True, slots=True)
class Shown:
    """What a validator checks, for the JSON schema; None takes a keyword away."""

    keywords: tuple[tuple[str, Any], ...]

    def __get_pydantic_json_schema__(
        self, core: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        merged = {**handler(core), **dict(self.keywords)}
        return {key: value for key, value in merged.items() if value is not None}


def shown(**keywords: Any) -> Shown:
    """`shown(pattern="^x$", format=None)` beside a validator."""
    return Shown(tuple(keywords.items()))


def fault(rule: str, message: str) -> PydanticCustomError:
    """A field error with a stable rule name."""
    # the message is data: braces in it must not be read as a template
    return PydanticCustomError(rule, "{text}", {"text": message})


def _text(value: Any) -> Any:
    if not isinstance(value, str):
        raise fault("text", "must be a string")
    return value


def _plain(value: Any) -> Any:
    for character in _text(value):
        code = ord(character)
        if (code < 32 and character not in "\n\t") or 0x7F <= code < 0xA0:
            raise fault("plain_text", "must not contain control characters")
        if 0xD800 <= code < 0xE000:
            raise fault("plain_text", "must not contain lone surrogates")
    return value


def _instant(value: Any) -> datetime:
    if isinstance(value, datetime):
        parsed = value
    elif isinstance(value, str):
        if "24:" in value and re.search(r"[T ]24:", value):
            raise fault("instant", "24:00 is not a time; use 00:00 of the next day")
        try:
            parsed = datetime.fromisoformat(value)
        except ValueError:
            raise fault(
                "instant", "must be an RFC 3339 time such as 2026-12-01T22:00:00Z"
            ) from None
    else:
        raise fault("instant", "must be an RFC 3339 time in a string")
    if parsed.tzinfo is None:
        raise fault("instant", "must carry an offset, such as Z or +01:00")
    if not 1970 <= parsed.year <= 2200:
        raise fault("instant", "must lie between the years 1970 and 2200")
    return parsed.astimezone(UTC)


def _local_moment(value: Any) -> datetime:
    if isinstance(value, datetime):
        return value
    if not isinstance(value, str):
        raise fault("local_time", "must be a local date and time in a string")
    if "24:" in value and re.search(r"[T ]24:", value):
        raise fault("local_time", "24:00 is not a time; use 00:00 of the next day")
    if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:00)?", value):
        raise fault(
            "local_time", "must be a local time without offset: 2026-12-24T18:00"
        )
    try:
        parsed = datetime.fromisoformat(value)
    except ValueError:
        raise fault("local_time", "is not a date and time of the calendar") from None
    if not 1970 <= parsed.year <= 2200:
        raise fault("local_time", "must lie between the years 1970 and 2200")
    return parsed


def _clock(value: Any) -> time:
    if isinstance(value, time):
        return value
    if isinstance(value, str):
        if value.startswith("24:"):
            raise fault("clock", "24:00 is not a time; write 00:00 for midnight")
        if re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", value):
            return time.fromisoformat(value)
    raise fault("clock", "must be a wall-clock time HH:MM from 00:00 to 23:59")


def _day(value: Any) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        try:
            parsed = date.fromisoformat(value)
        except ValueError:
            raise fault("day", "is not a day of the calendar") from None
        if not 1900 <= parsed.year <= 2200:
            raise fault("day", "must lie between the years 1900 and 2200")
        return parsed
    raise fault("day", "must be a date YYYY-MM-DD")


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _zone(value: str) -> str:
    # Etc/GMT+5 and the like have no place, posixrules and localtime no meaning
    if value not in _zones() or value in {"localtime", "posixrules", "Factory"}:
        raise fault("zone", "must be an IANA time zone such as Europe/London")
    ZoneInfo(value)
    return value


# What is plain, in the regular expressions of JSON schema (ECMA-262).
_CONTROL = r"\x00-\x08\x0b-\x1f\x7f-\x9f"
PLAIN = rf"^[^{_CONTROL}]*$"
NOT_BLANK = rf"^[^{_CONTROL}]*[^\s{_CONTROL}][^{_CONTROL}]*$"
PLAIN_EMAIL = rf"^[^@\s{_CONTROL}]+@[^@\s{_CONTROL}]+$"
_CLOCK = r"([01][0-9]|2[0-3]):[0-5][0-9]"
_DATE = r"-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
SINCE_1970 = rf"(19[7-9][0-9]|2[01][0-9]{{2}}|2200){_DATE}"
_SINCE_1900 = rf"(19[0-9]{{2}}|2[01][0-9]{{2}}|2200){_DATE}"

# the last annotation runs first: what is no plain text never meets a constraint
Text = Annotated[
    str, StringConstraints(min_length=1), BeforeValidator(_plain), shown(pattern=PLAIN)
]
ShortText = Annotated[
    str,
    StringConstraints(min_length=1, max_length=200, strip_whitespace=True),
    BeforeValidator(_plain),
    shown(pattern=NOT_BLANK),
]
LongText = Annotated[
    str,
    StringConstraints(min_length=1, max_length=20_000),
    BeforeValidator(_plain),
    shown(pattern=PLAIN),
]
Slug = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=80),
    BeforeValidator(_text),
]
Whole = Annotated[int, Strict()]
Number = Annotated[float, Strict()]
Flag = Annotated[bool, Strict()]
Instant = Annotated[
    datetime, BeforeValidator(_instant), shown(pattern=rf"^{SINCE_1970}[Tt ]")
]
LocalMoment = Annotated[
    datetime,
    BeforeValidator(_local_moment),
    shown(format="local-date-time", pattern=rf"^{SINCE_1970}T{_CLOCK}(:00)?$"),
]
Clock = Annotated[
    time, BeforeValidator(_clock), shown(format=None, pattern=rf"^{_CLOCK}$")
]
Day = Annotated[date, BeforeValidator(_day), shown(pattern=rf"^{_SINCE_1900}$")]
Zone = Annotated[
    str,
    BeforeValidator(_text),
    AfterValidator(_zone),
    shown(format="iana-time-zone", minLength=1, maxLength=64),
]
Latitude = Annotated[float, Strict(), Field(ge=-90, le=90)]
Longitude = Annotated[float, Strict(), Field(ge=-180, le=180)]
Currency = Annotated[
    str, StringConstraints(pattern=r"^[A-Z]{3}$"), BeforeValidator(_text)
]
Country = Annotated[
    str, StringConstraints(pattern=r"^[A-Z]{2}$"), BeforeValidator(_text)
]
LanguageCode = Annotated[
    str, StringConstraints(pattern=r"^[a-z]{2}$"), BeforeValidator(_text)
]
SkillLevel = Annotated[int, Strict(), Field(ge=1, le=5)]
LanguageLevel = Annotated[int, Strict(), Field(ge=1, le=6)]
