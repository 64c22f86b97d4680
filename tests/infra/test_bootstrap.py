"""`python3 infra/bootstrap.py`: from plain Python to a working `.venv`."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from infra import bootstrap
from infra.embedded.guard import CHECKOUT

LOCKS = CHECKOUT / "locks"
PIN = re.compile(r"^([\w.-]+==\S+)", re.MULTILINE)

# Runs the setup as if this Python were another.
DISGUISED = """
import importlib.util, sys
from infra import bootstrap
{disguise}
bootstrap.main()
"""


def set_up_disguised(disguise: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", DISGUISED.format(disguise=disguise)],
        env={"PATH": "/nowhere"},
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("version", [(3, 10, 2), (3, 14, 0), (2, 7, 18)])
def test_an_unfit_python_is_told_in_one_line(version: tuple[int, ...]) -> None:
    shown = ".".join(map(str, version))
    refused = set_up_disguised(f"sys.version_info = {version}; sys.version = '{shown}'")
    assert refused.returncode == 1
    assert refused.stderr == (
        f"rollcall setup: Python 3.11, 3.12 or 3.13 is needed; this is {shown}\n"
    )


def test_an_old_python_can_read_the_setup_far_enough_to_say_so() -> None:
    source = Path(bootstrap.__file__).read_text()
    ast.parse(source, feature_version=(3, 7))
    assert "from __future__" not in source


def test_a_fitting_python_on_the_path_is_used_instead(tmp_path: Path) -> None:
    other = tmp_path / "python3.12"
    other.write_text('#!/bin/sh\n[ "$1" = -c ] || echo "went on with $@"\n')
    other.chmod(0o755)
    broken_shim = tmp_path / "python3.13"
    broken_shim.write_text("#!/bin/sh\nexit 127\n")
    broken_shim.chmod(0o755)
    disguise = (
        "import os; sys.version_info = (3, 9, 1); sys.argv = ['setup', '--dev'];"
        f"os.environ['PATH'] = '{tmp_path}'"
    )
    went_on = set_up_disguised(disguise)
    assert went_on.stdout == "went on with setup --dev\n"


def test_a_python_without_venv_is_told_in_one_line(tmp_path: Path) -> None:
    refused = set_up_disguised(
        "from pathlib import Path\n"
        f"bootstrap.VENV = Path('{tmp_path}/venv')\n"
        "bootstrap.PYTHON = bootstrap.VENV / 'bin' / 'python'\n"
        "bootstrap.STAMP = bootstrap.VENV / 'stamp'\n"
        "importlib.util.find_spec = lambda name: None"
    )
    assert refused.returncode == 1
    assert refused.stderr.startswith("rollcall setup: this Python has no venv module")
    assert refused.stderr.count("\n") == 1


@pytest.fixture
def stamped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A finished setup; the list gets the locks that are installed after all."""
    for name in ("app.txt", "dev.txt", "bench.txt"):
        (tmp_path / name).write_text(name)
    python = tmp_path / "python"
    python.touch()
    installed: list[str] = []
    monkeypatch.setattr(bootstrap, "LOCKS", tmp_path)
    monkeypatch.setattr(bootstrap, "PYTHON", python)
    monkeypatch.setattr(bootstrap, "STAMP", tmp_path / "stamp")
    monkeypatch.setattr(bootstrap, "_make_venv", lambda: None)
    monkeypatch.setattr(bootstrap, "_run", lambda command: 0)
    monkeypatch.setattr(bootstrap, "_install", lambda lock: installed.append(lock.name))
    return installed


def test_a_second_setup_does_nothing(stamped: list[str]) -> None:
    bootstrap.set_up("app")
    bootstrap.set_up("app")
    assert stamped == ["app.txt"]


def test_who_has_the_tools_needs_no_other_setup_to_run(stamped: list[str]) -> None:
    bootstrap.set_up("dev")
    bootstrap.set_up("app")
    bootstrap.set_up("dev")
    assert stamped == ["dev.txt"]


def test_who_measures_keeps_what_that_takes(stamped: list[str]) -> None:
    for kind in ("app", "bench", "dev", "app", "bench"):
        bootstrap.set_up(kind)
    assert stamped == ["app.txt", "bench.txt"]


def test_a_changed_lock_is_installed_and_the_tools_are_kept(
    stamped: list[str], tmp_path: Path
) -> None:
    bootstrap.set_up("dev")
    for name in ("app.txt", "dev.txt"):
        (tmp_path / name).write_text("changed")
    bootstrap.set_up("app")
    assert stamped == ["dev.txt", "dev.txt"]


def test_another_python_or_a_moved_checkout_is_set_up_anew(
    stamped: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bootstrap.set_up("app")
    monkeypatch.setattr(sys, "version", "3.12.99")
    bootstrap.set_up("app")
    monkeypatch.setattr(bootstrap, "ROOT", tmp_path)
    (tmp_path / "pyproject.toml").touch()
    bootstrap.set_up("app")
    assert stamped == ["app.txt"] * 3


@pytest.mark.parametrize("name", ["app.txt", "dev.txt", "bench.txt", "uv.txt"])
def test_a_lock_pins_by_hash_and_names_no_host(name: str) -> None:
    lock = (LOCKS / name).read_text()
    assert "://" not in lock
    assert "--index" not in lock
    for package in re.split(r"\n(?=\S)", lock.strip()):
        assert PIN.match(package), package
        assert "--hash=sha256:" in package


def test_the_lock_with_the_tools_holds_everything_the_other_does() -> None:
    app = set(PIN.findall((LOCKS / "app.txt").read_text()))
    dev = set(PIN.findall((LOCKS / "dev.txt").read_text()))
    assert len(app) > 30
    assert app < dev


@pytest.mark.slow
def test_a_fresh_checkout_becomes_runnable_with_byte_code_and_again_in_a_moment(
    tmp_path: Path,
) -> None:
    fresh = tmp_path / "a checkout"
    fresh.mkdir()
    for name in ("infra", "locks", "services", "shared"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(CHECKOUT / name, fresh / name, ignore=ignored)
    for name in ("Makefile", "README.md", "pyproject.toml"):
        shutil.copy(CHECKOUT / name, fresh)
    # Some machines forbid byte-code, which would make every later import slow.
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    # these tests may have been started by make themselves
    for name in ("VIRTUAL_ENV", "MAKEFLAGS", "MAKELEVEL", "MFLAGS"):
        environment.pop(name, None)
    base = Path(sys.base_prefix) / "bin" / "python3"

    def make(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["make", *words, f"PYTHON={base}"],
            cwd=fresh,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    first = make("app")
    assert first.returncode == 0, first.stderr
    assert "Ready in" in first.stdout
    rollcall = fresh / ".venv" / "bin" / "rollcall"
    shown = subprocess.run(
        [rollcall, "doctor", "--json"],
        env={**environment, "ROLLCALL_DATA_DIR": str(tmp_path / "none")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert '"name": "packages"' in shown.stdout
    assert shown.returncode == 0, shown.stdout
    compiled = list(fresh.glob(".venv/lib/python*/site-packages/fastapi/__pycache__/*"))
    assert len(compiled) > 10
    assert list(fresh.glob("infra/__pycache__/*.pyc"))
    assert make("app").stdout == ""
