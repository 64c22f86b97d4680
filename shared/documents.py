"""Raw documents of any shape, and how rules judge them.

A rule looks at what it can read of a document and passes over the rest, so that its
faults are told together with those of the schema: a misspelt currency does not hide
that a shift ends before it starts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

from pydantic import TypeAdapter, ValidationError

from shared.fields import Body
from shared.problems import Fault, field_faults

T = TypeVar("T")
Model = TypeVar("Model", bound=Body)
Judged = TypeVar("Judged", bound="Document")

LONGEST_LIST = 500
"""Longer ones are refused for their length alone: no rule looks into them."""


@dataclass(frozen=True)
class Document:
    """A JSON object, raw or parsed and dumped again; pointers are JSON pointers."""

    fields: Mapping[str, Any]

    def given(self, name: str) -> bool:
        """Whether a field says anything: null, absent and an empty list do not."""
        value = self.fields.get(name)
        return value is not None and value != []

    def part(self, name: str) -> Mapping[str, Any]:
        """An object in a field; empty if there is none."""
        value = self.fields.get(name)
        return value if isinstance(value, Mapping) else {}

    def length(self, name: str) -> int:
        """Of a list; 0 if there is none."""
        return len(self._list(name))

    def items(self, name: str) -> Iterator[tuple[str, Any]]:
        """The items of a list with their pointers."""
        if self.length(name) <= LONGEST_LIST:
            for number, item in enumerate(self._list(name)):
                yield f"/{name}/{number}", item

    def parts(self, name: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """The items of a list that are objects."""
        for pointer, item in self.items(name):
            if isinstance(item, Mapping):
                yield pointer, item

    def _list(self, name: str) -> list[Any]:
        value = self.fields.get(name)
        return value if isinstance(value, list) else []


Rule = Callable[[Judged], Iterator[Fault]]


def broken_rules(document: Judged, rules: Iterable[Rule[Judged]]) -> list[Fault]:
    return [fault for rule in rules for fault in rule(document)]


def read(model: type[Model], raw: Any) -> tuple[Model | None, list[Fault]]:
    """`raw` as a model, or every fault the schema finds, in the document's order."""
    if not isinstance(raw, Mapping):
        return None, [Fault("", "object", "must be a JSON object")]
    try:
        return model.model_validate(raw), []
    except ValidationError as error:
        return None, field_faults(error)


def readable(adapter: TypeAdapter[T], value: Any) -> T | None:
    """`value` as the schema reads it, or None where the schema itself complains."""
    if value is None:
        return None
    try:
        return adapter.validate_python(value)
    except ValidationError:
        return None


class Named(NamedTuple):
    """What the item at `pointer` names, in its `part` ("/skill", say)."""

    name: str | None
    pointer: str
    part: str = ""


def each_once(items: Iterable[Named]) -> Iterator[Fault]:
    """A fault at every item that names what one before it has named."""
    first: dict[str, str] = {}
    for name, pointer, part in items:
        if name is None:
            continue
        if name in first:
            message = f"says the same as {first[name]}"
            yield Fault(pointer + part, "duplicate", message)
        first.setdefault(name, pointer)


class Span(NamedTuple):
    """A half-open span, the `number` of its place in the document, its pointer."""

    start: Any
    end: Any
    number: int
    pointer: str


def all_apart(spans: Iterable[Span]) -> Iterator[Fault]:
    """A fault at the later, in the document, of two that overlap; one at each."""
    overlapped: dict[int, tuple[Span, Span]] = {}
    furthest: Span | None = None
    for span in sorted(spans):
        if furthest and span.start < furthest.end and span.number != furthest.number:
            first, second = sorted((span, furthest), key=lambda one: one.number)
            overlapped.setdefault(second.number, (first, second))
        if furthest is None or span.end > furthest.end:
            furthest = span
    for _, (first, second) in sorted(overlapped.items()):
        yield Fault(second.pointer, "overlap", f"overlaps {first.pointer}")
