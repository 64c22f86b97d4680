"""`rollcall` as people and scripts meet it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
import typer

from infra.cli.main import main
from infra.cli.tokens import RoleName, read_lifetime
from shared.identity import Role
from shared.settings import Settings
from shared.tokens import TokenCheck, TokenKey

WORKER = "0190c0de-0000-7000-8000-000000000001"
TENANT = "0190c0de-0000-7000-8000-000000000002"

Call = Callable[..., subprocess.CompletedProcess[str]]


def rollcall(*words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("ROLLCALL_")}
    return subprocess.run(
        [sys.executable, "-m", "infra.cli.main", *words],
        env={**kept, **variables},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture
def called(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    """Runs a command that ends at once as its own process would, but in this one."""
    for name in os.environ:
        if name.startswith("ROLLCALL_"):
            monkeypatch.delenv(name)

    def call(*words: str) -> subprocess.CompletedProcess[str]:
        monkeypatch.setattr(sys, "argv", ["rollcall", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        told = capsys.readouterr()
        code = ended.value.code or 0
        assert isinstance(code, int)
        return subprocess.CompletedProcess(words, code, told.out, told.err)

    return call


def test_help_lists_every_command() -> None:
    listed = rollcall("--help")
    assert listed.returncode == 0
    for command in (
        *("up", "down", "reset", "demo", "serve", "worker", "migrate", "seed"),
        *("import", "match", "whatif", "queue", "taxonomy", "token", "doctor"),
    ):
        assert f"│ {command} " in listed.stdout


@pytest.mark.parametrize(
    ("group", "commands"),
    [
        ("import", ["postings", "workers"]),
        ("taxonomy", ["import", "list", "crosswalk", "phrases", "bind"]),
        ("taxonomy", ["export-bindings", "remap"]),
        ("vault", ["rewrap"]),
    ],
)
def test_help_of_a_group_lists_its_commands(
    called: Call, group: str, commands: list[str]
) -> None:
    listed = called(group, "--help")
    assert listed.returncode == 0
    for command in commands:
        assert f"│ {command} " in listed.stdout


def test_starting_imports_nothing_heavy() -> None:
    program = (
        "import sys\n"
        "from infra.cli.main import new_cli\n"
        "new_cli()\n"
        "heavy = {'fastapi', 'sqlalchemy', 'numba', 'httpx', 'asyncpg', 'rich'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    asked = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
    )
    assert asked.stdout == "[]\n"


@pytest.mark.parametrize(
    "words",
    [
        ["nonsense"],
        ["token"],
        ["token", "--role", "king"],
        ["token", "--role", "worker"],
        ["token", "--role", "employer"],
        ["token", "--role", "operator", "--tenant", TENANT],
        ["token", "--role", "operator", "--ttl", "forever"],
        ["token", "--role", "worker", "--subject", "me"],
        ["serve", "console"],
        ["up", "--port", "many"],
    ],
)
def test_bad_usage_is_one_line_and_exit_code_2(called: Call, words: list[str]) -> None:
    refused = called(*words)
    assert refused.returncode == 2
    assert refused.stdout == ""
    assert refused.stderr.startswith("rollcall: ")
    assert refused.stderr.count("\n") == 1


@pytest.mark.parametrize("command", [["queue"], ["migrate"], ["worker", "profiles"]])
def test_without_an_installation_commands_say_how_to_get_one(
    command: list[str], tmp_path: Path
) -> None:
    failed = rollcall(*command, ROLLCALL_DATA_DIR=str(tmp_path))
    assert failed.returncode == 1
    assert failed.stderr == (
        "rollcall: ROLLCALL_DATABASE_URL is not set, and Rollcall does not run on "
        f"{tmp_path} (start it with `rollcall up`)\n"
    )


def test_a_database_that_cannot_be_reached_is_one_line_too(tmp_path: Path) -> None:
    failed = rollcall(
        "migrate",
        ROLLCALL_DATA_DIR=str(tmp_path),
        ROLLCALL_DATABASE_URL=f"postgresql://me@/rollcall?host={tmp_path}",
        ROLLCALL_REDIS_URL="redis://127.0.0.1:1",
    )
    assert failed.returncode == 1
    assert failed.stderr.startswith("rollcall: the database cannot be migrated: ")
    assert failed.stderr.count("\n") == 1


def test_a_token_says_who_calls_and_is_accepted(settings: Settings) -> None:
    TokenKey.read_or_create(settings.token_key_file)
    minted = rollcall(
        *("token", "--role", "employer", "--tenant", TENANT, "--subject", WORKER),
        *("--ttl", "5m", "--json"),
        **settings.environment(),
    )
    document = json.loads(minted.stdout)
    caller = TokenCheck(settings).caller(document["token"])
    assert caller.role is Role.EMPLOYER
    assert caller.tenant == UUID(TENANT)
    assert caller.subject == UUID(WORKER)
    assert document["seconds"] == 300


def test_a_token_needs_the_key(settings: Settings, tmp_path: Path) -> None:
    failed = rollcall(
        "token",
        "--role",
        "operator",
        **settings.environment() | {"ROLLCALL_TOKEN_KEY_FILE": str(tmp_path / "none")},
    )
    assert failed.returncode == 1
    assert failed.stderr.startswith("rollcall: no token key: ")


def test_tokens_are_for_the_roles_there_are() -> None:
    assert [each.value for each in RoleName] == [each.value for each in Role]


@pytest.mark.parametrize(
    ("text", "lifetime"),
    [
        ("90s", timedelta(seconds=90)),
        ("15m", timedelta(minutes=15)),
        ("1h", timedelta(hours=1)),
        ("7d", timedelta(days=7)),
    ],
)
def test_a_lifetime_is_a_number_and_a_unit(text: str, lifetime: timedelta) -> None:
    assert read_lifetime(text) == lifetime


@pytest.mark.parametrize("text", ["0s", "8d", "1", "h", "-1h", "1.5h", "9" * 30 + "d"])
def test_any_other_lifetime_is_refused(text: str) -> None:
    with pytest.raises(typer.BadParameter):
        read_lifetime(text)


def test_serve_answers_for_one_service_and_stops_on_sigterm(
    settings: Settings,
) -> None:
    import httpx

    process = subprocess.Popen(
        [sys.executable, "-m", "infra.cli.main", "serve", "profiles", "--json"],
        env={**os.environ, **settings.environment()},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout
        lines = [process.stdout.readline()]
        while lines[-1] != "}\n":
            assert lines[-1], "it ended before it was ready"
            lines.append(process.stdout.readline())
        url = json.loads("".join(lines))["url"]
        assert httpx.get(f"{url}/readyz", timeout=10).status_code == 200
    finally:
        process.terminate()
        began = time.monotonic()
        process.wait(20)
    assert time.monotonic() - began < 10
