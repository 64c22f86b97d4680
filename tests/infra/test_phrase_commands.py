"""`rollcall taxonomy phrases, bind, export-bindings, remap` against running APIs."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import uvicorn
from sqlalchemy import insert

from infra.onebox.apis import OneApi
from services.postings.app import build as build_postings
from services.profiles.app import build as build_profiles
from services.profiles.models import known_concept
from services.profiles.workers.commands import register_workers
from shared.database import Database
from shared.settings import Settings
from tests.matching.phrases.conftest import Process, a_process
from tests.profiles.builders import new_workers


@dataclass
class Installation:
    """The three APIs behind one address, and the command line beside them."""

    url: str
    settings: Settings
    matching: Process

    async def rollcall(self, *words: str) -> subprocess.CompletedProcess[str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith("ROLLCALL_")}
        named = {
            f"ROLLCALL_{name}_URL": self.url
            for name in ("PROFILES", "POSTINGS", "MATCHING")
        }
        return await asyncio.to_thread(
            subprocess.run,
            [sys.executable, "-m", "infra.cli.main", *words],
            env={
                **kept,
                **named,
                "ROLLCALL_TOKEN_KEY_FILE": str(self.settings.token_key_file),
                "ROLLCALL_DATA_DIR": str(self.settings.data_dir),
            },
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )


@pytest.fixture
async def installation(settings: Settings) -> AsyncIterator[Installation]:
    matching = a_process(settings)
    apis = OneApi(
        {
            "profiles": build_profiles(settings),
            "postings": build_postings(settings),
            "matching": matching.app,
        }
    )
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        config = uvicorn.Config(apis, log_level="error", lifespan="on", ws="none")
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        try:
            yield Installation(url, settings, matching)
        finally:
            server.should_exit = True
            await serving


async def test_an_operator_lists_binds_and_exports(
    installation: Installation, tmp_path: Path
) -> None:
    await installation.matching.typed_by_two("Flange Wrangling")
    listed = await installation.rollcall("taxonomy", "phrases")
    assert listed.returncode == 0, listed.stderr
    assert "Flange Wrangling" in listed.stdout
    told = await installation.rollcall("taxonomy", "phrases", "--kind=skill", "--json")
    [phrase] = json.loads(told.stdout)["items"]
    assert (phrase["count"], phrase["folded"]) == (2, "flange wrangling")

    bound = await installation.rollcall(
        *("taxonomy", "bind", "flange wrangling", "welding", "--kind", "skill")
    )
    assert bound.stdout == "'flange wrangling' names the skill welding.\n"
    await installation.matching.refresh()
    [result] = await installation.matching.typed("flange wrangling")
    assert result["concept"]["id"] == "welding"

    exported = await installation.rollcall("taxonomy", "export-bindings")
    [row] = csv.DictReader(io.StringIO(exported.stdout))
    assert (row["folded"], row["concept"]) == ("flange wrangling", "welding")
    file = tmp_path / "bindings.json"
    words = ("taxonomy", "export-bindings", str(file), "--format", "json")
    assert (await installation.rollcall(*words)).returncode == 0
    [item] = json.loads(file.read_text(encoding="utf-8"))
    assert item["id"] == row["id"]


async def test_a_refusal_is_one_line(installation: Installation) -> None:
    refused = await installation.rollcall("taxonomy", "bind", "叉车", "cooking")
    assert refused.returncode == 1
    assert "It is a name of forklift-driving" in refused.stderr
    assert refused.stderr.count("\n") == 1


async def test_re_mapping_is_counted_then_done(
    installation: Installation, settings: Settings
) -> None:
    database = Database(settings, "test")
    concepts = [
        {"kind": "skill", "id": "forklift-driving", "retired": True},
        {"kind": "skill", "id": "cooking", "retired": False},
    ]
    rows = [row | {"version": 1, "replaced_by": None} for row in concepts]
    rows[0]["replaced_by"] = "cooking"
    async with database.as_system() as session:
        await session.execute(insert(known_concept), rows)
        await register_workers(session, new_workers(3))
    await database.dispose()
    dry = await installation.rollcall("taxonomy", "remap", "--dry-run", "--json")
    entry = {"kind": "skill", "old": "forklift-driving", "new": "cooking", "rows": 3}
    nothing = {"rows": 0, "concepts": []}
    told = {"workers": {"rows": 3, "concepts": [entry]}, "postings": nothing}
    assert json.loads(dry.stdout) == told | {"dry_run": True}
    done = await installation.rollcall("taxonomy", "remap")
    assert "forklift-driving" in done.stdout
    again = await installation.rollcall("taxonomy", "remap", "--json")
    assert json.loads(again.stdout)["workers"] == nothing
