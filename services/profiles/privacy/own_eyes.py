"""What only the person themself reads back: when they were born, by what they may work.

Organisations, operators and whoever acts for a worker get answers ("may work this
shift"), in an export as anywhere else.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from shared.identity import Caller, Role

OWN_EYES = frozenset({"birth_date", "minor_until", "right_to_work"})
"""Fields by name, in whatever document of whatever service."""


def is_oneself(caller: Caller, worker_id: UUID) -> bool:
    """Whoever acts for a worker in their name is another."""
    return (
        caller.role is Role.WORKER
        and caller.subject == worker_id
        and caller.actor is None
    )


def without_own_eyes(value: Any) -> Any:
    """A document with null in the place of what is for the person's own eyes."""
    if isinstance(value, dict):
        return {
            name: None if name in OWN_EYES else without_own_eyes(part)
            for name, part in value.items()
        }
    if isinstance(value, list):
        return [without_own_eyes(part) for part in value]
    return value
