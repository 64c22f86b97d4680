"""Compiled code is renewed when any source of the engine changes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import services.matching.engine as engine
from services.matching.engine.native import sources_stamp
from services.matching.engine.warm import warm_up

ENGINE = Path(engine.__file__).parent


def test_the_stamp_changes_with_any_source(tmp_path: Path) -> None:
    (tmp_path / "one.py").write_text("a = 1\n")
    (tmp_path / "two.py").write_text("b = 1\n")
    before = sources_stamp(tmp_path)
    assert before == sources_stamp(tmp_path)
    (tmp_path / "two.py").write_text("b = 2\n")
    assert before != sources_stamp(tmp_path)


def test_warm_up_compiles_both_directions() -> None:
    warm_up()


def test_the_engine_imports_no_web_database_or_queue_library() -> None:
    """Told by a fresh interpreter, so that this one's modules do not hide it."""
    code = (
        "import sys; import services.matching.engine.warm; "
        "print(*{name.split('.')[0] for name in sys.modules})"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"PYTHONPATH": str(ENGINE.parents[2])},
    )
    loaded = set(answer.stdout.split())
    unwanted = {"fastapi", "starlette", "sqlalchemy", "asyncpg", "redis", "arq"}
    assert loaded & (unwanted | {"pydantic", "shared"}) == set()
    assert {"numpy", "numba"} <= loaded
