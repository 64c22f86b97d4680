"""`up`, `down`, `reset`: everything on this machine."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import FrameType
from typing import Annotated, Any

import typer

from infra.cli.output import AsJson, CommandFailed, note, print_json
from infra.cli.target import data_dir

STOPPING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def register(app: typer.Typer) -> None:
    app.command()(up)
    app.command()(down)
    app.command()(reset)


def up(
    port: Annotated[
        int, typer.Option(help="0 takes the last one used, or any free one.")
    ] = 0,
    as_json: AsJson = False,
) -> None:
    """Start everything (PostgreSQL, Valkey, APIs, workers) and stay up."""
    from infra.onebox import AlreadyRunning, BoxFailed, running

    with stopped_by_signals():
        try:
            with running(port=port, tell=note) as box:
                document = {
                    "url": box.url,
                    "docs": [f"{box.url}/docs/{name}" for name in _services()],
                    "data_dir": str(box.settings.data_dir),
                    "database_url": box.settings.database_url,
                    "redis_url": box.settings.redis_url,
                }
                if as_json:
                    print_json(document)
                else:
                    _print_addresses(document)
                threading.Event().wait()
        except (AlreadyRunning, BoxFailed) as fault:
            raise CommandFailed(str(fault)) from None


def down(as_json: AsJson = False) -> None:
    """Stop what runs on the data directory, from any terminal."""
    from infra.onebox.directory import AlreadyRunning, DataDirectory

    directory = DataDirectory(data_dir())
    try:
        stopped = directory.stop()
    except (AlreadyRunning, TimeoutError) as fault:
        raise CommandFailed(str(fault)) from None
    if as_json:
        print_json({"data_dir": str(directory.path), "stopped": stopped})
    else:
        what = "Stopped" if stopped else "Nothing was running on"
        typer.echo(f"{what} {directory.path}")


def reset(
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: AsJson = False,
) -> None:
    """Stop it and delete its data directory with everything in it."""
    from infra.onebox.directory import AlreadyRunning, DataDirectory

    directory = DataDirectory(data_dir())
    if not directory.is_one():
        raise CommandFailed(f"{directory.path} is no data directory of Rollcall")
    if not yes:
        typer.confirm(f"Delete all data in {directory.path}?", abort=True)
    try:
        directory.stop()
        directory.delete()
    except (AlreadyRunning, TimeoutError) as fault:
        raise CommandFailed(str(fault)) from None
    if as_json:
        print_json({"data_dir": str(directory.path), "deleted": True})
    else:
        typer.echo(f"Deleted {directory.path}")


@contextmanager
def stopped_by_signals() -> Iterator[None]:
    """End the block on Ctrl-C, SIGTERM or SIGHUP, once, and swallow that.

    A second Ctrl-C does not break into the stopping: the guard would have to clean up.
    """

    def stop(number: int, frame: FrameType | None) -> None:
        for each in STOPPING_SIGNALS:
            signal.signal(each, signal.SIG_IGN)
        raise KeyboardInterrupt

    before = {each: signal.signal(each, stop) for each in STOPPING_SIGNALS}
    try:
        yield
    except KeyboardInterrupt:
        pass
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def _services() -> tuple[str, ...]:
    from infra.budget import SERVICES

    return SERVICES


def _print_addresses(document: Mapping[str, Any]) -> None:
    from rich.console import Console

    console = Console(highlight=False, soft_wrap=True)
    console.print(f"[bold]Rollcall is up[/bold] at {document['url']}")
    for address in document["docs"]:
        console.print(f"  {address}")
    console.print(f"  PostgreSQL  {document['database_url']}", markup=False)
    console.print(f"  Valkey      {document['redis_url']}", markup=False)
    console.print(f"  data        {document['data_dir']}", markup=False)
    console.print("Ctrl-C stops it, and so does `rollcall down`.", markup=False)
