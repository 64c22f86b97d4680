"""What is fine on a laptop and unsafe in production, and what to set instead."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import redis
from sqlalchemy import URL, make_url

from infra.doctor.findings import Finding, judge
from shared.keys import InstallationSecret
from shared.settings import APP_LOGIN, AUDITOR_LOGIN, SYSTEM_LOGIN, Settings, login_url

UNANSWERED = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)
CHECKED_TLS = ("verify-ca", "verify-full")
DEVELOPMENT = ("PYTHONDEVMODE", "PYTHONASYNCIODEBUG")


@dataclass(frozen=True, slots=True)
class Installation:
    """The settings, and the variables of the environment beside them."""

    settings: Settings
    environ: Mapping[str, str]

    @property
    def logins(self) -> dict[str, tuple[str, URL]]:
        """Variable and URL by login."""
        urls = {
            "migrator": ("ROLLCALL_DATABASE_URL", self.settings.database_url),
            APP_LOGIN: ("ROLLCALL_APP_DATABASE_URL", self.settings.app_database_url),
            SYSTEM_LOGIN: (
                "ROLLCALL_SYSTEM_DATABASE_URL",
                self.settings.system_database_url,
            ),
            AUDITOR_LOGIN: (
                "ROLLCALL_AUDITOR_DATABASE_URL",
                self.settings.auditor_database_url,
            ),
        }
        return {login: (name, make_url(url)) for login, (name, url) in urls.items()}


def clients_come_by_tls(there: Installation) -> Finding:
    settings = there.settings
    urls = {settings.profiles_url, settings.postings_url, settings.matching_url}
    plain = sorted(url for url in urls if urlsplit(url).scheme != "https")
    return judge(
        "tls",
        not plain or settings.tls_terminated,
        "declared" if settings.tls_terminated else "https",
        f"{', '.join(plain)}: set ROLLCALL_URL to https://…, or"
        " ROLLCALL_TLS_TERMINATED=on where TLS ends in front of the services",
    )


def logins_have_secrets_of_their_own(there: Installation) -> Finding:
    """One leaked login must not open the others."""
    migrator = there.settings.database_url
    seen: dict[str, str] = {}
    wrong = []
    for login, (name, url) in there.logins.items():
        if url.password is None:
            continue
        derived = make_url(login_url(migrator, login)).password
        if str(url.password) == str(derived) or str(url.password) in seen:
            wrong.append(name)
        seen[str(url.password)] = name
    return judge(
        "login secrets",
        not wrong,
        "each login has its own",
        f"set {', '.join(wrong)} with a password of its own, not one derived from"
        " or equal to another login's",
    )


def postgres_asks_for_a_password(there: Installation) -> Finding:
    missing = [
        name
        for name, url in there.logins.values()
        if _by_network(url) and not url.password
    ]
    if missing:
        return Finding(
            "postgres password", "fault", f"set a password in {', '.join(missing)}"
        )
    trusting = [
        login for login, (_, url) in there.logins.items() if _is_let_in_by_trust(url)
    ]
    return judge(
        "postgres password",
        not trusting,
        "asked for, or a private socket",
        f"PostgreSQL lets {', '.join(trusting)} in with a wrong password: set"
        " scram-sha-256 instead of trust in pg_hba.conf",
    )


def postgres_is_reached_by_tls(there: Installation) -> Finding:
    """With a certificate that is checked: else whoever stands between reads along."""
    default = there.environ.get("PGSSLMODE", "")
    open_ = [
        name
        for name, url in there.logins.values()
        if _by_network(url)
        and not _is_here(_host(url))
        and url.query.get("sslmode", default) not in CHECKED_TLS
    ]
    return judge(
        "postgres tls",
        not open_,
        "checked, or on this machine",
        f"add ?sslmode=verify-full to {', '.join(open_)}, or set PGSSLMODE;"
        " PGSSLROOTCERT names the certificate to trust",
    )


def valkey_is_reached_by_tls(there: Installation) -> Finding:
    url = urlsplit(there.settings.redis_url)
    return judge(
        "valkey tls",
        url.scheme in ("unix", "rediss") or _is_here(url.hostname or ""),
        "spoken, or on this machine",
        "set ROLLCALL_REDIS_URL to rediss://…",
    )


def valkey_asks_for_a_password(there: Installation) -> Finding:
    url = urlsplit(there.settings.redis_url)
    if url.scheme == "unix":
        return Finding("valkey password", "ok", "a private socket")
    if not url.password:
        return Finding(
            "valkey password", "fault", "set a password in ROLLCALL_REDIS_URL"
        )
    bare = url._replace(netloc=url.netloc.rpartition("@")[2]).geturl()
    try:
        with redis.Redis.from_url(bare, socket_timeout=5) as client:
            client.ping()
    except (redis.RedisError, OSError):
        return Finding("valkey password", "ok", "asked for")
    return Finding(
        "valkey password", "fault", "Valkey asks for no password: set requirepass"
    )


def token_key_is_private(there: Installation) -> Finding:
    return _private_file("token key", there.settings.token_key_file)


def secret_key_is_there_and_private(there: Installation) -> Finding:
    path = there.settings.secret_key_file
    try:
        InstallationSecret.read(path)
    except (OSError, ValueError):
        how = "write 64 hex digits (openssl rand -hex 32) into a file"
        return Finding(
            "secret key", "fault", f"{how} and name it in ROLLCALL_SECRET_KEY_FILE"
        )
    return _private_file("secret key", path)


def no_page_of_everybody_is_let_in(there: Installation) -> Finding:
    origins = there.settings.cors_origins
    return judge(
        "cors",
        "*" not in origins and not any(each.startswith("http:") for each in origins),
        " ".join(origins) or "closed",
        "set ROLLCALL_CORS_ORIGINS to the https:// origins of your own pages",
    )


def limits_are_on(there: Installation) -> Finding:
    rates = there.settings.rates
    return judge("rate limits", rates.on, "on", "set ROLLCALL_RATE_LIMITS=on")


def codes_are_delivered(there: Installation) -> Finding:
    """A code in a log signs in whoever reads logs."""
    ways = {
        "ROLLCALL_DELIVERY": there.settings.delivery,
        "ROLLCALL_PHONE_DELIVERY": there.settings.phone_delivery,
    }
    logged = [name for name, way in ways.items() if way == "log"]
    return judge(
        "delivery",
        not logged,
        "by mail server and webhook",
        f"codes go to the log: set {' and '.join(logged)}",
    )


def codes_are_not_overheard(there: Installation) -> Finding:
    """The webhook beside the SMS gateway gets every code."""
    way, secret = there.settings.phone_delivery, there.settings.phone_delivery_secret
    url = urlsplit(way)
    if way != "log" and url.scheme != "https" and not _is_here(url.hostname or ""):
        return Finding(
            "phone webhook", "fault", "set ROLLCALL_PHONE_DELIVERY to https://…"
        )
    return judge(
        "phone webhook",
        way == "log" or bool(secret),
        "none" if way == "log" else "https, signed",
        "set ROLLCALL_PHONE_DELIVERY_SECRET, which signs what the webhook gets",
    )


def anchors_lie_elsewhere(there: Installation) -> Finding:
    """Who can rewrite the database must not be able to rewrite the anchors too."""
    where = there.settings.audit_dir
    if _device(where) == _device(there.settings.data_dir):
        return Finding(
            "audit anchors",
            "warning",
            f"{where} is on the disk of {there.settings.data_dir}: set"
            " ROLLCALL_AUDIT_DIR to one that the database cannot write",
        )
    return Finding("audit anchors", "ok", str(where))


def nothing_of_development_is_on(there: Installation) -> Finding:
    on = [name for name in DEVELOPMENT if there.environ.get(name)]
    return judge("development flags", not on, "off", f"unset {', '.join(on)}")


def crashes_lose_nothing(there: Installation) -> Finding:
    """What a laptop is only warned of."""
    try:
        off = asyncio.run(_durability(there.settings.database_url))
    except UNANSWERED:
        return Finding("commits", "fault", "PostgreSQL cannot be asked")
    return judge(
        "commits", not off, "are on disk", f"set {', '.join(off)} = on in PostgreSQL"
    )


PRODUCTION_CHECKS: tuple[Callable[[Installation], Finding], ...] = (
    clients_come_by_tls,
    logins_have_secrets_of_their_own,
    postgres_asks_for_a_password,
    postgres_is_reached_by_tls,
    valkey_asks_for_a_password,
    valkey_is_reached_by_tls,
    token_key_is_private,
    secret_key_is_there_and_private,
    no_page_of_everybody_is_let_in,
    limits_are_on,
    codes_are_delivered,
    codes_are_not_overheard,
    anchors_lie_elsewhere,
    nothing_of_development_is_on,
    crashes_lose_nothing,
)


def production_findings(
    settings: Settings, environ: Mapping[str, str]
) -> Iterator[Finding]:
    there = Installation(settings, environ)
    for check in PRODUCTION_CHECKS:
        yield check(there)


def _host(url: URL) -> str:
    return url.host or str(url.query.get("host", ""))


def _by_network(url: URL) -> bool:
    host = _host(url)
    return bool(host) and not host.startswith("/")


def _is_here(host: str) -> bool:
    return host in ("localhost", "127.0.0.1", "::1")


def _is_let_in_by_trust(url: URL) -> bool:
    """Whether a wrong password will do."""
    if not _by_network(url):
        return False
    wrong = url.set(drivername="postgresql", password=secrets.token_hex(8))
    try:
        asyncio.run(_connect(wrong.render_as_string(hide_password=False)))
    except UNANSWERED:
        return False
    return True


async def _connect(database_url: str) -> None:
    connection = await asyncpg.connect(database_url, timeout=5)
    await connection.close()


async def _durability(database_url: str) -> list[str]:
    """Which of the settings that keep a commit through a crash are off."""
    url = make_url(database_url).set(drivername="postgresql")
    connection = await asyncpg.connect(url.render_as_string(False), timeout=5)
    try:
        rows = await connection.fetch(
            "SELECT name FROM pg_settings WHERE setting = 'off' AND name = ANY($1)",
            ["fsync", "full_page_writes", "synchronous_commit"],
        )
    finally:
        await connection.close()
    return [row["name"] for row in rows]


def _private_file(name: str, path: Path) -> Finding:
    if not path.exists():
        return Finding(name, "ok", f"{path}, not made yet")
    mode = path.stat().st_mode & 0o777
    return judge(
        name,
        not mode & 0o077,
        f"{path} ({mode:o})",
        f"others can read {path} ({mode:o}): chmod 600",
    )


def _device(path: Path) -> int:
    there = next(each for each in (path, *path.parents) if each.exists())
    return there.stat().st_dev
