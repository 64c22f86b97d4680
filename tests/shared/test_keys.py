"""The installation's secret: made once, never readable by others, one key a use."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from shared.keys import InstallationSecret


def test_each_use_has_a_key_of_its_own_that_stays(tmp_path: Path) -> None:
    path = tmp_path / "secret-key"
    first = InstallationSecret.read_or_create(path)
    again = InstallationSecret.read(path)
    assert first.derive("contacts") == again.derive("contacts")
    assert first.derive("contacts") != first.derive("documents")
    assert len(first.derive("contacts")) == 32


def test_only_the_owner_reads_the_file(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "secret-key"
    InstallationSecret.read_or_create(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_when_two_race_both_have_the_same_secret(tmp_path: Path) -> None:
    path = tmp_path / "secret-key"
    with ThreadPoolExecutor(8) as pool:
        made = list(
            pool.map(lambda _: InstallationSecret.read_or_create(path), range(16))
        )
    assert len({secret.derive("x") for secret in made}) == 1


@pytest.mark.parametrize("content", ["", "ab", "not hex", "00" * 31])
def test_a_weak_or_broken_secret_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "secret-key"
    path.write_text(content)
    with pytest.raises(ValueError, match=r"bytes|hex"):
        InstallationSecret.read(path)
