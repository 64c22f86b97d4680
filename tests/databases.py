"""Fresh databases in a moment: clones of one that was migrated once."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from typing import Any

import asyncpg
from sqlalchemy import make_url

_numbers = count(1)


@contextmanager
def fresh_database(template_url: str) -> Iterator[str]:
    """The URL of a new copy of the template database; dropped at the end.

    Nobody may be connected to the template meanwhile.
    """
    url = make_url(template_url)
    name = f"{url.database}_{next(_numbers)}"
    maintenance = plain(url.set(database="postgres").render_as_string(False))
    # Copying files beats logging every page: the template is checkpointed once.
    execute(
        maintenance,
        f'CREATE DATABASE "{name}" TEMPLATE "{url.database}" STRATEGY file_copy',
    )
    try:
        yield url.set(database=name).render_as_string(hide_password=False)
    finally:
        execute(maintenance, f'DROP DATABASE "{name}" WITH (FORCE)')


def execute(database_url: str, *statements: str) -> None:
    """Run statements one by one, from anywhere: a test's event loop is left alone."""

    async def run() -> None:
        connection = await asyncpg.connect(plain(database_url))
        try:
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close()

    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, run()).result()


def fetch(database_url: str, query: str) -> list[dict[str, Any]]:
    """The rows of a query, from anywhere."""

    async def run() -> list[dict[str, Any]]:
        connection = await asyncpg.connect(plain(database_url))
        try:
            return [dict(row) for row in await connection.fetch(query)]
        finally:
            await connection.close()

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, run()).result()


def plain(database_url: str) -> str:
    """The URL as asyncpg itself reads it."""
    return (
        make_url(database_url)
        .set(drivername="postgresql")
        .render_as_string(hide_password=False)
    )
