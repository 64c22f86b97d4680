"""`rollcall doctor --production` refuses what is unsafe, and says what to set."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import redis

from infra.doctor import Finding, examine, production
from infra.doctor.production import Installation
from infra.embedded.accounts import server_account
from infra.embedded.binaries import valkey_program
from infra.embedded.servers import Servers
from shared.keys import InstallationSecret
from shared.rates import Rates
from shared.settings import Settings
from shared.tokens import TokenKey
from tests.directories import server_directory
from tests.infra.conftest import UNSTARTED


def there(**changes: Any) -> Installation:
    """An installation that differs from the bare one in these settings."""
    return Installation(replace(UNSTARTED, **changes), {})


def complaint(finding: Finding) -> str:
    assert finding.state == "fault"
    assert "\n" not in finding.detail
    return finding.detail


@pytest.fixture
def safe(tmp_path: Path) -> Settings:
    """Settings nobody can object to, of servers that were not started."""
    urls: dict[str, Any] = {
        f"{login}_database_url".removeprefix("_"): (
            f"postgresql://{login or 'migrator'}:secret-{login}@db.invalid/rollcall"
            "?sslmode=verify-full"
        )
        for login in ("", "app", "system", "auditor")
    }
    token, secret = tmp_path / "token-key.pem", tmp_path / "secret-key"
    TokenKey.read_or_create(token)
    InstallationSecret.read_or_create(secret)
    return replace(
        UNSTARTED,
        **urls,
        redis_url="rediss://:secret@queue.invalid/0",
        profiles_url="https://jobs.example",
        postings_url="https://jobs.example",
        matching_url="https://jobs.example",
        token_key_file=token,
        secret_key_file=secret,
        audit_dir=Path("/proc"),
        delivery="smtps://mail.example",
        phone_delivery="https://sms.example",
        phone_delivery_secret="secret-webhook",
    )


def test_safe_settings_find_no_objection(safe: Settings) -> None:
    checks = [
        each
        for each in production.PRODUCTION_CHECKS
        if each is not production.crashes_lose_nothing  # asks the server
    ]
    findings = [check(Installation(safe, {})) for check in checks]
    assert [each for each in findings if each.state != "ok"] == []


def test_plain_http_needs_somebody_who_ends_tls_before_it() -> None:
    said = complaint(production.clients_come_by_tls(there()))
    assert "ROLLCALL_TLS_TERMINATED=on" in said
    declared = production.clients_come_by_tls(there(tls_terminated=True))
    assert declared.state == "ok"


def test_one_secret_for_all_logins_is_refused(safe: Settings) -> None:
    single = Settings.from_environment(
        {
            "ROLLCALL_DATABASE_URL": safe.database_url,
            "ROLLCALL_REDIS_URL": safe.redis_url,
        }
    )
    said = complaint(
        production.logins_have_secrets_of_their_own(Installation(single, {}))
    )
    for name in ("APP", "SYSTEM", "AUDITOR"):
        assert f"ROLLCALL_{name}_DATABASE_URL" in said
    shared = replace(
        safe, auditor_database_url="postgresql://auditor:secret-app@db.invalid/rollcall"
    )
    said = complaint(
        production.logins_have_secrets_of_their_own(Installation(shared, {}))
    )
    assert said.startswith("set ROLLCALL_AUDITOR_DATABASE_URL")


def test_postgres_over_the_network_without_a_password_is_refused(
    safe: Settings,
) -> None:
    bare = replace(safe, app_database_url="postgresql://app@db.invalid/rollcall")
    said = complaint(production.postgres_asks_for_a_password(Installation(bare, {})))
    assert said == "set a password in ROLLCALL_APP_DATABASE_URL"
    assert production.postgres_asks_for_a_password(there()).state == "ok"


def test_postgres_that_lets_a_wrong_password_in_is_refused(
    safe: Settings, embedded_servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The embedded server trusts its private socket, as a careless one its network."""
    monkeypatch.setattr(production, "_by_network", lambda url: True)
    careless = replace(
        safe,
        app_database_url=embedded_servers.database_url.replace("@", ":secret@", 1),
    )
    said = complaint(
        production.postgres_asks_for_a_password(Installation(careless, {}))
    )
    assert said.startswith("PostgreSQL lets rollcall_app in with a wrong password")


def test_postgres_over_the_network_without_checked_tls_is_refused(
    safe: Settings,
) -> None:
    check = production.postgres_is_reached_by_tls
    for query in ("", "?sslmode=prefer", "?sslmode=require"):
        url = f"postgresql://app:secret@db.invalid/rollcall{query}"
        open_ = replace(safe, app_database_url=url)
        said = complaint(check(Installation(open_, {})))
        assert "to ROLLCALL_APP_DATABASE_URL, or" in said
    by_environment = Installation(
        replace(safe, app_database_url="postgresql://app:secret@db.invalid/rollcall"),
        {"PGSSLMODE": "verify-full"},
    )
    assert check(by_environment).state == "ok"
    nearby = replace(safe, app_database_url="postgresql://app:secret@127.0.0.1/r")
    assert check(Installation(nearby, {})).state == "ok"


def test_valkey_over_the_network_without_tls_is_refused(safe: Settings) -> None:
    check = production.valkey_is_reached_by_tls
    open_ = replace(safe, redis_url="redis://:secret@queue.invalid/0")
    assert complaint(check(Installation(open_, {}))).endswith("rediss://…")
    nearby = replace(safe, redis_url="redis://:secret@127.0.0.1/0")
    assert check(Installation(nearby, {})).state == "ok"


def test_a_webhook_that_anybody_could_overhear_or_call_is_refused(
    safe: Settings,
) -> None:
    check = production.codes_are_not_overheard
    plain = replace(safe, phone_delivery="http://sms.example")
    assert complaint(check(Installation(plain, {}))).endswith("https://…")
    unsigned = replace(safe, phone_delivery_secret=None)
    assert "_DELIVERY_SECRET" in complaint(check(Installation(unsigned, {})))


@pytest.fixture
def open_valkey() -> Iterator[str]:
    """The URL, with a password nobody asks for, of a server on the network."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    account = server_account()
    with server_directory() as directory:
        account.own(directory)
        server = subprocess.Popen(
            [valkey_program(account), "--port", str(port), "--dir", str(directory)],
            stdout=subprocess.DEVNULL,
            **account.run_as(),
        )
        try:
            url = f"127.0.0.1:{port}/0"
            with redis.Redis.from_url(f"redis://{url}") as client:
                for _ in range(500):
                    try:
                        client.ping()
                        break
                    except redis.ConnectionError:
                        assert server.poll() is None
                        time.sleep(0.02)
                else:
                    pytest.fail("Valkey did not start")
            yield url
        finally:
            server.kill()
            server.wait()


def test_a_valkey_that_asks_for_no_password_is_refused(
    safe: Settings, open_valkey: str
) -> None:
    without = replace(safe, redis_url=f"redis://{open_valkey}")
    said = complaint(production.valkey_asks_for_a_password(Installation(without, {})))
    assert said == "set a password in ROLLCALL_REDIS_URL"
    unasked = replace(safe, redis_url=f"redis://:secret@{open_valkey}")
    said = complaint(production.valkey_asks_for_a_password(Installation(unasked, {})))
    assert "set requirepass" in said
    host = open_valkey.removesuffix("/0")
    with redis.Redis.from_url(f"redis://{host}/0") as client:
        client.config_set("requirepass", "secret")
    asked = production.valkey_asks_for_a_password(Installation(unasked, {}))
    assert asked.state == "ok"


@pytest.mark.parametrize("name", ["token_key_file", "secret_key_file"])
@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604])
def test_a_key_that_others_can_read_is_refused(
    safe: Settings, name: str, mode: int
) -> None:
    check = {
        "token_key_file": production.token_key_is_private,
        "secret_key_file": production.secret_key_is_there_and_private,
    }[name]
    getattr(safe, name).chmod(mode)
    assert complaint(check(Installation(safe, {}))).endswith("chmod 600")


@pytest.mark.parametrize("content", [None, "", "abcd", "not hex " * 20])
def test_a_missing_or_short_secret_is_refused(
    safe: Settings, tmp_path: Path, content: str | None
) -> None:
    path = tmp_path / "short"
    if content is not None:
        path.write_text(content)
    short = replace(safe, secret_key_file=path)
    said = complaint(
        production.secret_key_is_there_and_private(Installation(short, {}))
    )
    assert "ROLLCALL_SECRET_KEY_FILE" in said
    assert content is None or not content.strip() or content not in said


@pytest.mark.parametrize("origins", [("*",), ("http://app.example",)])
def test_pages_of_everybody_and_plain_pages_are_refused(
    origins: tuple[str, ...],
) -> None:
    finding = production.no_page_of_everybody_is_let_in(there(cors_origins=origins))
    assert "ROLLCALL_CORS_ORIGINS" in complaint(finding)


def test_an_installation_without_limits_is_refused() -> None:
    finding = production.limits_are_on(there(rates=Rates(on=False)))
    assert complaint(finding) == "set ROLLCALL_RATE_LIMITS=on"


def test_codes_that_go_to_the_log_are_refused() -> None:
    said = complaint(production.codes_are_delivered(there()))
    assert "ROLLCALL_DELIVERY and ROLLCALL_PHONE_DELIVERY" in said
    mailed = production.codes_are_delivered(there(delivery="smtps://mail.example"))
    assert "ROLLCALL_DELIVERY" not in complaint(mailed)


def test_flags_of_development_are_refused() -> None:
    debugging = Installation(UNSTARTED, {"PYTHONASYNCIODEBUG": "1"})
    said = complaint(production.nothing_of_development_is_on(debugging))
    assert said == "unset PYTHONASYNCIODEBUG"


def test_anchors_beside_the_database_are_warned_of(tmp_path: Path) -> None:
    beside = there(data_dir=tmp_path)
    assert production.anchors_lie_elsewhere(beside).state == "warning"


def test_a_server_that_may_lose_commits_is_refused(settings: Settings) -> None:
    """Test servers do not wait for the disk."""
    said = complaint(production.crashes_lose_nothing(Installation(settings, {})))
    assert "fsync" in said


def test_only_production_is_asked_for_all_that(
    settings: Settings, tmp_path: Path
) -> None:
    names = {each.name for each in examine(tmp_path, settings)}
    asked = examine(tmp_path, settings, production=True, environ={})
    assert {"tls", "delivery", "secret key"} <= {each.name for each in asked} - names


def test_the_command_answers_with_1_and_a_line_each(tmp_path: Path) -> None:
    told = subprocess.run(
        [
            *(sys.executable, "-m", "infra.cli.main"),
            *("doctor", "--production", "--json"),
        ],
        env={
            **{k: v for k, v in os.environ.items() if not k.startswith("ROLLCALL_")},
            "ROLLCALL_DATABASE_URL": "postgresql://m:planted-secret@127.0.0.1:9/r",
            "ROLLCALL_REDIS_URL": "redis://:planted-secret@127.0.0.1:9/0",
            "ROLLCALL_DATA_DIR": str(tmp_path),
            "ROLLCALL_RATE_LIMITS": "off",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 1
    assert "planted-secret" not in told.stdout + told.stderr
    findings = {each["name"]: each for each in json.loads(told.stdout)["findings"]}
    assert findings["rate limits"]["state"] == "fault"
    assert findings["login secrets"]["state"] == "fault"
    assert all("\n" not in each["detail"] for each in findings.values())
