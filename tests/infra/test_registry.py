"""The route registry: its printed copy is the one that people review."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from infra.registry import as_markdown, registry
from shared.settings import Settings

COPY = Path(__file__).resolve().parents[2] / "docs" / "routes.md"


def test_the_printed_registry_is_the_reviewed_one(settings: Settings) -> None:
    """Whoever changes who may call what changes docs/routes.md in the same commit."""
    assert as_markdown(registry(settings)) == COPY.read_text(encoding="utf-8")


def test_only_a_public_route_asks_for_no_scope(settings: Settings) -> None:
    for routes in registry(settings).values():
        for route in routes:
            assert (route.own == "public") == (not route.who) == (route.scope is None)


def test_the_command_prints_method_path_operation_who_and_ownership() -> None:
    printed = subprocess.run(
        [sys.executable, "-m", "infra.cli.main", "routes", "profiles", "--json"],
        check=True,
        capture_output=True,
        text=True,
    )
    routes = {
        (each["method"], each["path"]): each for each in json.loads(printed.stdout)
    }
    found = routes["DELETE", "/v1/workers/{worker_id}"]
    assert found["operation"] == "remove_worker"
    assert found["who"] == ["operator", "worker"]
    assert found["ownership"] == "worker"
    assert found["scope"] == "workers:write"
