from __future__ import annotations

from pydantic import TypeAdapter

from shared.documents import (
    LONGEST_LIST,
    Document,
    Named,
    Span,
    all_apart,
    each_once,
    read,
    readable,
)
from shared.fields import Whole
from shared.terms import PayOffered, Point

WHOLE: TypeAdapter[int] = TypeAdapter(Whole)


def test_null_an_absent_field_and_an_empty_list_say_nothing() -> None:
    document = Document({"null": None, "empty": [], "zero": 0, "list": [1]})
    names = ("null", "absent", "empty", "zero", "list")
    assert [document.given(name) for name in names] == [False] * 3 + [True] * 2


def test_what_is_shaped_otherwise_is_passed_over() -> None:
    document = Document({"part": [1], "items": {"a": 1}, "mixed": [1, {"a": 1}]})
    assert document.part("part") == {}
    assert list(document.items("items")) == []
    assert list(document.items("mixed")) == [("/mixed/0", 1), ("/mixed/1", {"a": 1})]
    assert list(document.parts("mixed")) == [("/mixed/1", {"a": 1})]


def test_an_endless_list_is_not_looked_into() -> None:
    document = Document({"shifts": [1] * (LONGEST_LIST + 1)})
    assert list(document.items("shifts")) == []
    assert document.length("shifts") == LONGEST_LIST + 1


def test_only_what_the_schema_takes_is_readable() -> None:
    assert [readable(WHOLE, value) for value in (5, "5", True, None)] == [5] + [
        None
    ] * 3


def test_a_document_is_read_or_all_its_faults_are_told_in_order() -> None:
    assert read(Point, {"lat": 1.5, "lon": 2}) == (Point(lat=1.5, lon=2), [])
    _, faults = read(Point, {"lon": 181, "a/b": 1})
    assert [fault.pointer for fault in faults] == ["/lat", "/lon", "/a~1b"]
    _, [fault] = read(Point, "London")
    assert (fault.pointer, fault.rule) == ("", "object")


def test_a_default_that_follows_from_a_refused_field_is_not_told_too() -> None:
    _, faults = read(PayOffered, {"currency": "GBP", "unit": "hour", "minimum": 0})
    assert [fault.pointer for fault in faults] == ["/minimum"]


def test_each_repetition_is_told_with_where_it_was_first() -> None:
    names = ("a", None, "b", "a", None, "a")
    faults = list(each_once(Named(name, f"/{n}", "/x") for n, name in enumerate(names)))
    assert [fault.pointer for fault in faults] == ["/3/x", "/5/x"]
    assert {fault.message for fault in faults} == {"says the same as /0"}


def test_of_overlapping_spans_the_later_in_the_document_is_told_once() -> None:
    spans = [(5, 9), (0, 6), (9, 10), (1, 2)]
    faults = list(
        all_apart(Span(start, end, n, f"/{n}") for n, (start, end) in enumerate(spans))
    )
    assert [(fault.pointer, fault.message) for fault in faults] == [
        ("/1", "overlaps /0"),
        ("/3", "overlaps /1"),
    ]
