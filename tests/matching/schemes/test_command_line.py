"""`rollcall taxonomy import`, `list`, `crosswalk`, as people and scripts meet them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from shared.settings import Settings
from tests.matching.schemes.builders import an_official_esco

PROJECT = Path(__file__).resolve().parents[3]


def taxonomy(
    settings: Settings, directory: Path, *words: str
) -> subprocess.CompletedProcess[str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("ROLLCALL_")}
    return subprocess.run(
        [sys.executable, "-m", "infra.cli.main", "taxonomy", *words],
        env={**kept, **settings.environment(), "PYTHONPATH": str(PROJECT)},
        cwd=directory,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_an_import_is_told_twice_and_listed(settings: Settings, tmp_path: Path) -> None:
    files = an_official_esco(tmp_path / "esco_v1.2.0")
    first = taxonomy(settings, tmp_path, "import", "esco", str(files), "--json")
    assert first.returncode == 0, first.stderr
    document = json.loads(first.stdout)
    assert (document["scheme"], document["version"]) == ("esco", "1.2.0")
    assert document["changed"] is True
    assert document["entries"]["esco occupation"]["created"] == 2
    assert (document["bad_rows"], document["report"]) == (0, None)
    again = taxonomy(settings, tmp_path, "import", "esco", str(files))
    assert "esco 1.2.0 is here already: nothing changed.\n" in again.stdout
    assert "occupations_en.csv" in again.stderr
    listed = taxonomy(settings, tmp_path, "list", "--json")
    assert [row["id"] for row in json.loads(listed.stdout)] == ["esco", "isco08"]
    table = taxonomy(settings, tmp_path, "list")
    assert "1.2.0" in table.stdout
    refreshed = taxonomy(settings, tmp_path, "crosswalk", "--json")
    assert json.loads(refreshed.stdout)["created"] == 0


def test_rows_at_fault_are_in_a_report(settings: Settings, tmp_path: Path) -> None:
    files = an_official_esco(tmp_path / "esco")
    with (files / "occupations_en.csv").open("a") as text:
        text.write("too,short\n")
    done = taxonomy(settings, tmp_path, "import", "esco", str(files))
    assert done.returncode == 0
    assert "1 rows were left out; why: esco.report.csv\n" in done.stderr
    report = (tmp_path / "esco.report.csv").read_text().splitlines()
    assert report == [
        "file,line,reason",
        "occupations_en.csv,6,has 2 columns instead of 14",
    ]


def test_what_cannot_be_imported_is_one_line(
    settings: Settings, tmp_path: Path
) -> None:
    empty = taxonomy(settings, tmp_path, "import", "csco", str(tmp_path))
    assert empty.returncode == 1
    assert empty.stderr.endswith("has no CSV file with code and name\n")
    assert empty.stderr.startswith("rollcall: ")
    files = str(an_official_esco(tmp_path / "esco"))
    spoken = taxonomy(settings, tmp_path, "import", "esco", files, "--language", "fr")
    assert "occupations_fr.csv" in spoken.stderr
    nowhere = taxonomy(settings, tmp_path, "import", "esco", str(tmp_path / "none"))
    assert nowhere.returncode == 2
