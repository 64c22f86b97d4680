"""`serve` and `worker`: one process of one service, for real deployments."""

from __future__ import annotations

import socket
from enum import StrEnum
from typing import Annotated

import typer

from infra.cli.output import AsJson, CommandFailed, print_json
from infra.cli.target import current_settings


class Service(StrEnum):
    PROFILES = "profiles"
    POSTINGS = "postings"
    MATCHING = "matching"


def register(app: typer.Typer) -> None:
    app.command()(serve)
    app.command()(worker)


def serve(
    service: Service,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="0 takes any free one.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Run the API of one service until it is told to stop."""
    from infra.onebox.apis import load_apis
    from infra.onebox.apis import serve as serve_apis
    from shared.telemetry import set_up_logs

    settings = current_settings()
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as fault:
        raise CommandFailed(f"{host}:{port}: {fault.strerror}") from None
    listener.listen(512)
    shown = f"[{host}]" if ":" in host else host
    url = f"http://{shown}:{listener.getsockname()[1]}"

    def ready() -> None:
        if as_json:
            print_json({"service": service.value, "url": url})
        else:
            typer.echo(f"{service.value} answers at {url}")

    set_up_logs()
    serve_apis(load_apis([service.value]), settings, listener, ready)


def worker(service: Service, as_json: AsJson = False) -> None:
    """Run the loops of one service until it is told to stop."""
    from infra.onebox.workers import load_loops, work
    from shared.telemetry import set_up_logs

    settings = current_settings()

    def ready() -> None:
        if as_json:
            print_json({"service": service.value, "working": True})
        else:
            typer.echo(f"{service.value} works")

    set_up_logs()
    work(load_loops([service.value]), settings, ready)
