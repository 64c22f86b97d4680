"""Bindings as a table for other programs."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from typing import Any

COLUMNS = ("kind", "folded", "concept", "bound_at", "bound_by", "id")
CSV_EXAMPLE = """\
kind,folded,concept,bound_at,bound_by,id
skill,flt driving,forklift-driving,2026-11-24T05:00:01+00:00,01939f5e-…,01939f5e-…
"""


def as_csv(bindings: Iterable[Mapping[str, Any]]) -> str:
    """With a line of column names. A folded phrase begins with a letter, a digit or a
    dot, so no spreadsheet takes a cell for a formula."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in bindings:
        writer.writerow(
            [
                row["bound_at"].isoformat() if c == "bound_at" else row[c]
                for c in COLUMNS
            ]
        )
    return text.getvalue()


def wants_csv(accept: str) -> bool:
    """Whether an Accept header names text/csv before application/json."""
    for entry in accept.lower().split(","):
        named = entry.split(";")[0].strip()
        if named in ("text/csv", "application/json"):
            return named == "text/csv"
    return False
