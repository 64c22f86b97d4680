"""ESCO's CSV files, in as many languages as there are, with the ISCO-08 groups.

Both the official layout and a shortened one (`uri, code, preferred_label, alt_labels`)
are read. Concepts are known by the last part of their URI: for a skill, which has no
code in ESCO, that is its code here too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from services.matching.schemes.entries import (
    Advance,
    BadRow,
    Covered,
    Entry,
    EntryLink,
    Item,
    Known,
    Part,
    SchemeId,
    SourceUnusable,
)
from services.matching.schemes.esco_layout import (
    ALIASES,
    BROADER,
    CONCEPTS,
    FILE,
    HIERARCHY,
    HIERARCHY_MORE,
    LEVELS,
    LINKS,
    MORE,
    NAMED,
    RELATIONS,
    SAME_FILE,
    URI,
    VERSION,
)
from services.matching.schemes.tables import Row, label, labels, others, read_rows


class Esco:
    """A directory of ESCO files; all its languages, or the one that is asked for.

    Raises SourceUnusable if it has no concepts in such a language.
    """

    scheme: SchemeId = "esco"

    def __init__(self, directory: Path, language: str | None = None) -> None:
        self._found: dict[str, dict[str, Path]] = {}
        for file in sorted(directory.iterdir()):
            if name := FILE.fullmatch(file.name):
                role = name[1].lower()
                role = SAME_FILE.get(role, role)
                self._found.setdefault(role, {})[name[2].lower()] = file
        there = {lang for role in CONCEPTS for lang in self._found.get(role, ())}
        wanted = there if language is None else there & {language}
        if not wanted:
            named = (
                "occupations_xx.csv and the like"
                if not language
                else (f"occupations_{language}.csv and the like")
            )
            raise SourceUnusable(f"{directory} has no ESCO files ({named})")
        self._asked = language
        self._languages = sorted(wanted, key=lambda lang: (lang != "en", lang))
        version = VERSION.search(directory.name)
        self.versions: Mapping[SchemeId, str | None] = {
            "esco": version[1] if version else None
        }
        if "iscogroups" in self._found:
            self.versions = {**self.versions, "isco08": "2008"}
        self._broader: dict[str, list[str]] = {}
        self._codes: dict[str, str] = {}

    @property
    def files(self) -> Sequence[Path]:
        """In the order in which they are read."""
        broader = ("broaderrelationsoccpillar", "broaderrelationsskillpillar")
        return [
            *filter(None, map(self._any_language, broader)),
            *(self._found["iscogroups"][lang] for lang in self._having("iscogroups")),
            *filter(None, [self._hierarchy()]),
            *(
                self._found[role][lang]
                for role in ("skillgroups", "occupations", "skills")
                for lang in self._having(role)
            ),
            *filter(None, map(self._relations, LINKS)),
        ]

    def parts(self, known: Known, advance: Advance) -> Iterator[Part]:
        self._broader = {}
        self._codes = {
            _tail(uri): code
            for (scheme, uri), code in known.by_uri.items()
            if scheme == "esco"
        }
        self._read_codes()
        for role in ("broaderrelationsoccpillar", "broaderrelationsskillpillar"):
            if file := self._any_language(role):
                yield Part(frozenset(), self._read_broader(file, advance))
        groups = frozenset({Covered("entry", "esco", "group")})
        if hierarchy := self._hierarchy():
            yield Part(groups, self._read_hierarchy(hierarchy, known, advance))
        for role, (scheme, kind) in CONCEPTS.items():
            for language in self._having(role):
                yield Part(
                    frozenset({Covered("entry", scheme, kind)}),
                    self._read_concepts(role, language, known, advance),
                )
        for role in LINKS:
            if file := self._relations(role):
                yield Part(
                    frozenset({Covered("link", "esco", role)}),
                    self._read_links(role, file, known, advance),
                )

    def _having(self, role: str) -> list[str]:
        return [lang for lang in self._languages if lang in self._found.get(role, ())]

    def _any_language(self, role: str) -> Path | None:
        files = self._found.get(role, {})
        best = next(iter(self._having(role)), None) or min(files, default=None)
        return files[best] if best else None

    def _relations(self, role: str) -> Path | None:
        """They are the same in each language; to add one, only its own are read."""
        if self._asked is not None and not self._having(role):
            return None
        return self._any_language(role)

    def _hierarchy(self) -> Path | None:
        """The skill hierarchy has the names of the groups, if no other file has."""
        if "skillgroups" in self._found:
            return None
        having = self._having("skillshierarchy")
        return self._found["skillshierarchy"][having[0]] if having else None

    def _read_codes(self) -> None:
        """Codes first, from every language: relations come before what they name."""
        for role in ("occupations", "skillgroups"):
            for file in self._found.get(role, {}).values():
                for row in read_rows(file, URI, MORE, _nobody):
                    if isinstance(row, Row) and row.cells.get("code"):
                        self._codes[_tail(row.cells["uri"])] = row.cells["code"]
        for file in self._found.get("skillshierarchy", {}).values():
            for row in read_rows(file, HIERARCHY, HIERARCHY_MORE, _nobody):
                if isinstance(row, Row):
                    for uri, code, _ in _path(row):
                        self._codes[_tail(uri)] = code

    def _read_broader(self, file: Path, advance: Advance) -> Iterator[Item]:
        for row in read_rows(file, BROADER, {}, advance):
            if isinstance(row, BadRow):
                yield row
                continue
            narrow, broad = _tail(row.cells["uri"]), _tail(row.cells["broader"])
            if not narrow or not broad:
                yield row.bad("names no broader concept")
            else:
                self._broader.setdefault(narrow, []).append(broad)

    def _read_hierarchy(
        self, file: Path, known: Known, advance: Advance
    ) -> Iterator[Item]:
        language = file.stem.rpartition("_")[2].lower()
        told: set[str] = set()
        for row in read_rows(file, HIERARCHY, HIERARCHY_MORE, advance):
            if isinstance(row, BadRow):
                yield row
                continue
            path = _path(row)
            for place, (uri, code, term) in enumerate(path):
                if code in told:
                    continue
                if not term:
                    yield row.bad(f"{code} has no name", code)
                    continue
                told.add(code)
                known.codes.add(("esco", code))
                broader = (path[place - 1][1],) if place else ()
                yield Entry(
                    "esco", "group", code, language, term, uri=uri, broader=broader
                )

    def _read_concepts(
        self, role: str, language: str, known: Known, advance: Advance
    ) -> Iterator[Item]:
        scheme, _ = CONCEPTS[role]
        told: dict[str, int] = {}
        for row in read_rows(self._found[role][language], NAMED, MORE, advance):
            if isinstance(row, BadRow):
                yield row
                continue
            code = self._code(role, row)
            if code is None:
                yield row.bad("no file says the code of this concept")
            elif not row.cells["preferred"]:
                yield row.bad("has no preferred label", code)
            elif code in told:
                yield row.bad(f"{code} is there already, in line {told[code]}", code)
            else:
                told[code] = row.line
                known.codes.add((scheme, code))
                yield self._entry(role, code, language, row)

    def _code(self, role: str, row: Row) -> str | None:
        tail = _tail(row.cells["uri"])
        if not tail:
            return None
        if role == "iscogroups":
            return row.cells.get("code") or tail.removeprefix("C")
        if role == "occupations":
            return row.cells.get("code") or self._codes.get(tail)
        return self._codes.get(tail, tail) if role == "skillgroups" else tail

    def _entry(self, role: str, code: str, language: str, row: Row) -> Entry:
        scheme, kind = CONCEPTS[role]
        preferred = label(row.cells["preferred"])
        names = (
            *labels(row.cells.get("aliases", ""), ALIASES),
            *labels(row.cells.get("hidden", ""), ALIASES),
        )
        return Entry(
            scheme=scheme,
            kind=kind,
            code=code,
            language=language,
            preferred=preferred,
            aliases=others(preferred, names),
            description=row.cells.get("description") or None,
            uri=row.cells["uri"],
            broader=self._broader_codes(role, code, row),
            extra=_extra(role, code, row),
        )

    def _broader_codes(self, role: str, code: str, row: Row) -> tuple[str, ...] | None:
        if role == "iscogroups":
            return (code[:-1],) if len(code) > 1 else ()
        pillar = "occ" if role == "occupations" else "skill"
        if f"broaderrelations{pillar}pillar" not in self._found:
            return None
        broader = dict.fromkeys(self._broader.get(_tail(row.cells["uri"]), ()))
        if role == "occupations":
            # the ISCO-08 groups at the top are of another scheme: a crosswalk
            return tuple(self._codes[tail] for tail in broader if tail in self._codes)
        return tuple(self._codes.get(tail, tail) for tail in broader)

    def _read_links(
        self, role: str, file: Path, known: Known, advance: Advance
    ) -> Iterator[Item]:
        for row in read_rows(file, LINKS[role], {}, advance):
            if isinstance(row, BadRow):
                yield row
                continue
            ends = [_tail(row.cells[end]) for end in ("from", "to")]
            held, other = (self._codes.get(tail, tail) for tail in ends)
            relation = RELATIONS.get(row.cells["relation"].lower())
            unknown = [end for end in (held, other) if ("esco", end) not in known.codes]
            if relation is None:
                yield row.bad(f"{row.cells['relation']!r} is no relation", held)
            elif unknown:
                yield row.bad(f"there is no entry {unknown[0]!r}", held)
            else:
                yield EntryLink("esco", role, held, other, relation)


def _path(row: Row) -> list[tuple[str, str, str]]:
    """(URI, code, name) of each level of a hierarchy row that is filled in."""
    cells = row.cells
    return [
        (uri, code, label(cells.get(f"term {level}", "")))
        for level in LEVELS
        if (uri := cells.get(f"uri {level}"))
        and (code := cells.get(f"code {level}") or _tail(uri))
    ]


def _extra(role: str, code: str, row: Row) -> Mapping[str, Any] | None:
    if role == "occupations" and ("isco08" in row.cells or "code" in row.cells):
        return {"isco08": row.cells.get("isco08") or code.partition(".")[0]}
    if role == "skills" and "skill_type" in row.cells:
        return {
            name: row.cells[name]
            for name in ("skill_type", "reuse_level")
            if row.cells.get(name)
        }
    return None


def _tail(uri: str) -> str:
    return uri.rpartition("/")[2]


def _nobody(file: str, rows: int) -> None:
    """The rows are read again later, and counted then."""
