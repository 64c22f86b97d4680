"""What verifying an audit log found out, and how it is said."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

What = Literal[
    "edited",
    "missing",
    "moved",
    "inserted",
    "link edited",
    "link missing",
    "link added",
    "seal edited",
    "seal missing",
    "anchor file missing",
    "anchor file cut off",
    "anchor file damaged",
    "database set back",
]


@dataclass(frozen=True, slots=True)
class Bad:
    """Something that is not as it was sealed; `entry` is the id of the row, `position`
    its place in the chain. Both are None where it is not about a row."""

    what: What
    detail: str
    entry: int | None = None
    position: int | None = None


@dataclass(slots=True)
class Verdict:
    """How far the log of one service can be trusted.

    `checked` rows are chained as they stand; up to position `anchored` (of seal
    `anchored_seal`) outsiders' evidence agrees. `unanchored` are ids of the first and
    last row that are sealed but not anchored, `unsealed` is how many rows wait for a
    seal. `bad[0]` names the first bad row.
    """

    service: str
    checked: int = 0
    sealed: int = 0
    seals: int = 0
    anchored: int = 0
    anchored_seal: int = 0
    unanchored: tuple[int, int] | None = None
    unsealed: int = 0
    bad: list[Bad] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        return not self.bad

    def document(self) -> dict[str, Any]:
        return {
            "service": self.service,
            "sound": self.sound,
            "checked": self.checked,
            "sealed": self.sealed,
            "seals": self.seals,
            "anchored": self.anchored,
            "anchored_seal": self.anchored_seal,
            "unanchored": list(self.unanchored) if self.unanchored else None,
            "unsealed": self.unsealed,
            "bad": [
                {
                    "what": each.what,
                    "entry": each.entry,
                    "position": each.position,
                    "detail": each.detail,
                }
                for each in self.bad
            ],
            "notes": self.notes,
        }

    def lines(self) -> list[str]:
        """For people, the first line says the whole of it."""
        if self.sound:
            head = f"{self.service}: sound, {self.checked:,} rows in {self.seals} seals"
        else:
            head = f"{self.service}: BAD"
        said = [head]
        for each in self.bad:
            row = "" if each.entry is None else f"row {each.entry} "
            said.append(f"  {row}{each.what}: {each.detail}")
        said.append(f"  anchored up to position {self.anchored:,} of {self.sealed:,}")
        if self.unanchored:
            said.append(
                "  sealed, not anchored yet: rows {} to {}".format(*self.unanchored)
            )
        if self.unsealed:
            said.append(f"  not sealed yet: {self.unsealed:,} rows")
        return said + [f"  {note}" for note in self.notes]
