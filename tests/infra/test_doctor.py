"""The doctor sees what is wrong, and says which and what."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import redis

from infra.doctor import Finding, examine, local, postgres
from infra.doctor.postgres import Server
from infra.embedded.servers import Servers
from infra.revisions import newest_revisions
from shared.settings import Settings
from tests.databases import execute
from tests.infra.conftest import UNSTARTED


def named(findings: list[Finding], name: str) -> Finding:
    (found,) = [finding for finding in findings if finding.name == name]
    return found


def a_server(**facts: Any) -> Server:
    """A healthy one, but for `facts`."""
    healthy = {
        "current_user": "migrator",
        "server_version": "18.6",
        "server_version_num": "180006",
        "transaction_timeout": "0",
        "max_connections": "500",
        "fsync": "on",
        "full_page_writes": "on",
        "data_checksums": "on",
        "skew": 0.01,
    }
    return Server(
        settings=UNSTARTED,
        facts={**healthy, **facts},
        roles={
            "migrator": {"rolsuper": False, "rolbypassrls": True},
            "rollcall_app": {"rolsuper": False, "rolbypassrls": False},
            "rollcall_system": {"rolsuper": False, "rolbypassrls": False},
            "rollcall_auditor": {"rolsuper": False, "rolbypassrls": False},
        },
        revisions=newest_revisions(),
    )


def test_a_healthy_installation_has_no_fault(
    settings: Settings, tmp_path: Path
) -> None:
    findings = examine(tmp_path, settings)
    assert [each for each in findings if each.state == "fault"] == []
    # Test servers may lose their data in a crash, and the doctor says so.
    assert [each.name for each in findings if each.state == "warning"] == ["durability"]


def test_without_servers_the_local_checks_are_made(tmp_path: Path) -> None:
    findings = examine(tmp_path, None)
    assert named(findings, "python").state == "ok"
    assert named(findings, "server programs").state == "ok"
    assert named(findings, "servers").state == "skipped"


def test_servers_that_do_not_answer_are_faults(tmp_path: Path) -> None:
    findings = examine(tmp_path, UNSTARTED)
    assert named(findings, "postgres").state == "fault"
    assert named(findings, "valkey").state == "fault"


@pytest.mark.parametrize("version", ["160004", "150000"])
def test_postgres_before_17_is_too_old(version: str) -> None:
    server = a_server(server_version_num=version, transaction_timeout=None)
    finding = postgres.postgres_is_new_enough(server)
    assert finding.state == "fault"
    assert "needs 17 or newer" in finding.detail


def test_max_connections_below_the_budget_is_a_fault() -> None:
    assert postgres.connections_suffice(a_server()).state == "ok"
    few = postgres.connections_suffice(a_server(max_connections="20"))
    assert few.state == "fault"
    assert few.detail.startswith("max_connections 20, budget ")


def test_a_service_login_that_passes_the_row_walls_is_a_fault() -> None:
    assert postgres.roles_have_the_right_power(a_server()).state == "ok"
    server = a_server()
    mighty = {"rolsuper": False, "rolbypassrls": True}
    server = replace(server, roles={**server.roles, "rollcall_app": mighty})
    finding = postgres.roles_have_the_right_power(server)
    assert finding == Finding("roles", "fault", "rollcall_app can pass the row walls")


def test_a_migrator_below_the_row_walls_is_a_fault() -> None:
    server = a_server()
    weak = {"rolsuper": False, "rolbypassrls": False}
    server = replace(server, roles={**server.roles, "migrator": weak})
    finding = postgres.roles_have_the_right_power(server)
    assert finding == Finding("roles", "fault", "migrator needs BYPASSRLS")


def test_a_missing_login_is_a_fault() -> None:
    server = a_server()
    roles = {k: v for k, v in server.roles.items() if k != "rollcall_system"}
    finding = postgres.roles_have_the_right_power(replace(server, roles=roles))
    assert finding.state == "fault"
    assert "rollcall_system does not exist" in finding.detail


def test_a_database_that_was_not_migrated_is_a_fault(
    settings: Settings, tmp_path: Path
) -> None:
    execute(settings.database_url, "DROP SCHEMA profiles CASCADE")
    finding = named(examine(tmp_path, settings), "schemas")
    assert finding.state == "fault"
    assert "rollcall migrate" in finding.detail


@pytest.mark.parametrize("skew", [2.5, -2.5])
def test_clocks_that_disagree_by_seconds_are_a_fault(skew: float) -> None:
    assert postgres.database_clock_agrees(a_server()).state == "ok"
    assert postgres.database_clock_agrees(a_server(skew=skew)).state == "fault"


@pytest.fixture
def misconfigured_valkey(embedded_servers: Servers) -> Iterator[None]:
    with redis.Redis.from_url(embedded_servers.redis_url) as client:
        client.config_set("maxmemory-policy", "allkeys-lru")
        client.config_set("appendonly", "no")
        yield
        client.config_set("maxmemory-policy", "noeviction")
        client.config_set("appendonly", "yes")


@pytest.mark.usefixtures("misconfigured_valkey")
def test_a_valkey_that_evicts_is_a_fault_and_a_forgetful_one_a_warning(
    settings: Settings, tmp_path: Path
) -> None:
    findings = examine(tmp_path, settings)
    assert named(findings, "eviction").state == "fault"
    assert "allkeys-lru" in named(findings, "eviction").detail
    assert named(findings, "persistence").state == "warning"


def test_a_full_disk_is_a_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert local.disk_has_room(tmp_path / "not" / "yet").state == "ok"
    monkeypatch.setattr(local, "LEAST_FREE_GIB", 1e9)
    assert local.disk_has_room(tmp_path).state == "fault"


def test_a_data_directory_open_to_others_is_a_fault(tmp_path: Path) -> None:
    for mode, state in ((0o700, "ok"), (0o711, "ok"), (0o755, "fault")):
        tmp_path.chmod(mode)
        assert local.data_directory_is_private(tmp_path).state == state


def test_a_package_that_is_not_the_locked_one_is_a_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert local.packages_are_the_locked_ones(tmp_path).state == "ok"
    lock = tmp_path / "lock.txt"
    lock.write_text("fastapi==0.1 \\\n    --hash=sha256:00\nno-such==1 \\\n")
    monkeypatch.setattr(local, "LOCK", lock)
    finding = local.packages_are_the_locked_ones(tmp_path)
    assert finding.state == "fault"
    assert "locked 0.1; no-such is missing, locked 1" in finding.detail
