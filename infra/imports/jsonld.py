"""JobPosting objects of schema.org in a file: JSON-LD however wrapped, or a page."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bs4 import BeautifulSoup

PREFIX = re.compile(r"^(?:https?://schema\.org/|schema:)")
DEEPEST = 40


@dataclass(frozen=True, slots=True)
class Found:
    """One JobPosting, or the reason why a piece of the file could not be read."""

    row: str
    node: Mapping[str, Any] | None
    problem: str | None = None


def find_job_postings(content: bytes) -> Iterator[Found]:
    """All JobPosting objects of a JSON-LD document, lines of them, or a web page.

    Rows are numbered from 1 in the order of the file. Property names lose their prefix,
    `{"@value": …}` becomes the value, and a bare `{"@id": …}` the object of the same
    document that it names.
    """
    text = content.decode("utf-8-sig", errors="replace")
    number = 0
    for label, source in _documents(text):
        try:
            document = json.loads(source, strict=False)
        except (ValueError, RecursionError) as error:
            number += 1
            yield Found(f"{number}", None, f"{label}is not JSON: {error}")
            continue
        try:
            tidy = _Tidy(document)
            found = [tidy(node) for node in _walk(document, 0)]
        except (_TooDeep, RecursionError):
            number += 1
            yield Found(f"{number}", None, f"{label}is nested too deeply")
            continue
        for node in found:
            number += 1
            yield Found(f"{number}", node)


class _TooDeep(Exception):
    """No advert is nested like this."""


def _documents(text: str) -> Iterator[tuple[str, str]]:
    """(what to call it, JSON text) of each JSON document in the file."""
    stripped = text.strip()
    if stripped.startswith("<"):
        page = BeautifulSoup(stripped, "html.parser")
        scripts = page.find_all("script", type=re.compile(r"^application/ld\+json"))
        for index, script in enumerate(scripts, 1):
            source = script.get_text().strip()
            source = re.sub(r"^(?:<!--|//<!\[CDATA\[)|(?:-->|//\]\]>)$", "", source)
            yield f"script {index} ", source
        return
    lines = stripped.splitlines()
    if len(lines) > 1 and all(_is_object(line) for line in lines[:2]):
        yield from ((f"line {i} ", line) for i, line in enumerate(lines, 1) if line)
    else:
        yield "", stripped


def _is_object(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        return False


def _walk(value: Any, depth: int) -> Iterator[Mapping[str, Any]]:
    """JobPosting objects wherever they stand: list, @graph, ItemList, mainEntity …"""
    if depth > DEEPEST:
        raise _TooDeep
    if isinstance(value, list):
        for item in value:
            yield from _walk(item, depth + 1)
    elif isinstance(value, dict):
        types = value.get("@type", [])
        names = types if isinstance(types, list) else [types]
        if any(PREFIX.sub("", str(name)) == "JobPosting" for name in names):
            yield value
        else:
            for item in value.values():
                yield from _walk(item, depth + 1)


def _named(value: Any, depth: int) -> Iterator[tuple[str, Any]]:
    if depth > DEEPEST:
        raise _TooDeep
    if isinstance(value, list):
        for item in value:
            yield from _named(item, depth + 1)
    elif isinstance(value, dict):
        if isinstance(value.get("@id"), str) and len(value) > 1:
            yield value["@id"], value
        for item in value.values():
            yield from _named(item, depth + 1)


class _Tidy:
    """Copies of a document's objects with plain names and references resolved.

    An object that many refer to is copied once; one that refers back to itself stays
    a reference, so that neither a cycle nor a web of references grows.
    """

    def __init__(self, document: Any) -> None:
        self._named = dict(_named(document, 0))
        self._copies: dict[str, Any] = {}

    def __call__(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self(item) for item in value]
        if not isinstance(value, dict):
            return value
        if "@value" in value:
            return value["@value"]
        name = value.get("@id")
        if len(value) == 1 and isinstance(name, str) and name in self._named:
            return self._referred(name)
        return {PREFIX.sub("", key): self(item) for key, item in value.items()}

    def _referred(self, name: str) -> Any:
        if name not in self._copies:
            self._copies[name] = {"@id": name}
            self._copies[name] = self(self._named[name])
        return self._copies[name]
