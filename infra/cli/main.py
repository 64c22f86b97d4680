"""`rollcall`: one file per group of commands, each with `register(app)`.

Starting must be quick, so these modules import what is heavy inside their commands.
"""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.util import find_spec

import typer

from infra.cli.output import CommandFailed

GROUPS = (
    "infra.cli.boxes",
    "infra.cli.market",
    "infra.cli.taxonomy",
    "infra.cli.queues",
    "infra.cli.phrases",
    "infra.cli.tokens",
    "infra.cli.account",
    "infra.cli.keys",
    "infra.cli.routes",
    "infra.cli.processes",
    "infra.cli.database",
    "infra.cli.vault",
    "infra.cli.audit",
    "infra.cli.doctor",
)

EXIT_FAILURE = 1
EXIT_USAGE = 2
EXIT_INTERRUPTED = 130


def new_cli() -> typer.Typer:
    app = typer.Typer(
        name="rollcall",
        help="Who can do this job, near here, at that time?",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    for group in GROUPS:
        if find_spec(group):
            import_module(group).register(app)
    return app


def main() -> None:
    """Failures are one line on standard error: exit code 1, or 2 for bad usage."""
    try:
        sys.exit(new_cli()(prog_name="rollcall", standalone_mode=False))
    except CommandFailed as fault:
        _fail(str(fault), EXIT_FAILURE)
    except typer.Abort:
        _fail("stopped", EXIT_INTERRUPTED)
    except typer.TyperException as fault:
        described = getattr(fault, "format_message", fault.__str__)()
        if described:
            _fail(described, getattr(fault, "exit_code", EXIT_USAGE))
        sys.exit(EXIT_USAGE)  # no command given: the help was shown
    except BrokenPipeError:
        sys.stderr.close()  # `rollcall … | head` is no failure worth a word
        sys.exit(EXIT_FAILURE)


def _fail(message: str, code: int) -> None:
    line = " ".join(message.split())
    typer.echo(f"rollcall: {line}", err=True)
    sys.exit(code)


if __name__ == "__main__":
    main()
