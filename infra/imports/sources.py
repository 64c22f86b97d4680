"""From a file and what the caller said of it to the drafts of its rows."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid5

from infra.imports.draft import Draft
from infra.imports.jsonld import find_job_postings
from infra.imports.lexicon import Lexicon
from infra.imports.mapping import (
    POSTING_FIELDS,
    WORKER_FIELDS,
    MappingInvalid,
    TableMapping,
    read_mapping,
)
from infra.imports.places import named_place
from infra.imports.posting import Rules, draft_postings
from infra.imports.schema_org import read_job_posting
from infra.imports.table import read_adverts, read_rows
from infra.imports.words import Unreadable, read_kind, read_market
from infra.imports.worker import drafts_of_documents, drafts_of_rows

IMPORTED = UUID("b5b0d1de-4c1e-4d0c-9a0e-2f6a6f0f7c11")
TABLES = (".csv", ".tsv", ".txt")


class SourceUnusable(ValueError):
    """The file as a whole, or what was said of it, cannot be used."""


@dataclass(frozen=True, slots=True)
class Choices:
    """What the caller says of a file; what a mapping says of a row goes first."""

    mapping: Path | None = None
    system: str | None = None
    place: str | None = None
    market: str | None = None
    kind: str | None = None
    publish: bool = True


def posting_drafts(
    file: Path, choices: Choices, lexicon: Lexicon
) -> tuple[str, list[Draft]]:
    """(name of the source, drafts). Raises SourceUnusable."""
    try:
        if file.suffix.casefold() in TABLES or choices.mapping:
            mapping = _mapping(choices, POSTING_FIELDS)
            adverts = list(read_adverts(file, mapping))
        else:
            mapping = None
            adverts = [
                read_job_posting(found)
                for found in find_job_postings(file.read_bytes())
            ]
        if not adverts:
            raise SourceUnusable(f"{file}: holds no job")
        system = _system(file, choices, mapping)
        rules = _rules(system, choices, mapping)
    except (MappingInvalid, Unreadable) as reason:
        raise SourceUnusable(str(reason)) from None
    except (OSError, UnicodeDecodeError) as reason:
        raise SourceUnusable(f"{file}: {reason}") from None
    return system, [draft_postings(advert, rules, lexicon) for advert in adverts]


def worker_drafts(
    file: Path, choices: Choices, lexicon: Lexicon
) -> tuple[str, list[Draft]]:
    """(name of the source, drafts). Raises SourceUnusable."""
    try:
        if file.suffix.casefold() in TABLES or choices.mapping:
            mapping = _mapping(choices, WORKER_FIELDS)
            rows = read_rows(file, mapping)
            drafts = list(drafts_of_rows(rows, mapping, lexicon))
            system = mapping.system
        else:
            system = _system(file, choices, None)
            drafts = list(drafts_of_documents(file.read_bytes(), system))
    except (MappingInvalid, Unreadable) as reason:
        raise SourceUnusable(str(reason)) from None
    except (OSError, UnicodeDecodeError) as reason:
        raise SourceUnusable(f"{file}: {reason}") from None
    if not drafts:
        raise SourceUnusable(f"{file}: holds nobody")
    return system, drafts


def organisation_of(system: str) -> UUID:
    """The organisation that a source's postings belong to unless another is named:
    the same whenever the source is read again."""
    return uuid5(IMPORTED, system)


def _mapping(choices: Choices, fields: frozenset[str]) -> TableMapping:
    if choices.mapping is None:
        raise MappingInvalid("a table needs --mapping: which column is what?")
    return read_mapping(choices.mapping, fields)


def _system(file: Path, choices: Choices, mapping: TableMapping | None) -> str:
    if choices.system:
        return choices.system
    if mapping is not None:
        return mapping.system
    return re.sub(r"[^a-z0-9]+", "-", file.stem.casefold()).strip("-") or "file"


def _rules(system: str, choices: Choices, mapping: TableMapping | None) -> Rules:
    place = choices.place or (mapping and mapping.defaults.get("place"))
    return Rules(
        system=system,
        market=read_market(choices.market) if choices.market else None,
        kind=read_kind(choices.kind) if choices.kind else None,
        place=named_place(place) if place else None,
        date_formats=mapping.date_formats if mapping else (),
        rounding=mapping.rounding if mapping else None,
        publish=choices.publish,
    )
