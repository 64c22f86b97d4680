"""`queue`: what waits, runs and failed."""

from __future__ import annotations

from typing import Any

import typer

from infra.cli.output import AsJson, CommandFailed, print_json, print_table
from infra.cli.target import current_settings


def register(app: typer.Typer) -> None:
    app.command()(queue)


def queue(as_json: AsJson = False) -> None:
    """Show each lane of match runs: waiting, running, failed for good."""
    document = _ask("/v1/queues")
    if as_json:
        print_json(document)
        return
    lanes = document if isinstance(document, list) else document.get("items", [])
    columns = list(dict.fromkeys(name for lane in lanes for name in lane))
    print_table(
        "Match runs",
        [name.replace("_", " ") for name in columns],
        [[lane.get(name) for name in columns] for lane in lanes],
    )


def _ask(path: str) -> Any:
    """GET a path of matching as an operator; raises CommandFailed."""
    settings = current_settings()
    from datetime import timedelta

    import httpx

    from shared.identity import Caller, Role
    from shared.tokens import signing_key
    from shared.values import new_id

    try:
        key = signing_key(settings)
        bearer = key.mint(
            settings, Caller(new_id(), Role.OPERATOR), timedelta(minutes=1)
        )
        answer = httpx.get(
            f"{settings.matching_url}{path}",
            headers={"Authorization": f"Bearer {bearer}"},
            timeout=10,
            trust_env=False,  # no proxy knows the way to this machine's own ports
        )
        answer.raise_for_status()
        return answer.json()
    except (httpx.HTTPError, OSError, ValueError) as fault:
        raise CommandFailed(f"{settings.matching_url}{path}: {fault}") from None
