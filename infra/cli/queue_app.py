"""The group `queue`: what its commands share."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from inspect import Parameter
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


FILTERS: dict[str, Any] = {
    "state": Annotated[State | None, typer.Option(help="Only those that are so.")],
    "lane": Annotated[Lane | None, typer.Option(help="Only those of this lane.")],
    "organisation": Annotated[str | None, typer.Option(help="Only an organisation's.")],
    "posting": Annotated[str | None, typer.Option(help="Only those of a posting.")],
    "worker": Annotated[
        str | None, typer.Option(help="The worker process that had it last.")
    ],
    "because": Annotated[str | None, typer.Option(help="Why it is in its state.")],
    "reason": Annotated[str | None, typer.Option(help="Why it was queued.")],
    "origin": Annotated[str | None, typer.Option(help="The run that it ranks anew.")],
    "queued_from": Annotated[str | None, typer.Option(help="RFC 3339 time.")],
    "queued_until": Annotated[str | None, typer.Option(help="RFC 3339 time.")],
    "error": Annotated[str | None, typer.Option(help="A part of its error.")],
}
"""Field of the API's filter → its option."""


def filtered(command: Callable[..., None]) -> Callable[..., None]:
    """A command with an option for each of FILTERS, which it gets together as its
    parameter `wanted`: those that were named, as the API takes them."""
    own = inspect.signature(command, eval_str=True)
    options = [
        Parameter(name, Parameter.KEYWORD_ONLY, default=None, annotation=option)
        for name, option in FILTERS.items()
    ]

    def run(**values: Any) -> None:
        filters = {name: values.pop(name) for name in FILTERS}
        wanted = {name: str(one) for name, one in filters.items() if one is not None}
        command(wanted=wanted, **values)

    shown = [
        one.replace(kind=Parameter.KEYWORD_ONLY)
        for name, one in own.parameters.items()
        if name != "wanted"
    ]
    run.__signature__ = own.replace(parameters=shown + options)  # type: ignore[attr-defined]
    run.__annotations__ = {one.name: one.annotation for one in shown + options}
    run.__doc__ = command.__doc__
    return run


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
