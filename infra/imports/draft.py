"""What is to land of one row of a source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple


class RowFault(NamedTuple):
    """Why a row, or a value of it, did not land: the field as the source calls it, and
    the reason."""

    field: str
    reason: str


@dataclass(slots=True)
class Draft:
    """The documents to send for a row; none if there are faults.

    `held` says why they wait for review, `unknown` which values were left out. `names`
    says what the source calls our fields.
    """

    row: str
    id: str
    names: Mapping[str, str] = field(default_factory=dict)
    documents: list[dict[str, Any]] = field(default_factory=list)
    faults: list[RowFault] = field(default_factory=list)
    held: list[str] = field(default_factory=list)
    unknown: list[RowFault] = field(default_factory=list)

    def name_of(self, field: str) -> str:
        """What the source calls a field, or the nearest field above it that it names:
        "place.lat" may be its "jobLocation"."""
        name = field
        while name and name not in self.names:
            name = name.rpartition(".")[0]
        return self.names.get(name, field)

    def add_fault(self, field: str, reason: str) -> None:
        fault = RowFault(self.name_of(field), reason)
        if fault not in self.faults:
            self.faults.append(fault)

    def leave_out(self, field: str, reason: str) -> None:
        self.unknown.append(RowFault(self.name_of(field), reason))
