"""Real servers for every test: one PostgreSQL and one Valkey per test process."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import redis
from sqlalchemy import make_url

from infra.embedded.guard import Guard
from infra.embedded.servers import Servers, delete_server_files, servers
from infra.migrate import migrate_now
from shared.settings import Settings
from shared.telemetry import set_up_logs
from tests.databases import execute, fresh_database
from tests.directories import server_directory

TEST_CONNECTIONS = 200

# one line an error, as in production; the default draws whole pages
set_up_logs()


Measured = Callable[[str], None]


@pytest.fixture
def measured(record_property: Callable[[str, object], None]) -> Measured:
    """Says a figure of the test at the end of the session, from any test process."""
    return lambda text: record_property("measured", text)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take long: begun last, one would be waited for alone.

    A file takes long that has a slow test or starts the whole system; of the others
    those with the most tests come first. Within a file nothing changes its place.
    """
    tests = Counter(item.path for item in items)
    long = {item.path for item in items if _takes_long(item)}
    items.sort(
        key=lambda item: (item.path not in long, -tests[item.path], str(item.path))
    )


def _takes_long(item: pytest.Item) -> bool:
    return item.get_closest_marker("slow") is not None or "box" in getattr(
        item, "fixturenames", ()
    )


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for outcome in ("passed", "failed"):
        for report in terminalreporter.stats.get(outcome, ()):
            for name, text in report.user_properties:
                if name == "measured":
                    terminalreporter.write_line(text)


@pytest.fixture(scope="session")
def embedded_servers() -> Iterator[Servers]:
    """PostgreSQL and Valkey for the session; they die with it, even if killed."""
    with server_directory() as data_dir:
        guard = Guard()
        try:
            with servers(
                data_dir, guard, max_connections=TEST_CONNECTIONS, durable=False
            ) as both:
                yield both
        finally:
            guard.release()
            delete_server_files(data_dir)


@pytest.fixture(scope="session")
def token_key_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the session's token key is, once somebody asks for it."""
    return tmp_path_factory.mktemp("keys") / "token-key.pem"


@pytest.fixture(scope="session")
def template_database_url(embedded_servers: Servers, token_key_file: Path) -> str:
    """A migrated, otherwise empty database to clone; never write to it."""
    execute(embedded_servers.database_url, "CREATE DATABASE template_of_tests")
    url = make_url(embedded_servers.database_url).set(database="template_of_tests")
    template_url = url.render_as_string(hide_password=False)
    settings = settings_for(
        template_url, embedded_servers.redis_url, token_key_file, Path()
    )
    with ThreadPoolExecutor(1) as thread:
        thread.submit(migrate_now, settings).result()
    execute(embedded_servers.database_url, "CHECKPOINT")
    return template_url


@pytest.fixture
def database_url(template_database_url: str) -> Iterator[str]:
    """A migrated database of this test alone, as the migrator sees it."""
    with fresh_database(template_database_url) as url:
        yield url


@pytest.fixture
def redis_url(embedded_servers: Servers) -> str:
    """An empty Valkey; nothing else runs in this test process meanwhile."""
    with redis.Redis.from_url(embedded_servers.redis_url) as client:
        client.flushall()
    return embedded_servers.redis_url


@pytest.fixture
def settings(
    database_url: str, redis_url: str, token_key_file: Path, tmp_path: Path
) -> Settings:
    """Settings of one test, with its own database and an empty Valkey."""
    return settings_for(database_url, redis_url, token_key_file, tmp_path)


@pytest.fixture(scope="module")
def module_settings(
    template_database_url: str,
    embedded_servers: Servers,
    token_key_file: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Settings]:
    """Settings with one database for all tests of a module (which share its rows)."""
    with fresh_database(template_database_url) as url:
        yield settings_for(
            url,
            embedded_servers.redis_url,
            token_key_file,
            tmp_path_factory.mktemp("box"),
        )


def settings_for(
    database_url: str, redis_url: str, token_key_file: Path, data_dir: Path
) -> Settings:
    return Settings.from_environment(
        {
            "ROLLCALL_DATABASE_URL": database_url,
            "ROLLCALL_REDIS_URL": redis_url,
            "ROLLCALL_TOKEN_KEY_FILE": str(token_key_file),
            "ROLLCALL_DATA_DIR": str(data_dir),
            "ROLLCALL_UNDERSTAND_AHEAD": "off",
        }
    )
