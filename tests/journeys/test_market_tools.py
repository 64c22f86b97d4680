"""The command line against the running system: seed, import, match."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from infra.cli.main import new_cli
from infra.cli.output import CommandFailed
from infra.onebox import Box
from shared.identity import Caller, Role
from shared.values import new_id
from tests.infra.imports.builders import a_job_posting
from tests.journeys.people import (
    a_posting,
    a_profile,
    an_employer,
    client_of,
    matches,
    publish,
    register,
)

LONDON = {"address": {"addressLocality": "London", "addressCountry": "GB"}}


@pytest.fixture(autouse=True)
def _this_box(box: Box, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands find the running box as they do anywhere: by its data directory."""
    monkeypatch.chdir(tmp_path)
    for name in ("DATABASE_URL", "REDIS_URL", "TOKEN_KEY_FILE", "TOKEN"):
        monkeypatch.delenv(f"ROLLCALL_{name}", raising=False)
    monkeypatch.setenv("ROLLCALL_DATA_DIR", str(box.settings.data_dir))


def rollcall(*arguments: object) -> dict[str, Any]:
    """The JSON document that a command prints."""
    words = [str(argument) for argument in arguments]
    result = CliRunner().invoke(
        new_cli(), [*words, "--json"], catch_exceptions=False, standalone_mode=False
    )
    assert result.exception is None
    document: dict[str, Any] = json.loads(result.stdout)
    return document


def test_a_seeded_market_is_rankable_and_the_same_people_come_once(box: Box) -> None:
    first = rollcall("seed", "--workers", 300, "--postings", 20, "--city", "London, GB")
    assert (first["workers"], first["postings"]) == (300, 20)
    again = rollcall("seed", "--workers", 310, "--postings", 0, "--city", "London, GB")
    assert again["workers"] == 10
    with client_of(box, Caller(new_id(), Role.OPERATOR)) as operator:
        found = operator.get("/v1/workers", params={"zone": "Europe/London"}).json()
        assert found["items"]
        posting = operator.get("/v1/postings", params={"status": "open"}).json()
        open_posting = posting["items"][0]["id"]
        assert matches(operator, "", posting=open_posting)["run"]["state"] == "done"


def test_job_postings_land_are_held_or_rejected_and_land_once(
    box: Box, tmp_path: Path
) -> None:
    jobs = [
        a_job_posting(identifier="good", jobLocation=LONDON),
        a_job_posting(identifier="odd", title="Zorb wrangler", jobLocation=LONDON),
        a_job_posting(identifier="over", validThrough="2011-06-24"),
        a_job_posting(identifier="nowhere", jobLocation={"address": "Atlantis"}),
    ]
    file = tmp_path / "jobs.jsonld"
    file.write_text(json.dumps({"@graph": jobs}))
    first = rollcall("import", "postings", file)
    assert first["landed"] == {"created": 2, "updated": 0, "unchanged": 0}
    assert (first["held"], first["rejected"]) == (1, 2)
    with Path(first["report"]).open(newline="") as lines:
        told = {
            (row["id"], row["outcome"], row["field"]) for row in csv.DictReader(lines)
        }
    assert told == {
        ("odd", "held", ""),
        ("over", "rejected", "validThrough"),
        ("nowhere", "rejected", "jobLocation"),
    }
    again = rollcall("import", "postings", file)
    assert again["landed"] == {"created": 0, "updated": 0, "unchanged": 2}
    jobs[0]["totalJobOpenings"] = 7
    file.write_text(json.dumps(jobs))
    changed = rollcall("import", "postings", file)
    assert changed["landed"] == {"created": 0, "updated": 1, "unchanged": 1}


def test_people_are_imported_by_a_mapping(box: Box, tmp_path: Path) -> None:
    mapping, table = tmp_path / "people.toml", tmp_path / "people.csv"
    mapping.write_text(
        'system = "sheet"\n[columns]\nid = "No"\nname = "Name"\nskills = "Can"\n'
        'hours = "Free"\nplace.locality = "Town"\n'
        '[constants]\nmarkets = "temporary"\nkinds = "temporary"\n'
    )
    table.write_text(
        "No,Name,Can,Free,Town\n"
        "1,Al,forklift driving:4,Mo-Fr 08:00-16:00,London\n"
        "2,Bo,forklift driving:9,Mo-Fr 08:00-16:00,London\n"
        "3,Cy,forklift driving,Mo-Fr 08:00-16:00,Gotham\n"
    )
    summary = rollcall("import", "workers", table, "--mapping", mapping)
    assert summary["landed"]["created"] == 1
    assert summary["rejected"] == 2
    with Path(summary["report"]).open(newline="") as lines:
        fields = {row["row"]: row["field"] for row in csv.DictReader(lines)}
    assert fields == {"3": "Can", "4": "Town"}
    assert rollcall("import", "workers", table, "--mapping", mapping)["landed"] == {
        "created": 0,
        "updated": 0,
        "unchanged": 1,
    }


def test_match_prints_the_list_of_a_posting(box: Box) -> None:
    worker, position = register(box, a_profile())
    with client_of(box, an_employer()) as employer:
        posting, opened = publish(employer, a_posting())
        matches(employer, f"{position},{opened}", posting=posting)
    assert str(worker) in {
        match["worker"] for match in rollcall("match", posting)["matches"]
    }
    shown = CliRunner().invoke(
        new_cli(), ["match", str(posting)], standalone_mode=False
    )
    assert "Forklift driver, night shift" in shown.stdout
    assert "within reach" in shown.stdout
    assert f"worker {str(worker)[-12:]}" in shown.stdout


def test_whatif_prints_what_would_bring_more_people_or_postings(box: Box) -> None:
    cook = a_profile(skills=[{"skill": "cooking", "level": 3}])
    worker, position = register(box, cook)
    with client_of(box, an_employer()) as employer:
        posting, opened = publish(employer, a_posting())
        matches(employer, f"{position},{opened}", posting=posting)
    effects = rollcall("whatif", posting)["effects"]
    [alone] = [one for one in effects if one["kind"] == "skill_made_preferred"]
    assert alone["gain"] >= 1
    openings = rollcall("whatif", "--worker", worker)["openings"]
    assert "forklift-driving" in {one["change"].get("skill") for one in openings}
    for arguments, told in (
        ([str(posting)], "liked, not required"),
        (["--worker", str(worker)], "forklift-driving at level"),
    ):
        shown = CliRunner().invoke(
            new_cli(), ["whatif", *arguments], standalone_mode=False
        )
        assert told in shown.stdout
    refused = CliRunner().invoke(new_cli(), ["whatif"], standalone_mode=False)
    assert isinstance(refused.exception, CommandFailed)
