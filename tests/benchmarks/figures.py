"""What was measured, and how it is told: as a table, or one JSON object a line."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Literal

Unit = Literal["share", "x", "1/s", "s", "ms", "us", "MB", "B", "count"]
SMALLER_IS_BETTER = ("s", "ms", "us", "MB", "B", "count")


@dataclass(frozen=True, slots=True)
class Figure:
    """`target` is None for what is only shown to compare with."""

    name: str
    value: float
    unit: Unit = "share"
    target: float | None = None

    @property
    def ok(self) -> bool | None:
        if self.target is None:
            return None
        if self.unit in SMALLER_IS_BETTER:
            return self.value <= self.target
        return self.value >= self.target


def tell(figure: Figure, *, as_json: bool) -> None:
    if as_json:
        document = asdict(figure) | {"ok": figure.ok}
        for name in ("value", "target"):
            if document[name] is not None:
                document[name] = round(float(document[name]), 4)
        print(json.dumps(document, ensure_ascii=False), flush=True)
        return
    wanted = ""
    if figure.target is not None:
        wanted = f"wanted {figure.target:10.4g}  {'ok' if figure.ok else 'MISSED'}"
    print(
        f"{figure.name:58} {figure.value:10.4g} {figure.unit:6} {wanted}".rstrip(),
        flush=True,
    )
