"""`queue`: what waits, runs and failed, and what an operator does about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from infra.cli import queue_lanes, queue_verbs, queue_watch
from infra.cli.output import AsJson, print_json, print_table
from infra.cli.queue_app import Token, Url, columns_of, filtered, operator

if TYPE_CHECKING:
    import httpx

PAGE = 200
SHOWN = ("id", "state", "lane", "reason", "because", "attempts", "queued_at", "error")
STEP = ("at", "was", "became", "because", "attempts", "lost", "worker", "error")

COLUMNS = ("lane", "mode", "queued", "running", "dead", "slots", "oldest_ready_seconds")


def register(app: typer.Typer) -> None:
    group = typer.Typer(
        invoke_without_command=True, help="The queue of match runs, and its operator."
    )
    group.callback()(lanes)
    group.command("list")(filtered(list_runs))
    group.command("show")(show)
    for module in (queue_verbs, queue_lanes, queue_watch):
        module.register(group)
    app.add_typer(group, name="queue")


def lanes(context: typer.Context, as_json: AsJson = False) -> None:
    """Show each lane of match runs: waiting, running, failed for good."""
    from infra.cli.matching import ask

    if context.invoked_subcommand is not None:
        return
    with operator(None, None) as client:
        document = ask(client, "GET", "/v1/queues").json()
    if as_json:
        print_json(document)
        return
    print_table("Match runs", *columns_of(document["items"], *COLUMNS))


def list_runs(
    wanted: dict[str, str],
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many.")] = 50,
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """List runs, the newest first."""
    with operator(url, token) as client:
        runs = _pages(client, wanted, limit)
    if as_json:
        print_json({"items": runs})
        return
    print_table(f"{len(runs)} runs", *columns_of(runs, *SHOWN))


def _pages(client: httpx.Client, wanted: dict[str, str], limit: int) -> list[Any]:
    from infra.cli.matching import ask

    found: list[Any] = []
    cursor: str | None = None
    while len(found) < limit:
        asked: dict[str, Any] = {**wanted, "limit": min(PAGE, limit - len(found))}
        if cursor is not None:
            asked |= {"cursor": cursor}
        page = ask(client, "GET", "/v1/runs", params=asked).json()
        found += page["items"]
        cursor = page["next"]
        if cursor is None:
            break
    return found


def show(
    run: Annotated[str, typer.Argument(help="The run's id.")],
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Show all that is known of a run: every transition, its last traceback."""
    from infra.cli.matching import ask

    with operator(url, token) as client:
        found = ask(client, "GET", f"/v1/runs/{run}/record").json()
    if as_json:
        print_json(found)
        return
    head = found["run"]
    typer.echo(f"Run {head['id']} of posting {head['posting']}: {head['state']}")
    typer.echo(f"queued because: {head['reason']}")
    if found["trace_id"]:
        typer.echo(f"trace: {found['trace_id']}")
    print_table("What became of it", *columns_of(found["history"], *STEP))
    if found["traceback"]:
        typer.echo(found["traceback"])
    if found["inputs"]:
        kept = ", ".join(sorted(found["inputs"]))
        typer.echo(f"It keeps what it was made from ({kept}); --json shows it.")
