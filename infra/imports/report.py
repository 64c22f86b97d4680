"""What became of the rows that did not simply land: a file for whoever sent them."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, TextIO

QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
COLUMNS = ("row", "id", "outcome", "field", "reason")


class Entry(NamedTuple):
    """`outcome`: rejected, held (landed, waits for review), or left out (the row
    landed without this value)."""

    row: str
    id: str
    outcome: str
    field: str
    reason: str


class Report:
    """Entries as CSV, or as NDJSON where the file is named so; no entry, no file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.entries = 0
        self._lines: TextIO | None = None

    def __enter__(self) -> Report:
        self.path.unlink(missing_ok=True)
        return self

    def add(self, entry: Entry) -> None:
        self.entries += 1
        if self.path.suffix in (".ndjson", ".jsonl"):
            line = json.dumps(entry._asdict(), ensure_ascii=False)
            self._file().write(line + "\n")
        else:
            new = self._lines is None
            writer = csv.writer(self._file())
            if new:
                writer.writerow(COLUMNS)
            writer.writerow(_as_text(cell) for cell in entry)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._lines is not None:
            self._lines.close()

    def _file(self) -> TextIO:
        if self._lines is None:
            self._lines = self.path.open("w", encoding="utf-8", newline="")
        return self._lines


def _as_text(cell: str) -> str:
    """A cell that a spreadsheet would not run as a formula."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t")) else cell


@dataclass(slots=True)
class Summary:
    """Counts of one import; reasons with what they quote taken out."""

    rows: int = 0
    landed: Counter[str] = field(default_factory=Counter)
    held: int = 0
    rejected: int = 0
    held_by_reason: Counter[str] = field(default_factory=Counter)
    rejected_by_reason: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)

    def count_reason(self, entry: Entry) -> None:
        general = QUOTED.sub("…", entry.reason)
        name = f"{entry.field}: {general}" if entry.field else general
        by_reason = {
            "rejected": self.rejected_by_reason,
            "held": self.held_by_reason,
            "left out": self.left_out,
        }
        by_reason[entry.outcome][name] += 1

    def as_json(self) -> dict[str, Any]:
        outcomes = ("created", "updated", "unchanged")
        return {
            "rows": self.rows,
            "landed": {outcome: self.landed[outcome] for outcome in outcomes},
            "held": self.held,
            "rejected": self.rejected,
            "rejected_by_reason": dict(self.rejected_by_reason.most_common()),
            "held_by_reason": dict(self.held_by_reason.most_common()),
            "left_out": dict(self.left_out.most_common()),
        }
