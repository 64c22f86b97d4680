"""Settings come from variables and files; a fault is one line without the value."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from shared.rates import Rate, Rates
from shared.settings import Settings
from shared.variables import SECRETS, SettingMalformed, SettingMissing

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "settings.md"
SECRET = "planted-secret-7c1e"
GIVEN = {
    "ROLLCALL_DATABASE_URL": f"postgresql://migrator:{SECRET}@db.invalid/rollcall",
    "ROLLCALL_REDIS_URL": f"redis://:{SECRET}@queue.invalid/0",
}
EVERYTHING = {
    **GIVEN,
    **{
        f"ROLLCALL_{login}_DATABASE_URL": f"postgresql://{login}:{SECRET}@db/rollcall"
        for login in ("APP", "SYSTEM", "AUDITOR")
    },
    "ROLLCALL_TOKEN_JWKS_FILE": "/keys/jwks.json",
    "ROLLCALL_CORS_ORIGINS": "https://app.example, https://desk.example:8443",
    "ROLLCALL_TRUSTED_PROXIES": "10.0.0.0/8 2001:db8::/48 192.0.2.7",
    "ROLLCALL_FORWARDED_HEADER": "forwarded",
    "ROLLCALL_TLS_TERMINATED": "on",
    "ROLLCALL_DOCS": "off",
    "ROLLCALL_UNDERSTAND_AHEAD": "off",
    "ROLLCALL_RATE_READS": "7/60",
    "ROLLCALL_RATE_LIMITS": "off",
    "ROLLCALL_MAX_CONNECTIONS": "99",
    "ROLLCALL_OIDC_ISSUER": "https://id.example",
    "ROLLCALL_OIDC_AUDIENCE": "rollcall",
    "ROLLCALL_OIDC_ROLE_CLAIM": "kind",
    "ROLLCALL_DELIVERY": f"smtps://desk:{SECRET}@mail.example",
    "ROLLCALL_PHONE_DELIVERY": f"https://sms.example/{SECRET}",
    "ROLLCALL_PHONE_DELIVERY_SECRET": SECRET,
    "ROLLCALL_TRACES_URL": "http://collector:4318/v1/traces",
}


def test_a_child_process_is_given_the_same_settings() -> None:
    settings = Settings.from_environment(EVERYTHING)
    assert Settings.from_environment(settings.environment()) == settings
    assert settings.rates == Rates(on=False, reads=Rate(7, 60))


@pytest.mark.parametrize("name", SECRETS)
def test_every_secret_can_come_from_a_file_which_wins(
    name: str, tmp_path: Path
) -> None:
    file = tmp_path / "secret"
    scheme = "redis" if name == "REDIS_URL" else "postgresql"
    file.write_text(f"{scheme}://user:from-a-file@host/0\n")
    settings = Settings.from_environment({**GIVEN, f"ROLLCALL_{name}_FILE": str(file)})
    assert getattr(settings, name.lower()) == f"{scheme}://user:from-a-file@host/0"


def test_a_file_alone_is_enough(tmp_path: Path) -> None:
    files = {}
    for name, url in GIVEN.items():
        (tmp_path / name).write_text(url)
        files[f"{name}_FILE"] = str(tmp_path / name)
    assert Settings.from_environment(files).redis_url == GIVEN["ROLLCALL_REDIS_URL"]


@pytest.mark.parametrize("content", [None, "", "two\nlines"])
def test_a_file_that_holds_no_secret_is_named_and_not_shown(
    tmp_path: Path, content: str | None
) -> None:
    file = tmp_path / "secret"
    if content is not None:
        file.write_text(content)
    with pytest.raises(SettingMalformed, match="ROLLCALL_REDIS_URL_FILE") as fault:
        Settings.from_environment({**GIVEN, "ROLLCALL_REDIS_URL_FILE": str(file)})
    assert "\n" not in str(fault.value)
    assert "lines" not in str(fault.value)


def test_secrets_do_not_show_in_the_repr() -> None:
    settings = Settings.from_environment(EVERYTHING)
    assert SECRET not in repr(settings)
    assert SECRET not in f"{settings}"
    # what is derived from a secret is one too
    derived = Settings.from_environment(GIVEN)
    assert derived.app_database_url.split(":")[2].split("@")[0] not in repr(derived)


@pytest.mark.parametrize("name", ["ROLLCALL_DATABASE_URL", "ROLLCALL_REDIS_URL"])
def test_what_cannot_be_done_without_is_named(name: str) -> None:
    with pytest.raises(SettingMissing, match=f"^{name} is not set$"):
        Settings.from_environment({k: v for k, v in GIVEN.items() if k != name})


@pytest.mark.parametrize(
    ("name", "value", "rule"),
    [
        ("ROLLCALL_DATABASE_URL", f"postgresql//{SECRET}", "must be postgresql://"),
        ("ROLLCALL_DATABASE_URL", f"mysql://u:{SECRET}@h/d", "must be postgresql://"),
        ("ROLLCALL_APP_DATABASE_URL", f"x:{SECRET}", "must be postgresql://"),
        ("ROLLCALL_REDIS_URL", f"http://:{SECRET}@h", "must begin with redis://"),
        ("ROLLCALL_URL", "jobs.example", "must begin with http:// or https://"),
        ("ROLLCALL_POOL_SIZE", "many", "must be a whole number from 1 to 1000"),
        ("ROLLCALL_POOL_SIZE", "0", "must be a whole number from 1 to 1000"),
        ("ROLLCALL_DOCS", "perhaps", "must be on or off"),
        ("ROLLCALL_CORS_ORIGINS", "app.example", "must list origins"),
        ("ROLLCALL_CORS_ORIGINS", "https://a.example/path", "must list origins"),
        ("ROLLCALL_TRUSTED_PROXIES", "10.0.0.0/40", "must list addresses"),
        ("ROLLCALL_TRUSTED_PROXIES", "10.0.0.1/8", "must list addresses"),
        ("ROLLCALL_FORWARDED_HEADER", "x-real-ip", "must be x-forwarded-for or"),
        ("ROLLCALL_RATE_READS", "600", "must be requests/seconds"),
        ("ROLLCALL_RATE_READS", "600/0", "must be requests/seconds"),
        ("ROLLCALL_RATE_READS", "9999999/60", "must be requests/seconds"),
        ("ROLLCALL_RATE_OPERATOR_FACTOR", "-1", "must be a whole number"),
    ],
)
def test_a_malformed_setting_is_one_line_of_variable_and_rule(
    name: str, value: str, rule: str
) -> None:
    with pytest.raises(SettingMalformed) as fault:
        Settings.from_environment({**GIVEN, name: value})
    said = str(fault.value)
    assert said.startswith(f"{name} {rule}")
    assert "\n" not in said
    assert SECRET not in said


def test_the_document_lists_every_setting_and_its_default() -> None:
    """Whoever adds a variable adds its line to docs/settings.md."""
    rows = dict(
        re.findall(
            r"^\| `(ROLLCALL_\w+)` \| ([^|]*) \|", DOCUMENT.read_text(), re.MULTILINE
        )
    )
    settings = Settings.from_environment(GIVEN)
    known = set(settings.environment()) | {
        "ROLLCALL_URL",
        "ROLLCALL_TOKEN_JWKS_FILE",
        "ROLLCALL_PREVIOUS_SECRET_KEY_FILE",
        "ROLLCALL_PHONE_DELIVERY_SECRET",
        "ROLLCALL_OIDC_ISSUER",
        "ROLLCALL_OIDC_AUDIENCE",
        "ROLLCALL_TRACES_URL",
    }
    assert set(rows) == known
    for field in fields(Rates):
        name = f"ROLLCALL_RATE_{field.name.upper()}"
        if name in rows:
            assert rows[name].strip() == f"`{getattr(settings.rates, field.name)}`"
    for name in (
        "WORKER_LANES",
        "WORKER_CONCURRENCY",
        "POOL_SIZE",
        "MAX_BODY_BYTES",
        "MAX_CONNECTIONS",
        "FORWARDED_HEADER",
    ):
        default = settings.environment()[f"ROLLCALL_{name}"]
        assert rows[f"ROLLCALL_{name}"].strip() == f"`{default}`"


def test_the_document_says_which_settings_can_come_from_files() -> None:
    text = DOCUMENT.read_text()
    marked = set(re.findall(r"^\| `ROLLCALL_(\w+)` \|[^|]*\|.*🔑.*\|$", text, re.M))
    assert marked == set(SECRETS)
