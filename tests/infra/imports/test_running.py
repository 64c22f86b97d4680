"""Sending batches, counting what became of the rows, and the report."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from infra.imports.draft import Draft
from infra.imports.report import Report, Summary
from infra.imports.running import run_import
from infra.imports.sending import ImportStopped

Answer = Callable[[int, list[dict[str, Any]]], httpx.Response]


def created(_: int, rows: list[dict[str, Any]]) -> httpx.Response:
    outcomes = [
        {"outcome": "created", "status": "held" if "hold" in row else "open"}
        for row in rows
    ]
    return httpx.Response(200, json={"rows": outcomes})


class Service:
    """The batch endpoint as far as an importer can tell; answers what it is told to."""

    def __init__(self, answer: Answer = created) -> None:
        self.batches: list[list[dict[str, Any]]] = []
        self.organisations: list[str | None] = []
        self.keys: list[str] = []
        self._answer = answer
        self.client = httpx.Client(
            base_url="http://service", transport=httpx.MockTransport(self._handle)
        )

    def _handle(self, request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content)
        self.keys.append(request.headers["Idempotency-Key"])
        self.organisations.append(body.get("organisation"))
        rows = body[request.url.path.split("/")[2]]
        self.batches.append(rows)
        return self._answer(len(self.batches), rows)


def a_draft(number: int, **changes: Any) -> Draft:
    draft = Draft(str(number), f"id-{number}", documents=[{"n": number}])
    for name, value in changes.items():
        setattr(draft, name, value)
    return draft


def run(
    tmp_path: Path,
    drafts: list[Draft],
    service: Service,
    report_name: str = "r.csv",
) -> tuple[Summary, Path]:
    path = tmp_path / report_name
    with Report(path) as report:
        summary = run_import("postings", drafts, service.client, report)
    return summary, path


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("infra.imports.sending.time.sleep", lambda seconds: None)


def test_rows_go_in_batches_and_are_counted(tmp_path: Path) -> None:
    service = Service()
    summary, path = run(tmp_path, [a_draft(n) for n in range(450)], service)
    assert [len(batch) for batch in service.batches] == [200, 200, 50]
    assert summary.as_json()["landed"] == {
        "created": 450,
        "updated": 0,
        "unchanged": 0,
    }
    assert not path.exists()


def test_a_batch_stays_below_the_size_a_service_takes(tmp_path: Path) -> None:
    service = Service()
    drafts = [a_draft(n, documents=[{"text": "x" * 20_000}]) for n in range(100)]
    run(tmp_path, drafts, service)
    assert [len(batch) for batch in service.batches] == [44, 44, 12]


def test_faulty_and_refused_rows_are_reported_and_the_others_land(
    tmp_path: Path,
) -> None:
    def answer(_: int, rows: list[dict[str, Any]]) -> httpx.Response:
        errors = [{"pointer": "/pay/minimum", "rule": "x", "message": "must be less"}]
        outcomes = [
            {"outcome": "rejected", "errors": errors}
            if row["n"] == 3
            else {"outcome": "updated", "status": "open"}
            for row in rows
        ]
        return httpx.Response(200, json={"rows": outcomes})

    faulty = a_draft(2, documents=[])
    faulty.add_fault("title", "is missing")
    refused = a_draft(3, names={"pay.minimum": "Salary From"})
    summary, path = run(tmp_path, [a_draft(1), faulty, refused], Service(answer))
    assert (summary.rows, summary.rejected, summary.landed["updated"]) == (3, 2, 1)
    with path.open(newline="") as lines:
        assert list(csv.reader(lines)) == [
            ["row", "id", "outcome", "field", "reason"],
            ["2", "id-2", "rejected", "title", "is missing"],
            ["3", "id-3", "rejected", "Salary From", "must be less"],
        ]


def test_held_rows_and_left_out_values_are_told(tmp_path: Path) -> None:
    held = a_draft(1, documents=[{"hold": "who?"}], held=["the title 'x' is odd"])
    held.leave_out("skills", "'magic' is no skill")
    summary, path = run(tmp_path, [held, a_draft(2)], Service(), "r.ndjson")
    assert summary.held == 1
    assert summary.held_by_reason == {"the title … is odd": 1}
    assert summary.left_out == {"skills: … is no skill": 1}
    entries = [json.loads(line) for line in path.read_text().splitlines()]
    assert [entry["outcome"] for entry in entries] == ["left out", "held"]


def test_a_row_that_no_text_can_hold_is_rejected_and_stops_nothing(
    tmp_path: Path,
) -> None:
    broken = a_draft(1, documents=[{"title": "half a pair: \ud800"}])
    summary, _ = run(tmp_path, [broken, a_draft(2)], Service())
    assert (summary.landed["created"], summary.rejected) == (1, 1)


def test_a_source_id_met_twice_is_rejected_the_second_time(tmp_path: Path) -> None:
    twice = a_draft(2, id="id-1")
    summary, _ = run(tmp_path, [a_draft(1), twice], Service())
    assert (summary.landed["created"], summary.rejected) == (1, 1)


def test_a_busy_service_is_asked_again(tmp_path: Path) -> None:
    def answer(attempt: int, rows: list[dict[str, Any]]) -> httpx.Response:
        if attempt == 1:
            raise httpx.ConnectError("away")
        return httpx.Response(503) if attempt == 2 else created(attempt, rows)

    service = Service(answer)
    summary, _ = run(tmp_path, [a_draft(1)], service)
    assert summary.landed["created"] == 1
    assert service.batches[0] == service.batches[1] == service.batches[2]


def test_a_batch_is_repeated_under_its_own_key(tmp_path: Path) -> None:
    def answer(attempt: int, rows: list[dict[str, Any]]) -> httpx.Response:
        if attempt == 1:
            raise httpx.ReadTimeout("the answer is lost")
        return httpx.Response(409) if attempt == 2 else created(attempt, rows)

    service = Service(answer)
    run(tmp_path, [a_draft(n) for n in range(300)], service)
    first, second, third, another = service.keys
    assert first == second == third
    assert another != first


@pytest.mark.parametrize(("status", "tries"), [(401, 1), (403, 1), (422, 1), (500, 6)])
def test_a_service_that_refuses_stops_the_import_with_its_words(
    tmp_path: Path, status: int, tries: int
) -> None:
    problem = {"title": "No", "detail": "Not like this."}
    service = Service(lambda *_: httpx.Response(status, json=problem))
    with pytest.raises(ImportStopped, match=f"answered {status}: No; Not like this"):
        run(tmp_path, [a_draft(1)], service)
    assert len(service.batches) == tries


def test_a_cell_of_the_report_is_never_a_formula(tmp_path: Path) -> None:
    draft = a_draft(1, id="=HYPERLINK(1)", documents=[])
    draft.add_fault("title", "is missing")
    _, path = run(tmp_path, [draft], Service())
    assert "'=HYPERLINK(1)" in path.read_text()


def test_an_operator_names_the_organisation_in_every_batch(tmp_path: Path) -> None:
    service, organisation = Service(), uuid4()
    drafts = [a_draft(n) for n in range(300)]
    with Report(tmp_path / "r.csv") as report:
        run_import(
            "postings", drafts, service.client, report, organisation=organisation
        )
    assert service.organisations == [str(organisation)] * 2


def test_a_service_that_says_how_long_to_wait_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []
    monkeypatch.setattr("infra.imports.sending.time.sleep", waited.append)

    def answer(number: int, rows: list[dict[str, Any]]) -> httpx.Response:
        said = {1: "7", 2: "86400", 3: "soon"}
        if number in said:
            headers = {"Retry-After": said[number]}
            return httpx.Response(429, json={}, headers=headers)
        return created(number, rows)

    summary, _ = run(tmp_path, [a_draft(1)], Service(answer))
    assert summary.landed["created"] == 1
    assert waited[:2] == [7.0, 60.0]
    assert waited[2] < 5
