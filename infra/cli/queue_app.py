"""The group `queue`: what its commands share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    import httpx

PATIENCE_SECONDS = 10.0

Url = Annotated[
    str | None, typer.Option(help="Base URL of matching; else this installation's.")
]
Token = Annotated[
    str | None, typer.Option(help="Else ROLLCALL_TOKEN, else one is minted.")
]


class State(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    DEAD = "dead"
    CANCELLED = "cancelled"


class Lane(StrEnum):
    INTERACTIVE = "interactive"
    REFRESH = "refresh"
    BULK = "bulk"


OfState = Annotated[State | None, typer.Option(help="Only those that are so.")]
InLane = Annotated[Lane | None, typer.Option(help="Only those of this lane.")]
OfOrganisation = Annotated[str | None, typer.Option(help="Only an organisation's.")]
OfPosting = Annotated[str | None, typer.Option(help="Only those of a posting.")]
OfWorker = Annotated[
    str | None, typer.Option(help="The worker process that had it last.")
]
Because = Annotated[str | None, typer.Option(help="Why it is in its state.")]
Reason = Annotated[str | None, typer.Option(help="Why it was queued.")]
Origin = Annotated[str | None, typer.Option(help="The run that it ranks anew.")]
QueuedFrom = Annotated[str | None, typer.Option(help="RFC 3339 time.")]
QueuedUntil = Annotated[str | None, typer.Option(help="RFC 3339 time.")]
Error = Annotated[str | None, typer.Option(help="A part of its error.")]


def given(**fields: object) -> dict[str, Any]:
    """What was named, as a filter of the API."""
    return {name: str(value) for name, value in fields.items() if value is not None}


@contextmanager
def operator(url: str | None, token: str | None) -> Iterator[httpx.Client]:
    """A client of matching with an operator's token."""
    from infra.cli.access import open_client
    from infra.cli.target import current_settings
    from shared.identity import Caller, Role
    from shared.values import new_id

    if url is None and token is None:
        current_settings()  # or one line that nothing runs here
    with open_client(url, token, Caller(new_id(), Role.OPERATOR)) as client:
        yield client


def columns_of(
    rows: list[Mapping[str, Any]], *names: str
) -> tuple[list[str], list[list[Any]]]:
    """Headings and cells of a table."""
    return (
        [name.replace("_", " ") for name in names],
        [[_cell(row.get(name)) for name in names] for row in rows],
    )


def _cell(value: Any) -> Any:
    return ", ".join(map(str, value)) if isinstance(value, list) else value
