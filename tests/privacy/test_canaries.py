"""What is said of a person is all in the export, and after the erasure nowhere.

Looked for in a dump of the database, in Valkey, in every log and in dead letters.
"""

from __future__ import annotations

import asyncio
import io
import json
import subprocess
import time
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
import redis
from sqlalchemy import make_url

from infra.embedded.accounts import Account
from infra.embedded.binaries import postgres_programs
from infra.onebox import Box
from services.profiles.work_papers.schemas import WorkPapers
from services.profiles.workers.schemas import WorkerRow
from shared.audit.verdict import Verdict
from shared.audit.verifying import verify
from shared.database import new_engine
from shared.identity import Actor, Caller, Role
from shared.settings import Settings
from shared.values import new_id
from tests.databases import execute, fetch
from tests.journeys.people import (
    PATIENCE,
    a_posting,
    a_profile,
    a_worker,
    an_employer,
    client_of,
    matches,
    publish,
    ranked_ids,
)
from tests.privacy.canaries import Canaries, free_texts

SERVICES = {"profiles", "postings", "matching"}
REASON = "canary-reason-of-a-refusal"
RECORDED = 3
"""The version of the profile from which on the work papers are recorded."""


@dataclass
class Person:
    """Somebody who was imported, ranked, noted upon, and gave a consent."""

    id: UUID
    canaries: Canaries
    posting: UUID
    export: dict[str, Any]


def test_every_free_text_of_a_profile_is_planted() -> None:
    planted = {path for path in Canaries().planted() if path[-3:] not in ("lat", "lon")}
    assert free_texts(WorkerRow) == planted
    assert free_texts(WorkPapers) == Canaries().planted_papers().keys()


@pytest.fixture(scope="module")
def person(box: Box) -> Person:
    canaries = Canaries()
    operator = Caller(new_id(), Role.OPERATOR)
    with client_of(box, operator) as client:
        row = canaries.profile(a_profile(pay_floors=[_floor(canaries)]))
        row["confirmed_at"] = row["last_active_at"] = "2026-11-01T00:00:00Z"
        landed = _landed(client, row)
    worker = UUID(landed["id"])
    with client_of(box, a_worker(worker)) as client:
        confirmed = client.post(f"/v1/workers/{worker}/availability/confirmations")
        assert confirmed.status_code == 200, confirmed.text
        path = f"/v1/workers/{worker}/consents/notices"
        assert client.put(path, json={"version": 1}).status_code == 200
        path = f"/v1/workers/{worker}/work-papers"
        recorded = client.put(path, json=canaries.papers())
        assert recorded.status_code == 200, recorded.text
        matches(client, recorded.headers["Feed-Position"], worker=worker)
    with client_of(box, an_employer()) as client:
        posting, position = publish(client, a_posting())
        _ranked_by_the_queue(box, posting)
        found = matches(client, position, posting=posting)
        assert worker in ranked_ids(found)
        note = {"worker": str(worker), "kind": "declined", "reason": REASON}
        body = {"run": found["run"]["id"], "notes": [note]}
        assert client.post("/v1/matches/feedback", json=body).status_code == 200
    answer = exported(box, a_worker(worker), worker)
    assert answer.headers["Content-Type"] == "application/zip"
    return Person(worker, canaries, posting, unpacked(answer.content))


def _ranked_by_the_queue(box: Box, posting: UUID) -> None:
    """Wait for the list that publishing asks for: who asks before it is done gets one
    of their own, and then there are two that name the person."""
    query = f"SELECT state FROM matching.match_run WHERE posting_id = '{posting}'"
    deadline = time.monotonic() + PATIENCE
    while [run["state"] for run in fetch(box.settings.database_url, query)] != ["done"]:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def exported(box: Box, caller: Caller, worker: UUID) -> httpx.Response:
    """The worker's archive, once postings has heard of their papers."""
    deadline = time.monotonic() + PATIENCE
    while True:
        with client_of(box, caller) as client:
            answer = client.get(f"/v1/workers/{worker}/export")
        assert answer.status_code == 200, answer.text
        [row] = unpacked(answer.content)["postings/booking_worker.json"] or [{}]
        if row.get("certificates") == [] and row["version"] >= RECORDED:
            return answer
        assert time.monotonic() < deadline, row
        time.sleep(0.05)


def _floor(canaries: Canaries) -> dict[str, Any]:
    return {"unit": "hour", "amount": canaries.floor, "currency": "GBP"}


def _landed(client: httpx.Client, row: Mapping[str, Any]) -> dict[str, Any]:
    deadline = time.monotonic() + PATIENCE
    while True:
        answer = client.post("/v1/workers/batch", json={"workers": [row]})
        [result] = answer.json()["results"]
        if result["result"] == "created":
            landed: dict[str, Any] = result
            return landed
        assert time.monotonic() < deadline, result
        time.sleep(0.1)


def unpacked(archive: bytes) -> dict[str, Any]:
    """Path → document; the manifest must describe every one of them truly."""
    with zipfile.ZipFile(io.BytesIO(archive)) as packed:
        assert packed.testzip() is None
        files = {name: packed.read(name) for name in packed.namelist()}
    assert b"everything that Rollcall holds" in files.pop("README.txt")
    manifest = json.loads(files.pop("manifest.json"))
    described = {entry["path"]: entry for entry in manifest["documents"]}
    assert described.keys() == files.keys()
    for path, content in files.items():
        assert described[path]["sha256"] == sha256(content).hexdigest()
        assert described[path]["bytes"] == len(content)
        assert described[path]["what"]
        assert described[path]["rows"] == len(json.loads(content))
    return {path: json.loads(content) for path, content in files.items()}


def test_the_export_finds_every_canary(person: Person) -> None:
    assert {path.split("/")[0] for path in person.export} == SERVICES
    [profile] = person.export["profiles/worker.json"]
    said = json.dumps(person.export)
    missing = {
        path: planted
        for path, planted in (
            person.canaries.planted() | person.canaries.planted_papers()
        ).items()
        if planted not in said
    }
    assert missing == {}
    assert profile["sealed"]["display_name"] == person.canaries.name
    assert profile["pay_floors"][0]["amount"] == person.canaries.floor
    [listed] = person.export["matching/match_run.json"]
    assert listed["ranked"]["worker"] == str(person.id)
    [noted] = person.export["matching/match_feedback.json"]
    assert noted["reason"] == REASON
    [consent] = person.export["profiles/consent.json"]
    assert consent["kind"] == "notices"
    [recorded] = person.export["profiles/work_papers.json"]
    assert recorded["sealed"]["birth_date"] == person.canaries.birth_date
    [booked] = person.export["postings/booking_worker.json"]
    assert booked["minor_until"] == person.canaries.minor_until


def test_what_is_for_the_workers_own_eyes_is_in_nobody_elses_export(
    box: Box, person: Person
) -> None:
    """Not in an operator's, nor in that of a clerk who acts for the worker."""
    clerk = Actor(new_id(), Role.CLERK)
    for caller in (
        Caller(new_id(), Role.OPERATOR),
        Caller(person.id, Role.WORKER, actor=clerk),
    ):
        archive = unpacked(exported(box, caller, person.id).content)
        assert archive.keys() == person.export.keys()
        said = json.dumps(archive)
        secrets = (*person.canaries.planted_papers().values(), '"GB"')
        assert [word for word in secrets if word in said] == []
        assert person.canaries.minor_until not in said
        assert person.canaries.name in said


def test_no_table_log_or_queue_holds_the_birth_date(box: Box, person: Person) -> None:
    kept = everything_kept(box)
    for secret in person.canaries.planted_papers().values():
        assert secret.encode() not in kept
    # as the rules of bookings need it, until the minor comes of age or leaves
    holding = [line for line in kept.split(b"\n") if until_of(person) in line]
    assert len(holding) >= 2
    with client_of(box, a_worker(person.id)) as client:
        query = {"worker": str(person.id)}
        assert until_of(person) not in client.get("/v1/matches", params=query).content


def until_of(person: Person) -> bytes:
    return person.canaries.minor_until.encode()


def test_nobody_else_gets_the_archive(box: Box, person: Person) -> None:
    for caller, status in (
        (a_worker(new_id()), 404),
        (an_employer(), 403),
        (Caller(new_id(), Role.OPERATOR), 200),
    ):
        with client_of(box, caller) as client:
            answer = client.get(f"/v1/workers/{person.id}/export")
            assert answer.status_code == status, caller


@pytest.fixture(scope="module")
def erased(box: Box, person: Person) -> dict[str, Any]:
    """The state of the erasure once it is complete."""
    before = everything_kept(box)
    assert person.canaries.source.encode() in before, "the search would find nothing"
    with client_of(box, a_worker(person.id)) as client:
        path = f"/v1/workers/{person.id}/erasure"
        asked = client.post(path, json={"reason": "asked"})
        assert asked.status_code == 202, asked.text
        deadline = time.monotonic() + PATIENCE
        while True:
            state: dict[str, Any] = client.get(path).json()
            if state["completed_at"]:
                return state
            assert time.monotonic() < deadline, state
            time.sleep(0.05)


def test_the_erasure_completes_in_every_service_and_says_what_it_did(
    erased: dict[str, Any],
) -> None:
    done = {state["service"]: state for state in erased["services"]}
    assert done.keys() == SERVICES
    assert all(state["erased_at"] for state in done.values())
    assert done["matching"]["counts"] == {
        "match_run": 1,
        "match_feedback": 1,
        "blocklist": 0,
    }
    assert done["profiles"]["counts"]["outbox"] >= 2


def test_nothing_of_the_person_is_left_anywhere(
    box: Box, person: Person, erased: dict[str, Any]
) -> None:
    kept = everything_kept(box)
    planted = [*person.canaries.planted().values(), REASON]
    planted += person.canaries.planted_papers().values()
    planted.append(person.canaries.minor_until)
    assert [word for word in planted if word.encode() in kept] == []
    assert str(person.canaries.floor).encode() + b"," not in kept


def test_the_audit_chain_still_verifies(
    box: Box, person: Person, erased: dict[str, Any]
) -> None:
    """It tells of the person by reference, and is not touched by the erasure."""
    found = fetch(
        box.settings.database_url,
        "SELECT max(id) AS last FROM profiles.audit_entry"
        f" WHERE subject_id = '{person.id}'",
    )
    told = found[0]["last"]
    assert told is not None
    deadline = time.monotonic() + PATIENCE
    while True:
        verdicts = {service: verified(box, service) for service in SERVICES}
        assert all(verdict.sound for verdict in verdicts.values()), verdicts
        if not verdicts["profiles"].unsealed:
            break
        assert time.monotonic() < deadline, verdicts
        time.sleep(0.1)
    assert verdicts["profiles"].anchored == verdicts["profiles"].sealed > 0


def verified(box: Box, service: str) -> Verdict:
    async def run() -> Verdict:
        engine = new_engine(box.settings.auditor_database_url, "tests", 1)
        try:
            return await verify(engine, service, box.settings.audit_dir)
        finally:
            await engine.dispose()

    return asyncio.run(run())


def test_the_posting_still_has_its_list_without_the_person(
    box: Box, person: Person, erased: dict[str, Any]
) -> None:
    with client_of(box, Caller(new_id(), Role.OPERATOR)) as client:
        found = client.get("/v1/matches", params={"posting": str(person.posting)})
    assert found.status_code == 200
    assert person.id not in ranked_ids(found.json())


def test_the_profile_is_gone_and_its_import_does_not_bring_it_back(
    box: Box, person: Person, erased: dict[str, Any]
) -> None:
    row = person.canaries.profile(a_profile())
    with client_of(box, Caller(new_id(), Role.OPERATOR)) as client:
        for path in ("", "/export", "/contact", "/consents", "/work-papers"):
            answer = client.get(f"/v1/workers/{person.id}{path}")
            assert answer.status_code == 404, path
        answer = client.post("/v1/workers/batch", json={"workers": [row]})
    [result] = answer.json()["results"]
    assert result["errors"][0]["rule"] == "removed"


def everything_kept(box: Box) -> bytes:
    """A dump of the database, of Valkey, and every log."""
    return b"\n".join((dump(box.settings), *valkey(box), *logs(box.settings.data_dir)))


def dump(settings: Settings) -> bytes:
    url = make_url(settings.database_url)
    # what a deleted row's bytes held is not dumped, but let it be gone
    execute(settings.database_url, "VACUUM")
    programs = postgres_programs(Account())
    done = subprocess.run(
        [programs / "pg_dump", "--dbname", url.render_as_string(hide_password=False)],
        capture_output=True,
        check=True,
    )
    return done.stdout


def valkey(box: Box) -> Iterator[bytes]:
    with redis.Redis.from_url(box.settings.redis_url) as client:
        for key in client.scan_iter():
            yield key
            yield client.dump(key) or b""


def logs(data_dir: Path) -> Iterator[bytes]:
    found = list(data_dir.rglob("*.log*"))
    assert found
    for path in found:
        yield path.read_bytes()
