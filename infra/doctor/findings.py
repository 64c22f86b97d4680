"""What a check says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

State = Literal["ok", "warning", "fault", "skipped"]


@dataclass(frozen=True, slots=True)
class Finding:
    """The answer of one check: what was found or, unless ok, what to do about it."""

    name: str
    state: State
    detail: str


def judge(name: str, fine: bool, detail: str, complaint: str) -> Finding:
    return Finding(name, "ok" if fine else "fault", detail if fine else complaint)
