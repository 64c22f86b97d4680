"""What a done run keeps: its list, and from what and with what it was made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

import orjson

COLUMNS: Mapping[str, str] = {
    "ranked_at": "timestamptz",
    "k": "integer",
    "posting_version": "integer",
    "engine_version": "text",
    "taxonomy_version": "text",
    "index_seq": "bigint",
    "index_positions": "jsonb",
    "considered": "integer",
    "funnel": "jsonb",
    "matches": "jsonb",
    "possible": "jsonb",
    "possible_total": "integer",
    "applied_weights": "jsonb",
    "seconds": "double precision",
    "inputs": "jsonb",
}
"""Field → its type in match_run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """The fields are columns of match_run.

    `funnel` is [{"rule", "left"}], `matches` [{"rank", "worker", "score", "parts":
    [{"name", "value", "weight", "evidence"}]}], `possible` [{"worker", "ask"}];
    `inputs` is described in `inputs.py`.
    """

    ranked_at: datetime
    k: int
    posting_version: int
    engine_version: str
    taxonomy_version: str
    index_seq: int
    index_positions: Mapping[str, str]
    considered: int
    funnel: Sequence[Mapping[str, Any]]
    matches: Sequence[Mapping[str, Any]]
    possible: Sequence[Mapping[str, Any]]
    possible_total: int
    applied_weights: Mapping[str, float]
    seconds: float
    inputs: Mapping[str, Any]

    @classmethod
    def columns(cls) -> tuple[str, ...]:
        return tuple(field.name for field in fields(cls))

    def values(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.columns()}

    def stored(self) -> dict[str, Any]:
        """The values as they are bound: JSON is written here, and once."""
        return {
            name: orjson.dumps(value).decode() if COLUMNS[name] == "jsonb" else value
            for name, value in self.values().items()
        }
