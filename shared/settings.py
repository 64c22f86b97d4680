"""Everything a process may be told from outside, read once and passed in."""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import URL, make_url

APP_LOGIN = "rollcall_app"
SYSTEM_LOGIN = "rollcall_system"
AUDITOR_LOGIN = "rollcall_auditor"

DEFAULTED = {
    "oidc_role_claim": "ROLLCALL_OIDC_ROLE_CLAIM",
    "oidc_tenant_claim": "ROLLCALL_OIDC_TENANT_CLAIM",
    "oidc_scope_claim": "ROLLCALL_OIDC_SCOPE_CLAIM",
    "delivery": "ROLLCALL_DELIVERY",
    "phone_delivery": "ROLLCALL_PHONE_DELIVERY",
    "mail_from": "ROLLCALL_MAIL_FROM",
}


class SettingMissing(ValueError):
    """A setting this process cannot do without is not set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """One immutable value per process.

    `database_url` belongs to the migrator, who owns the schemas; the services log in
    as app (behind the row walls), system (feeds, intake, operators) and auditor.
    `audit_dir` holds the anchors of the audit logs: best on another disk than the
    database, where its administrator cannot write.
    `delivery` is "log" or an smtp:// or smtps:// URL, `phone_delivery` "log" or the
    http(s) URL of a gateway's webhook.
    """

    database_url: str
    app_database_url: str
    system_database_url: str
    auditor_database_url: str
    redis_url: str
    data_dir: Path
    audit_dir: Path
    profiles_url: str
    postings_url: str
    matching_url: str
    token_key_file: Path
    secret_key_file: Path
    token_jwks_file: Path | None = None
    token_issuer: str = "rollcall"
    token_audience: str = "rollcall"
    pool_size: int = 4
    oidc_issuer: str | None = None
    oidc_audience: str | None = None
    oidc_role_claim: str = "role"
    oidc_tenant_claim: str = "tenant"
    oidc_scope_claim: str = "scope"
    delivery: str = "log"
    phone_delivery: str = "log"
    phone_delivery_secret: str | None = None
    mail_from: str = "rollcall@localhost"
    max_body_bytes: int = 4_194_304
    feed_poll_seconds: float = 0.05

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> Settings:
        """Read ROLLCALL_* variables; raises SettingMissing naming the first missing."""
        database_url = _required(environ, "DATABASE_URL")
        data_dir = Path(environ.get("ROLLCALL_DATA_DIR") or ".rollcall").resolve()
        base_url = environ.get("ROLLCALL_URL", "http://127.0.0.1:8000")
        jwks = environ.get("ROLLCALL_TOKEN_JWKS_FILE")
        return cls(
            database_url=database_url,
            app_database_url=environ.get("ROLLCALL_APP_DATABASE_URL")
            or login_url(database_url, APP_LOGIN),
            system_database_url=environ.get("ROLLCALL_SYSTEM_DATABASE_URL")
            or login_url(database_url, SYSTEM_LOGIN),
            auditor_database_url=environ.get("ROLLCALL_AUDITOR_DATABASE_URL")
            or login_url(database_url, AUDITOR_LOGIN),
            redis_url=_required(environ, "REDIS_URL"),
            data_dir=data_dir,
            audit_dir=Path(
                environ.get("ROLLCALL_AUDIT_DIR") or data_dir / "audit"
            ).resolve(),
            profiles_url=environ.get("ROLLCALL_PROFILES_URL", base_url),
            postings_url=environ.get("ROLLCALL_POSTINGS_URL", base_url),
            matching_url=environ.get("ROLLCALL_MATCHING_URL", base_url),
            token_key_file=Path(
                environ.get("ROLLCALL_TOKEN_KEY_FILE") or data_dir / "token-key.pem"
            ),
            secret_key_file=Path(
                environ.get("ROLLCALL_SECRET_KEY_FILE") or data_dir / "secret-key"
            ),
            token_jwks_file=Path(jwks) if jwks else None,
            oidc_issuer=environ.get("ROLLCALL_OIDC_ISSUER") or None,
            oidc_audience=environ.get("ROLLCALL_OIDC_AUDIENCE") or None,
            phone_delivery_secret=environ.get("ROLLCALL_PHONE_DELIVERY_SECRET") or None,
            **_texts(environ),
            pool_size=int(environ.get("ROLLCALL_POOL_SIZE", "4")),
        )

    def environment(self) -> dict[str, str]:
        """The variables that give a child process these settings."""
        variables = {
            "ROLLCALL_DATABASE_URL": self.database_url,
            "ROLLCALL_APP_DATABASE_URL": self.app_database_url,
            "ROLLCALL_SYSTEM_DATABASE_URL": self.system_database_url,
            "ROLLCALL_AUDITOR_DATABASE_URL": self.auditor_database_url,
            "ROLLCALL_REDIS_URL": self.redis_url,
            "ROLLCALL_DATA_DIR": str(self.data_dir),
            "ROLLCALL_AUDIT_DIR": str(self.audit_dir),
            "ROLLCALL_PROFILES_URL": self.profiles_url,
            "ROLLCALL_POSTINGS_URL": self.postings_url,
            "ROLLCALL_MATCHING_URL": self.matching_url,
            "ROLLCALL_TOKEN_KEY_FILE": str(self.token_key_file),
            "ROLLCALL_SECRET_KEY_FILE": str(self.secret_key_file),
            "ROLLCALL_POOL_SIZE": str(self.pool_size),
        }
        for name, value in (
            ("ROLLCALL_TOKEN_JWKS_FILE", self.token_jwks_file),
            ("ROLLCALL_OIDC_ISSUER", self.oidc_issuer),
            ("ROLLCALL_OIDC_AUDIENCE", self.oidc_audience),
            ("ROLLCALL_PHONE_DELIVERY_SECRET", self.phone_delivery_secret),
        ):
            if value:
                variables[name] = str(value)
        for name, variable in DEFAULTED.items():
            variables[variable] = getattr(self, name)
        return variables


def login_url(database_url: str, login: str) -> str:
    """The URL of another login in the same database.

    Its password is derived from the migrator's, so that one secret sets up a whole
    installation; give the other URLs explicitly to keep the secrets apart.
    """
    url = make_url(database_url)
    return url.set(
        username=login, password=login_password(url, login)
    ).render_as_string(hide_password=False)


def login_password(database_url: URL, login: str) -> str | None:
    """None where the migrator needs no password either (a private socket)."""
    if not database_url.password:
        return None
    key = str(database_url.password).encode()
    return hmac.new(key, login.encode(), hashlib.sha256).hexdigest()


def _texts(environ: Mapping[str, str]) -> dict[str, Any]:
    """Those of the settings with a default that are given, and are texts."""
    return {
        name: environ[variable]
        for name, variable in DEFAULTED.items()
        if environ.get(variable)
    }


def _required(environ: Mapping[str, str], name: str) -> str:
    value = environ.get(f"ROLLCALL_{name}")
    if not value:
        raise SettingMissing(f"ROLLCALL_{name} is not set")
    return value
