"""Consents and retention periods as data: read from the files beside this one."""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files
from typing import Any

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.profiles.privacy.models import consent_kind, retention_rule

EVERYWHERE = "*"
CONSENT_KINDS = "consent_kinds.csv"
RETENTION_RULES = "retention_rules.csv"


def consent_kinds() -> list[dict[str, Any]]:
    return [
        row | {"version": int(row["version"]), "retired": row["retired"] == "true"}
        for row in _rows(CONSENT_KINDS)
    ]


def retention_rules() -> list[dict[str, Any]]:
    days = ("keep_days", "notice_days")
    return [row | {n: int(row[n]) for n in days} for row in _rows(RETENTION_RULES)]


async def load_rules(session: AsyncSession) -> None:
    """Bring the tables to what the files say; needs the system login."""
    for table, rows, key in (
        (consent_kind, consent_kinds(), ["id"]),
        (retention_rule, retention_rules(), ["what", "jurisdiction"]),
    ):
        new = insert(table)
        values = {c.name: new.excluded[c.name] for c in table.c if c.name not in key}
        await session.execute(
            new.on_conflict_do_update(index_elements=key, set_=values), rows
        )


@cache
def country_of_zone(zone: str) -> str:
    """The country whose rules hold for somebody in this time zone; `*` if unknown."""
    return _countries().get(zone, EVERYWHERE)


@cache
def _countries() -> dict[str, str]:
    table = files("tzdata").joinpath("zoneinfo", "zone.tab").read_text("utf-8")
    lines = (line.split("\t") for line in table.splitlines() if line[:1] != "#")
    return {parts[2]: parts[0] for parts in lines if len(parts) > 2}


def _rows(name: str) -> list[dict[str, Any]]:
    text = files(__package__).joinpath("data", name).read_text("utf-8")
    return list(csv.DictReader(text.splitlines()))
