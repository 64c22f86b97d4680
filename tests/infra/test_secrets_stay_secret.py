"""Planted secrets appear nowhere that people or machines read."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.directories import temporary_directory

PLANTED = ("planted-9f3c-database", "planted-9f3c-valkey", "planted-9f3c-app")


def environment(data_dir: Path, **changes: str) -> dict[str, str]:
    """Servers that are away, so that every error is met."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("ROLLCALL_")}
    return {
        **kept,
        "ROLLCALL_DATABASE_URL": f"postgresql://m:{PLANTED[0]}@127.0.0.1:9/rollcall",
        "ROLLCALL_APP_DATABASE_URL": f"postgresql://a:{PLANTED[2]}@127.0.0.1:9/r",
        "ROLLCALL_REDIS_URL": f"redis://:{PLANTED[1]}@127.0.0.1:9/0",
        "ROLLCALL_DATA_DIR": str(data_dir),
        **changes,
    }


def rollcall(*words: str, variables: dict[str, str]) -> str:
    """All that a command says."""
    told = subprocess.run(
        [sys.executable, "-m", "infra.cli.main", *words],
        env=variables,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return told.stdout + told.stderr


@pytest.mark.parametrize(
    "words",
    [
        ["doctor"],
        ["doctor", "--json"],
        ["doctor", "--production"],
        ["migrate"],
        ["queue"],
        ["token", "--role", "operator"],
        ["routes"],
    ],
    ids=" ".join,
)
def test_no_command_tells_them(tmp_path: Path, words: list[str]) -> None:
    said = rollcall(*words, variables=environment(tmp_path))
    assert said
    assert not [secret for secret in PLANTED if secret in said]


@pytest.mark.parametrize("name", ["ROLLCALL_DATABASE_URL", "ROLLCALL_REDIS_URL"])
def test_a_setting_that_is_no_url_is_not_shown(tmp_path: Path, name: str) -> None:
    malformed = environment(tmp_path, **{name: f"nonsense:{PLANTED[0]}@@"})
    said = rollcall("migrate", variables=malformed)
    assert name in said
    assert PLANTED[0] not in said


def test_neither_the_answers_nor_the_log_of_a_service_tell_them() -> None:
    with temporary_directory() as directory:
        variables = environment(directory)
        server = subprocess.Popen(
            [
                *(sys.executable, "-m", "infra.cli.main"),
                *("serve", "postings"),
            ],
            env=variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            assert server.stdout is not None
            url = server.stdout.readline().split()[-1]
            token = rollcall("token", "--role", "operator", variables=variables).strip()
            operator = {"Authorization": f"Bearer {token}"}
            answers = [
                httpx.get(f"{url}/v1/postings", headers=operator, timeout=30),
                httpx.get(f"{url}/readyz", timeout=30),
                httpx.get(f"{url}/metrics", headers=operator, timeout=30),
            ]
        finally:
            server.terminate()
            out, log = server.communicate(timeout=30)
    assert [answer.status_code for answer in answers] == [500, 503, 200]
    assert "unexpected error" in log
    everything = out + log + "".join(answer.text for answer in answers)
    assert not [secret for secret in PLANTED if secret in everything]
