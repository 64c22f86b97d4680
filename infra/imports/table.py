"""Rows of a CSV file by a mapping: as texts per field, and as adverts."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from infra.imports.advert import Advert, RawPay, RawPlace
from infra.imports.draft import RowFault
from infra.imports.mapping import MappingInvalid, TableMapping

LONGEST_CELL = 100_000


@dataclass(frozen=True, slots=True)
class Row:
    """`number` is the line of the file where the row ends; `texts` are by our field
    names, without those that are empty."""

    number: int
    texts: Mapping[str, str]
    faults: tuple[RowFault, ...] = field(default=())


def read_rows(path: Path, mapping: TableMapping) -> Iterator[Row]:
    """Raises MappingInvalid when a column is not there, OSError, UnicodeDecodeError.

    A row with too few or too many cells is a fault of that row: its cells may have
    moved.
    """
    csv.field_size_limit(LONGEST_CELL)
    with path.open(encoding=mapping.encoding, newline="") as lines:
        reader = csv.reader(lines, delimiter=mapping.delimiter)
        header = [name.strip() for name in next(reader, [])]
        at = {name: index for index, name in enumerate(header)}
        for name, columns in mapping.columns.items():
            for column in columns:
                if column not in at:
                    raise MappingInvalid(f"columns.{name}: no column {column!r}")
        while True:
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield Row(reader.line_num, {}, (RowFault("", f"is not CSV: {error}"),))
                continue
            if not any(cell.strip() for cell in cells):
                continue
            yield _row(reader.line_num, cells, at, len(header), mapping)


def read_adverts(path: Path, mapping: TableMapping) -> Iterator[Advert]:
    for row in read_rows(path, mapping):
        yield advert_of(row, mapping)


def advert_of(row: Row, mapping: TableMapping) -> Advert:
    text = row.texts.get
    names = {name: columns[0] for name, columns in mapping.columns.items()}
    names |= {"place": names.get("place.locality", "place"), "pay": "pay"}
    place = RawPlace(
        locality=text("place.locality"),
        region=text("place.region"),
        country=text("place.country"),
        lat=text("place.lat"),
        lon=text("place.lon"),
        street=text("place.street"),
    )
    pay = RawPay(
        minimum=text("pay.minimum") or text("pay.maximum"),
        maximum=text("pay.maximum") or text("pay.minimum"),
        unit=text("pay.unit"),
        currency=text("pay.currency"),
        settlement=text("pay.settlement"),
    )
    description = text("description") or ""
    if place.street:
        description = f"{description}\nAddress: {place.street}".strip()
    return Advert(
        row=str(row.number),
        id=text("id"),
        title=text("title"),
        description=description,
        employer=text("employer"),
        market=text("market"),
        kinds=list(split(text("kind"), mapping)),
        occupations=list(split(text("occupation"), mapping)),
        skills=list(split(text("skills"), mapping)),
        certificates=list(split(text("certificates"), mapping)),
        places=[place] if any(place) else [],
        remote=text("remote"),
        pay=pay if pay.minimum else None,
        hours=text("hours"),
        starts_on=text("starts_on"),
        expires_at=text("expires_at"),
        headcount=text("headcount"),
        radius_km=text("radius_km"),
        faults=list(row.faults),
        names=names,
    )


def split(text: str | None, mapping: TableMapping) -> Iterator[str]:
    """The entries of a list, column after column where the mapping names several."""
    for line in (text or "").split("\n"):
        for part in line.split(mapping.separator):
            if part.strip():
                yield part.strip()


def _row(
    number: int,
    cells: list[str],
    at: Mapping[str, int],
    width: int,
    mapping: TableMapping,
) -> Row:
    if len(cells) != width:
        reason = f"has {len(cells)} cells where the header has {width}"
        return Row(number, {}, (RowFault("", reason),))
    texts = dict(mapping.constants)
    for name, columns in mapping.columns.items():
        parts = [cells[at[column]].strip() for column in columns]
        text = "\n".join(part for part in parts if part)
        text = _translated(text, mapping.values.get(name, {}), mapping.separator)
        if text:
            texts[name] = text
    for name, text in mapping.defaults.items():
        if name != "place":
            texts.setdefault(name, text)
    return Row(number, texts)


def _translated(text: str, values: Mapping[str, str], separator: str) -> str:
    """The value of a whole cell, or else of each entry of the list in it."""
    if not values:
        return text
    if (whole := values.get(text.casefold())) is not None:
        return whole
    return "\n".join(
        separator.join(
            values.get(part.strip().casefold(), part) for part in line.split(separator)
        )
        for line in text.split("\n")
    )
