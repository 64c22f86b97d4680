"""`queue`: what waits, runs and failed."""

from __future__ import annotations

import typer

from infra.cli.output import AsJson, print_json, print_table
from infra.cli.target import current_settings

COLUMNS = ("lane", "mode", "queued", "running", "dead", "slots", "oldest_ready_seconds")


def register(app: typer.Typer) -> None:
    app.command()(queue)


def queue(as_json: AsJson = False) -> None:
    """Show each lane of match runs: waiting, running, failed for good."""
    from infra.cli.access import open_client
    from infra.cli.matching import ask
    from shared.identity import Caller, Role
    from shared.values import new_id

    current_settings()  # or one line that nothing runs here
    with open_client(None, None, Caller(new_id(), Role.OPERATOR)) as client:
        document = ask(client, "GET", "/v1/queues").json()
    if as_json:
        print_json(document)
        return
    lanes = document["items"]
    print_table(
        "Match runs",
        [name.replace("_", " ") for name in COLUMNS],
        [[lane[name] for name in COLUMNS] for lane in lanes],
    )
