"""The registries of all services as one: `rollcall routes` prints it, tests walk it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from infra.onebox.apis import load_apis

if TYPE_CHECKING:
    from shared.registry import DeclaredRoute
    from shared.settings import Settings

HEADING = """\
# Who may call what

Printed by `rollcall routes --markdown`; a test compares. *Own* says on whose things:
**public** and **shared** have no owner; **worker**, **tenant** and **account** are the
caller's own, and another's is not there (404); **party** is what a worker and an
organisation have in common; **system** is the installation's. Operators and services
reach everybody's; auditors read them.
"""


def registry(settings: Settings) -> dict[str, list[DeclaredRoute]]:
    """Every route by service; nothing is connected to."""
    return {name: build(settings).state.registry for name, build in load_apis().items()}


def as_markdown(found: Mapping[str, Sequence[DeclaredRoute]]) -> str:
    """One table a service, which `docs/routes.md` is a copy of."""
    lines = [HEADING]
    for service, routes in found.items():
        lines += [
            f"## {service}\n",
            "| route | who | scope | own | operation |",
            "| --- | --- | --- | --- | --- |",
        ]
        for route in routes:
            who = ", ".join(sorted(route.who)) or "everyone"
            lines.append(
                f"| `{route.method} {route.path}` | {who} | {route.scope or ''}"
                f" | {route.own} | {route.operation} |"
            )
        lines.append("")
    return "\n".join(lines)
