"""`queue watch`: lanes, workers and the last transitions, each second anew."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from infra.cli.output import AsJson
from infra.cli.queue_app import PATIENCE_SECONDS, Token, Url, columns_of, operator

if TYPE_CHECKING:
    import httpx
    from rich.console import RenderableType

EVERY_SECONDS = 1.0
TRANSITIONS = 12
LANE = ("lane", "mode", "queued", "running", "dead", "weight", "most_running")
WORKER = ("name", "state", "busy", "slots", "lanes")
STEP = ("at", "run", "lane", "was", "became", "because", "worker")

Document = dict[str, Any]


def register(group: typer.Typer) -> None:
    group.command("watch")(watch)


def watch(
    times: Annotated[
        int | None, typer.Option(min=1, help="Look so often, then end.")
    ] = None,
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Watch the queue until Ctrl-C. Where output is no terminal, one line a lane each
    second; with --json one document a second, on a line of its own."""
    import json

    from rich.console import Console

    console = Console()
    with operator(url, token) as client:
        looks = _looks(client, times)
        try:
            if as_json:
                for seen in looks:
                    typer.echo(json.dumps(seen, ensure_ascii=False))
            elif console.is_terminal and not console.is_dumb_terminal:
                _show_live(console, looks)
            else:
                for seen in looks:
                    for lane in seen["lanes"]:
                        typer.echo(_line(seen, lane))
        except KeyboardInterrupt:
            return  # that is how it ends


def _looks(client: httpx.Client, times: int | None) -> Iterator[Document]:
    from infra.cli.matching import ask

    def read(path: str, **params: int) -> list[Document]:
        answer = ask(client, "GET", path, patience=PATIENCE_SECONDS, params=params)
        items: list[Document] = answer.json()["items"]
        return items

    seen = 0
    while times is None or seen < times:
        if seen:
            time.sleep(EVERY_SECONDS)
        lanes = read("/v1/queues")
        for lane in lanes:
            path = f"/v1/queues/{lane['lane']}"
            lane |= ask(client, "GET", path, patience=PATIENCE_SECONDS).json()
        yield {
            "lanes": lanes,
            "workers": read("/v1/queues/workers"),
            "transitions": read("/v1/queues/transitions", limit=TRANSITIONS),
        }
        seen += 1


def _line(seen: Document, lane: Document) -> str:
    working = sum(
        lane["lane"] in worker["lanes"] and worker["state"] == "working"
        for worker in seen["workers"]
    )
    return (
        f"{time.strftime('%H:%M:%S')} {lane['lane']} {lane['mode']}"
        f" queued={lane['queued']} running={lane['running']} dead={lane['dead']}"
        f" workers={working}"
    )


def _show_live(console: Any, looks: Iterator[Document]) -> None:
    from rich.live import Live

    with Live(console=console, auto_refresh=False, screen=False) as live:
        for seen in looks:
            live.update(_drawn(seen), refresh=True)


def _drawn(seen: Document) -> RenderableType:
    from rich.console import Group

    return Group(
        _table("Lanes", seen["lanes"], *LANE),
        _table("Workers", seen["workers"], *WORKER),
        _table("Last transitions", seen["transitions"], *STEP),
    )


def _table(title: str, rows: list[Any], *names: str) -> RenderableType:
    from rich.table import Table

    headings, cells = columns_of(rows, *names)
    table = Table(*headings, title=title, title_justify="left")
    for row in cells:
        table.add_row(*("" if cell is None else str(cell) for cell in row))
    return table
