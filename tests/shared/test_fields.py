"""Fields refuse what they do not mean, and never raise anything but their own error."""

from __future__ import annotations

import contextlib
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from shared import fields, terms
from shared.values import cell_centre

BAD: list[tuple[Any, Any, str]] = [
    (fields.Whole, True, "int_type"),
    (fields.Whole, "1", "int_type"),
    (fields.Whole, 1.5, "int_type"),
    (fields.Flag, 1, "bool_type"),
    (fields.Number, "1", "float_type"),
    (fields.Number, True, "float_type"),
    (fields.ShortText, "", "string_too_short"),
    (fields.ShortText, "   ", "string_too_short"),
    (fields.ShortText, "x" * 201, "string_too_long"),
    (fields.ShortText, "a\x00b", "plain_text"),
    (fields.ShortText, "a\x1bb", "plain_text"),
    (fields.ShortText, "a\ud800b", "plain_text"),
    (fields.ShortText, 5, "text"),
    (fields.Instant, "2026-12-01T22:00:00", "instant"),
    (fields.Instant, "2026-12-01T24:00:00Z", "instant"),
    (fields.Instant, "2026-02-30T10:00:00Z", "instant"),
    (fields.Instant, 1_700_000_000, "instant"),
    (fields.Instant, "9999-12-31T23:59:59Z", "instant"),
    (fields.Instant, "0001-01-01T00:00:00+14:00", "instant"),
    (fields.LocalMoment, "2026-12-24T18:00Z", "local_time"),
    (fields.LocalMoment, "2026-12-24T24:00", "local_time"),
    (fields.LocalMoment, "2026-12-24", "local_time"),
    (fields.LocalMoment, "2026-13-24T18:00", "local_time"),
    (fields.Clock, "24:00", "clock"),
    (fields.Clock, "9:00", "clock"),
    (fields.Clock, "23:60", "clock"),
    (fields.Clock, 900, "clock"),
    (fields.Day, "2026-02-29", "day"),
    (fields.Day, "2026-1-1", "day"),
    (fields.Day, 20260101, "day"),
    (fields.Zone, "London", "zone"),
    (fields.Zone, "../etc/passwd", "zone"),
    (fields.Zone, "localtime", "zone"),
    (fields.Currency, "eur", "string_pattern_mismatch"),
    (terms.Amount, 0, "greater_than"),
    (terms.Amount, 10**13, "less_than_equal"),
    (terms.Minute, "2026-12-01T22:00:01Z", "whole_minute"),
    (terms.Minute, "2026-12-01T22:00:00.5Z", "whole_minute"),
    (terms.Weekday, 7, "less_than_equal"),
    (fields.Latitude, 90.1, "less_than_equal"),
    (fields.Longitude, -180.5, "greater_than_equal"),
    (fields.Slug, "Cook", "string_pattern_mismatch"),
    (fields.Slug, "a--b", "string_pattern_mismatch"),
    (fields.Slug, "cook\n", "string_pattern_mismatch"),
    (fields.SkillLevel, 6, "less_than_equal"),
]


@pytest.mark.parametrize(("field", "value", "rule"), BAD)
def test_a_field_refuses_what_it_does_not_mean(
    field: Any, value: Any, rule: str
) -> None:
    with pytest.raises(ValidationError) as error:
        TypeAdapter(field).validate_python(value)
    assert error.value.errors()[0]["type"] == rule


@pytest.mark.parametrize(
    "field",
    [
        fields.Text,
        fields.Instant,
        fields.LocalMoment,
        fields.Clock,
        fields.Day,
        fields.Zone,
        fields.Slug,
        fields.Currency,
    ],
)
@given(value=st.one_of(st.text(), st.integers(), st.none(), st.booleans(), st.floats()))
def test_no_value_makes_a_field_raise_anything_else(field: Any, value: Any) -> None:
    with contextlib.suppress(ValidationError):
        TypeAdapter(field).validate_python(value)


SHOWN: list[tuple[Any, str, str]] = [
    (fields.Text, "two\nlines", "a\x00b"),
    (fields.ShortText, " Jo ", " \t "),
    (fields.ShortText, "Jo", "Jo\x1b"),
    (fields.Slug, "forklift-driver", "a--b"),
    (fields.Currency, "EUR", "eur"),
    (fields.Country, "GB", "GBR"),
    (fields.LanguageCode, "en", "EN"),
    (fields.Clock, "23:59", "24:00"),
    (fields.Day, "2026-02-28", "2301-01-01"),
    (fields.Instant, "2026-12-01T22:00:00Z", "0001-01-01T00:00:00Z"),
    (fields.LocalMoment, "2026-12-24T18:00", "2026-12-24T18:00Z"),
    (terms.Minute, "2026-12-01T22:00:00+01:00", "2026-12-01T22:00:01Z"),
]


@pytest.mark.parametrize(("field", "good", "bad"), SHOWN)
def test_the_documentation_of_a_field_refuses_what_the_field_does(
    field: Any, good: str, bad: str
) -> None:
    adapter = TypeAdapter(field)
    pattern = adapter.json_schema()["pattern"]
    adapter.validate_python(good)
    assert re.search(pattern, good)
    with pytest.raises(ValidationError):
        adapter.validate_python(bad)
    assert not re.search(pattern, bad)


def test_a_wall_clock_is_not_documented_as_a_time_with_an_offset() -> None:
    assert "format" not in TypeAdapter(fields.Clock).json_schema()


def test_an_instant_is_kept_in_utc() -> None:
    value = TypeAdapter(fields.Instant).validate_python("2026-12-01T22:00:00+02:00")
    assert value.isoformat() == "2026-12-01T20:00:00+00:00"


@given(st.floats(-180, 180, allow_nan=False))
def test_a_cell_centre_lies_within_its_cell_and_stays_there(degrees: float) -> None:
    centre = cell_centre(degrees)
    assert abs(centre - degrees) <= 0.0051
    assert cell_centre(centre) == centre
