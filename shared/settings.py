"""Everything a process may be told from outside, read once and passed in."""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_network
from pathlib import Path

from sqlalchemy import URL, make_url

from shared.rates import Rates
from shared.variables import Network, Variables, origin
from shared.working import Working

APP_LOGIN = "rollcall_app"
SYSTEM_LOGIN = "rollcall_system"
AUDITOR_LOGIN = "rollcall_auditor"

X_FORWARDED_FOR = "x-forwarded-for"
FORWARDED = "forwarded"
ORIGINS_RULE = "must list origins such as https://app.example"
NETWORKS_RULE = "must list addresses or networks such as 10.0.0.0/8"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """One immutable value per process; secrets do not show in its repr.

    `database_url` belongs to the migrator, who owns the schemas; the services log in
    as app (behind the row walls), system (feeds, intake, operators) and auditor.
    `audit_dir` holds the anchors of the audit logs: best on another disk than the
    database, where its administrator cannot write.
    `understand_ahead` has what texts are understood with built before somebody asks.
    `delivery` is "log" or an smtp:// or smtps:// URL, `phone_delivery` "log" or the
    http(s) URL of a gateway's webhook.
    """

    database_url: str = field(repr=False)
    app_database_url: str = field(repr=False)
    system_database_url: str = field(repr=False)
    auditor_database_url: str = field(repr=False)
    redis_url: str = field(repr=False)
    data_dir: Path
    audit_dir: Path
    profiles_url: str
    postings_url: str
    matching_url: str
    token_key_file: Path
    secret_key_file: Path
    previous_secret_key_file: Path | None = None
    token_jwks_file: Path | None = None
    token_issuer: str = "rollcall"
    token_audience: str = "rollcall"
    pool_size: int = 4
    oidc_issuer: str | None = None
    oidc_audience: str | None = None
    oidc_role_claim: str = "role"
    oidc_tenant_claim: str = "tenant"
    oidc_scope_claim: str = "scope"
    delivery: str = field(default="log", repr=False)
    phone_delivery: str = field(default="log", repr=False)
    phone_delivery_secret: str | None = field(default=None, repr=False)
    mail_from: str = "rollcall@localhost"
    traces_url: str | None = None
    max_body_bytes: int = 4_194_304
    max_connections: int = 800
    feed_poll_seconds: float = 0.05
    docs: bool = True
    understand_ahead: bool = True
    tls_terminated: bool = False
    cors_origins: tuple[str, ...] = ()
    trusted_proxies: tuple[Network, ...] = ()
    forwarded_header: str = X_FORWARDED_FOR
    rates: Rates = field(default_factory=Rates)
    working: Working = field(default_factory=Working)

    @property
    def index_dir(self) -> Path:
        """Where ranking processes keep their indexes for the next start."""
        return self.data_dir / "index"

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> Settings:
        """Read ROLLCALL_* variables; docs/settings.md lists them all.

        Raises SettingMissing or SettingMalformed, naming the first one.
        """
        read = Variables(environ)
        database_url = read.database_url("DATABASE_URL")
        data_dir = (read.path("DATA_DIR") or Path(".rollcall")).resolve()
        base_url = read.http_url("URL", "http://127.0.0.1:8000")

        def url_of(login: str, name: str) -> str:
            return read.database_url(name, login_url(database_url, login))

        return cls(
            database_url=database_url,
            app_database_url=url_of(APP_LOGIN, "APP_DATABASE_URL"),
            system_database_url=url_of(SYSTEM_LOGIN, "SYSTEM_DATABASE_URL"),
            auditor_database_url=url_of(AUDITOR_LOGIN, "AUDITOR_DATABASE_URL"),
            redis_url=read.redis_url(),
            data_dir=data_dir,
            audit_dir=(read.path("AUDIT_DIR") or data_dir / "audit").resolve(),
            profiles_url=read.http_url("PROFILES_URL", base_url),
            postings_url=read.http_url("POSTINGS_URL", base_url),
            matching_url=read.http_url("MATCHING_URL", base_url),
            token_key_file=read.path("TOKEN_KEY_FILE") or data_dir / "token-key.pem",
            secret_key_file=read.path("SECRET_KEY_FILE") or data_dir / "secret-key",
            token_jwks_file=read.path("TOKEN_JWKS_FILE"),
            pool_size=read.number("POOL_SIZE", 4, 1, 1000),
            max_body_bytes=read.number("MAX_BODY_BYTES", 4_194_304, 1024, 2**30),
            max_connections=read.number("MAX_CONNECTIONS", 800, 8, 100_000),
            docs=read.switch("DOCS", True),
            understand_ahead=read.switch("UNDERSTAND_AHEAD", True),
            tls_terminated=read.switch("TLS_TERMINATED", False),
            cors_origins=read.words("CORS_ORIGINS", origin, ORIGINS_RULE),
            trusted_proxies=read.words("TRUSTED_PROXIES", ip_network, NETWORKS_RULE),
            forwarded_header=read.choice(
                "FORWARDED_HEADER", X_FORWARDED_FOR, (X_FORWARDED_FOR, FORWARDED)
            ),
            previous_secret_key_file=read.path("PREVIOUS_SECRET_KEY_FILE"),
            oidc_issuer=read.text("OIDC_ISSUER", "") or None,
            oidc_audience=read.text("OIDC_AUDIENCE", "") or None,
            oidc_role_claim=read.text("OIDC_ROLE_CLAIM", "role"),
            oidc_tenant_claim=read.text("OIDC_TENANT_CLAIM", "tenant"),
            oidc_scope_claim=read.text("OIDC_SCOPE_CLAIM", "scope"),
            delivery=read.text("DELIVERY", "log"),
            phone_delivery=read.text("PHONE_DELIVERY", "log"),
            phone_delivery_secret=read.text("PHONE_DELIVERY_SECRET", "") or None,
            mail_from=read.text("MAIL_FROM", "rollcall@localhost"),
            traces_url=read.http_url("TRACES_URL", "") or None,
            rates=Rates.from_variables(read),
            working=Working.from_variables(read),
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
            "ROLLCALL_MAX_BODY_BYTES": str(self.max_body_bytes),
            "ROLLCALL_MAX_CONNECTIONS": str(self.max_connections),
            "ROLLCALL_DOCS": _switch(self.docs),
            "ROLLCALL_UNDERSTAND_AHEAD": _switch(self.understand_ahead),
            "ROLLCALL_TLS_TERMINATED": _switch(self.tls_terminated),
            "ROLLCALL_CORS_ORIGINS": " ".join(self.cors_origins),
            "ROLLCALL_TRUSTED_PROXIES": " ".join(map(str, self.trusted_proxies)),
            "ROLLCALL_FORWARDED_HEADER": self.forwarded_header,
            "ROLLCALL_OIDC_ROLE_CLAIM": self.oidc_role_claim,
            "ROLLCALL_OIDC_TENANT_CLAIM": self.oidc_tenant_claim,
            "ROLLCALL_OIDC_SCOPE_CLAIM": self.oidc_scope_claim,
            "ROLLCALL_DELIVERY": self.delivery,
            "ROLLCALL_PHONE_DELIVERY": self.phone_delivery,
            "ROLLCALL_MAIL_FROM": self.mail_from,
            **self.rates.environment(),
            **self.working.environment(),
        }
        for name, value in (
            ("PREVIOUS_SECRET_KEY_FILE", self.previous_secret_key_file),
            ("TOKEN_JWKS_FILE", self.token_jwks_file),
            ("OIDC_ISSUER", self.oidc_issuer),
            ("OIDC_AUDIENCE", self.oidc_audience),
            ("PHONE_DELIVERY_SECRET", self.phone_delivery_secret),
            ("TRACES_URL", self.traces_url),
        ):
            if value:
                variables[f"ROLLCALL_{name}"] = str(value)
        return variables


def _switch(on: bool) -> str:
    return "on" if on else "off"


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
