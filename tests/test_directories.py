"""What killed tests left in memory is cleared, what others use is not."""

from __future__ import annotations

import os
from pathlib import Path

from tests.directories import PREFIX, YOUNG, _clear_leftovers, _held


def test_only_what_nobody_holds_and_is_not_new_is_cleared(tmp_path: Path) -> None:
    left, used, new, others = (
        tmp_path / name
        for name in (f"{PREFIX}left", f"{PREFIX}used", f"{PREFIX}new", "others")
    )
    for directory in (left, used, new, others):
        directory.mkdir()
        (directory / "file").touch()
    for directory in (left, used, others):
        then = directory.stat().st_mtime - 2 * YOUNG
        os.utime(directory, (then, then))
    with _held(used):
        _clear_leftovers(tmp_path)
    assert not left.exists()
    assert all((each / "file").exists() for each in (used, new, others))
