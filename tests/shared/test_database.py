"""How a PostgreSQL URL is read."""

from __future__ import annotations

from shared.database import asyncpg_url

SECURE = "postgresql://app:secret@db.example/rollcall?sslmode=verify-full"


def test_tls_is_asked_for_in_the_words_of_libpq() -> None:
    url = asyncpg_url(SECURE)
    assert dict(url.query) == {"ssl": "verify-full"}
    assert url.drivername == "postgresql+asyncpg"


def test_a_url_that_says_nothing_of_tls_stays_as_it_is() -> None:
    assert dict(asyncpg_url("postgresql:///r?host=/tmp/here").query) == {
        "host": "/tmp/here"
    }
