"""What a classification is read into: entries, links between them, rows at fault."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, NamedTuple, Protocol

SchemeId = Literal["esco", "onet", "csco", "isco08"]
EntryKind = Literal["occupation", "skill", "group"]
Relation = Literal["essential", "optional", "related"]

# to be shown with what is taken from them
ATTRIBUTIONS: Mapping[SchemeId, str] = {
    "esco": "ESCO classification of the European Commission, CC BY 4.0",
    "onet": "O*NET Database, U.S. Department of Labor, Employment and Training"
    " Administration (USDOL/ETA), CC BY 4.0",
    "csco": "中华人民共和国职业分类大典",
    "isco08": "ISCO-08, International Labour Organization",
}


class SourceUnusable(Exception):
    """The directory holds nothing that could be imported."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry as one file tells it, with its names in one language.

    `broader` (codes of the same scheme) and `extra` are None where the file does not
    say, as a file of labels in a second language does not.
    """

    scheme: SchemeId
    kind: EntryKind
    code: str
    language: str
    preferred: str
    aliases: tuple[str, ...] = ()
    description: str | None = None
    uri: str | None = None
    broader: tuple[str, ...] | None = None
    extra: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class EntryLink:
    """`source` is the kind of file it stands in; ranked sources count from 1."""

    scheme: SchemeId
    source: str
    from_code: str
    to_code: str
    relation: Relation
    rank: int | None = None


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that was left out. `code` is the entry it tells of, if that could be read:
    such an entry has not vanished."""

    file: str
    line: int
    reason: str
    code: str | None = None


Item = Entry | EntryLink | BadRow


class Covered(NamedTuple):
    """What a file lists completely: the entries of a kind, or the links of a source."""

    what: Literal["entry", "link"]
    scheme: SchemeId
    name: str


@dataclass(frozen=True, slots=True)
class Part:
    """What one file tells, read as it is asked for."""

    covers: frozenset[Covered]
    items: Iterator[Item]


@dataclass(slots=True)
class Known:
    """Codes of the entries there are, and the code of each URI; readers add to them."""

    codes: set[tuple[SchemeId, str]] = field(default_factory=set)
    by_uri: dict[tuple[SchemeId, str], str] = field(default_factory=dict)


Advance = Callable[[str, int], None]
"""Told how many more rows of which file were read."""


class Source(Protocol):
    """A directory with the files of one classification."""

    @property
    def scheme(self) -> SchemeId: ...

    @property
    def versions(self) -> Mapping[SchemeId, str | None]:
        """The version of each scheme it tells of."""
        ...

    @property
    def files(self) -> Sequence[Path]: ...

    def parts(self, known: Known, advance: Advance) -> Iterator[Part]: ...
