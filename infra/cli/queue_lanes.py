"""`queue pause`, `resume`, `drain`, `set`, `workers`: lanes and who works on them."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from infra.cli.output import AsJson, CommandFailed, print_json, print_table
from infra.cli.queue_app import Lane, Token, Url, columns_of, operator

OneLane = Annotated[Lane, typer.Argument(help="Which lane.")]
Most = Annotated[int | None, typer.Option(min=1, help="Runs that may wait.")]
WORKER = ("name", "state", "busy", "slots", "lanes", "areas", "index_seq", "seen_at")


def register(group: typer.Typer) -> None:
    group.command("pause")(pause)
    group.command("resume")(resume)
    group.command("drain")(drain)
    group.command("set")(set_lane)
    group.command("workers")(workers)


def pause(
    lane: OneLane, url: Url = None, token: Token = None, as_json: AsJson = False
) -> None:
    """Give out no more runs of a lane; it still takes them in."""
    _ask(lane, url, token, "POST", "/pause", as_json=as_json)


def resume(
    lane: OneLane, url: Url = None, token: Token = None, as_json: AsJson = False
) -> None:
    """Open a lane again, whether it was paused or draining."""
    _ask(lane, url, token, "POST", "/resume", as_json=as_json)


def drain(
    lane: OneLane, url: Url = None, token: Token = None, as_json: AsJson = False
) -> None:
    """Work off a lane; requests for more are refused."""
    _ask(lane, url, token, "POST", "/drain", as_json=as_json)


def set_lane(
    lane: OneLane,
    weight: Annotated[
        int | None, typer.Option(min=1, max=1_000, help="How often it goes first.")
    ] = None,
    most_running: Annotated[
        int | None,
        typer.Option(min=0, help="Runs at once, over all workers; 0: no limit."),
    ] = None,
    most_waiting: Most = None,
    most_waiting_of_one: Most = None,
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Set the weight and the limits of a lane; without any, show them."""
    named = {
        "weight": weight,
        "most_running": most_running,
        "most_waiting": most_waiting,
        "most_waiting_of_one": most_waiting_of_one,
    }
    body: dict[str, Any] = {
        name: value or None for name, value in named.items() if value is not None
    }
    if body:
        _ask(lane, url, token, "PATCH", "", as_json=as_json, json=body)
    else:
        _ask(lane, url, token, "GET", "", as_json=as_json)


def _ask(
    lane: Lane,
    url: str | None,
    token: str | None,
    method: str,
    verb: str,
    *,
    as_json: bool,
    **request: Any,
) -> None:
    from infra.cli.matching import ask

    with operator(url, token) as client:
        path = f"/v1/queues/{lane.value}{verb}"
        found = ask(client, method, path, **request).json()
    if as_json:
        print_json(found)
        return
    limits = ", ".join(
        f"{name.replace('_', ' ')} {'no limit' if found[name] is None else found[name]}"
        for name in ("weight", "most_running", "most_waiting", "most_waiting_of_one")
    )
    typer.echo(f"{found['lane']} is {found['mode']}: {limits}.")


def workers(url: Url = None, token: Token = None, as_json: AsJson = False) -> None:
    """List the worker processes; exit code 1 if one is lost."""
    from infra.cli.matching import ask

    with operator(url, token) as client:
        found = ask(client, "GET", "/v1/queues/workers").json()
    if as_json:
        print_json(found)
    else:
        print_table("Worker processes", *columns_of(found["items"], *WORKER))
    lost = [each["name"] for each in found["items"] if each["state"] == "lost"]
    if lost:
        raise CommandFailed(f"lost: {', '.join(lost)}")
