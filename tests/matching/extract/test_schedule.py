"""When the work is: weekdays, clocks, dates and kinds of shifts."""

from __future__ import annotations

import pytest

from services.matching.extract.extract import extract


def told(text: str, country: str | None = None) -> list[str]:
    shown = []
    for when in extract(text, "advert", country).schedule:
        parts = ["no"] if when.negated else []
        parts += [when.kind, "".join(map(str, when.days))]
        parts += [when.day or "", f"{when.start}-{when.end}" if when.start else ""]
        shown.append(" ".join(filter(None, parts)))
    return shown


@pytest.mark.parametrize(
    ("text", "schedule"),
    [
        ("Mon–Fri 9–5", ["weekly 01234 09:00-17:00"]),
        ("Friday to Sunday, 6pm to 2am", ["weekly 456 18:00-02:00"]),
        ("5-8pm on weekdays", ["weekly 01234 17:00-20:00"]),
        ("Mo und Mi von 18 bis 21 Uhr", ["weekly 02 18:00-21:00"]),
        ("Do–Sa 17–24 Uhr", ["weekly 345 17:00-00:00"]),
        ("周一至周五 9:00-18:00", ["weekly 01234 09:00-18:00"]),
        ("早8晚6", ["hours 08:00-18:00"]),
        ("早上9点到晚上6点", ["hours 09:00-18:00"]),
        ("de jueves a domingo, de 20:00 a 02:00", ["weekly 3456 20:00-02:00"]),
        ("lundi et mardi 8h30-12h00", ["weekly 01 08:30-12:00"]),
        ("Mon 9-12 and 13-17", ["weekly 0 09:00-12:00", "weekly 0 13:00-17:00"]),
        ("Nachtschicht in Vollzeit", ["night_shift", "full_time"]),
        ("周末夜班", ["weekend", "night_shift"]),
        ("keine Nachtschicht", ["no night_shift"]),
        ("weekends off", ["no weekend"]),
        ("on 31 December 2026", ["date 2026-12-31"]),
        ("ab 1. Dezember", ["starts --12-01"]),
        ("12月24日", ["date --12-24"]),
        ("Do you like people? So do we.", []),
        ("teams of 9-5 people", []),
        ("the 31st of February, 31 February 2026", []),
    ],
)
def test_the_schedule_is_read(text: str, schedule: list[str]) -> None:
    assert told(text) == schedule


def test_a_date_of_figures_is_read_as_its_country_writes_it() -> None:
    assert told("on 03/04/2026", "US") == ["date 2026-03-04"]
    assert told("on 03/04/2026", "GB") == ["date 2026-04-03"]


def test_short_german_days_are_none_in_another_language() -> None:
    text = "Do, Fr 17-22 Uhr"
    assert [when.kind for when in extract(text, language="de").schedule] == ["weekly"]
    assert [when.kind for when in extract(text, language="en").schedule] == ["hours"]


def test_the_dates_of_a_cv_are_of_the_past() -> None:
    assert extract("Cook, 1 May 2019 to 3 June 2022", "cv").schedule == ()
