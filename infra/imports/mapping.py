"""How a table's columns become fields: a small TOML file, checked before any row.

See docs/importing.md for what it may say.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from shared.money import ROUNDINGS

PLACE_FIELDS = frozenset(
    f"place.{name}"
    for name in ("locality", "region", "country", "lat", "lon", "street")
)
POSTING_FIELDS = PLACE_FIELDS | {
    "id",
    "title",
    "description",
    "employer",
    "market",
    "kind",
    "occupation",
    "skills",
    "certificates",
    "remote",
    "pay.minimum",
    "pay.maximum",
    "pay.unit",
    "pay.currency",
    "pay.settlement",
    "hours",
    "starts_on",
    "expires_at",
    "headcount",
    "radius_km",
}
WORKER_FIELDS = PLACE_FIELDS | {
    "id",
    "name",
    "email",
    "phone",
    "markets",
    "kinds",
    "skills",
    "certificates",
    "languages",
    "radius_km",
    "remote",
    "lodging",
    "hours",
    "pay.amount",
    "pay.unit",
    "pay.currency",
    "confirmed_at",
    "last_active_at",
}
SECTIONS = {"columns", "values", "constants", "defaults", "dates", "csv", "pay"}
NAMES = {"system", *SECTIONS}


class MappingInvalid(ValueError):
    """The mapping file cannot be used; the message names the key."""


@dataclass(frozen=True, slots=True)
class TableMapping:
    """field → columns (their texts joined), field → text → value, and so on."""

    system: str
    columns: Mapping[str, tuple[str, ...]]
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    defaults: Mapping[str, str] = field(default_factory=dict)
    date_formats: tuple[str, ...] = ()
    rounding: str | None = None
    delimiter: str = ","
    encoding: str = "utf-8-sig"
    separator: str = ";"


def read_mapping(path: Path, fields: frozenset[str]) -> TableMapping:
    """Raises MappingInvalid, also for a field or section that nobody would read."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise MappingInvalid(f"{path}: {error}") from None
    for name in content:
        if name not in NAMES:
            raise MappingInvalid(f"{name}: is none of {', '.join(sorted(NAMES))}")
    system = content.get("system")
    if not isinstance(system, str) or not system:
        raise MappingInvalid("system: must name where the rows come from")
    columns = {
        name: (value,) if isinstance(value, str) else tuple(value)
        for name, value in _flat(content, "columns", fields)
    }
    if "id" not in columns:
        raise MappingInvalid("columns.id: a repeated import needs to know the rows")
    defaults = {
        name: str(value)
        for name, value in _flat(content, "defaults", fields | {"place"})
    }
    values: dict[str, dict[str, str]] = {}
    for path_, value in _leaves(content.get("values", {})):
        name = ".".join(path_[:-1])
        _check(name in fields, f"values.{name}", "is no field")
        values.setdefault(name, {})[path_[-1].strip().casefold()] = str(value)
    sheet = _only(content, "csv", {"delimiter", "encoding", "separator"})
    rounding = _only(content, "pay", {"rounding"}).get("rounding")
    _check(rounding is None or rounding in ROUNDINGS, "pay.rounding", "is unknown")
    formats = _only(content, "dates", {"formats"}).get("formats", [])
    _check(isinstance(formats, list), "dates.formats", "must be a list")
    return TableMapping(
        system=system,
        columns=columns,
        values=values,
        constants={k: str(v) for k, v in _flat(content, "constants", fields)},
        defaults=defaults,
        date_formats=tuple(formats),
        rounding=rounding,
        delimiter=sheet.get("delimiter", ","),
        encoding=sheet.get("encoding", "utf-8-sig"),
        separator=sheet.get("separator", ";"),
    )


def _flat(
    content: Mapping[str, Any], section: str, fields: frozenset[str]
) -> Iterator[tuple[str, Any]]:
    """("pay.minimum", value) of the section's nested tables."""
    for path, value in _leaves(content.get(section, {})):
        name = ".".join(path)
        _check(name in fields, f"{section}.{name}", "is no field")
        yield name, value


def _only(
    content: Mapping[str, Any], section: str, names: set[str]
) -> Mapping[str, Any]:
    table: Mapping[str, Any] = content.get(section, {})
    for name in table:
        _check(name in names, f"{section}.{name}", "is unknown")
    return table


def _leaves(
    table: Mapping[str, Any], above: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, value in table.items():
        if isinstance(value, dict):
            yield from _leaves(value, (*above, name))
        else:
            yield (*above, name), value


def _check(holds: bool, key: str, complaint: str) -> None:
    if not holds:
        raise MappingInvalid(f"{key}: {complaint}")
