"""`serve` and `worker`: one process of one service, for real deployments."""

from __future__ import annotations

import socket
from enum import StrEnum
from typing import Annotated

import typer

from infra.cli.output import AsJson, CommandFailed, note, print_json
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


def worker(
    service: Service,
    lanes: Annotated[
        str | None,
        typer.Option(help="Lanes of the queue: interactive, refresh, bulk."),
    ] = None,
    concurrency: Annotated[
        int | None, typer.Option(help="Runs under way at a time.", min=1, max=256)
    ] = None,
    areas: Annotated[
        str | None,
        typer.Option(
            help="Only postings there: numbers, remote, LATITUDE:LONGITUDE.",
        ),
    ] = None,
    probes: Annotated[
        str | None,
        typer.Option(help="HOST:PORT to answer /healthz, /readyz and /metrics at."),
    ] = None,
    processes: Annotated[
        int,
        typer.Option(help="How many; each a probes port further.", min=1, max=64),
    ] = 1,
    as_json: AsJson = False,
) -> None:
    """Run the loops of one service until told to stop; what dies is started again.

    Told to stop (SIGTERM), it lets what runs go on for 30 seconds and gives the rest
    back.
    """
    from infra.onebox.standalone import supervise
    from shared.telemetry import set_up_logs

    given = {
        "LANES": lanes,
        "CONCURRENCY": concurrency,
        "AREAS": areas,
        "PROBES": probes,
    }
    named = {name: str(value) for name, value in given.items() if value is not None}
    if named and service is not Service.MATCHING:
        option = next(iter(named)).lower()
        raise CommandFailed(f"--{option} is for the matching worker only")
    settings = current_settings(
        {f"ROLLCALL_WORKER_{name}": word for name, word in named.items()}
    )

    def ready() -> None:
        if as_json:
            print_json({"service": service.value, "working": True})
        else:
            typer.echo(f"{service.value} works")

    set_up_logs()
    supervise(service.value, processes, settings, ready, note)
