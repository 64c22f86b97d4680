"""Signing keys take turns: published, signing, honoured, gone."""

from __future__ import annotations

import stat
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from shared import tokens
from shared.identity import Caller, Role
from shared.problems import NotSignedIn
from shared.settings import Settings
from shared.signing_keys import (
    HONOURED_AFTER,
    PUBLISHED_AHEAD,
    held_keys,
    public_keys,
    rotate,
    signer_of,
)
from shared.tokens import Signer, TokenCheck, signing_key
from shared.values import new_id

MINUTE = timedelta(minutes=1)
CALLER = Caller(new_id(), Role.WORKER)


@pytest.fixture
def own_settings(tmp_path: Path) -> Settings:
    return Settings.from_environment(
        {
            "ROLLCALL_DATABASE_URL": "postgresql://localhost/none",
            "ROLLCALL_REDIS_URL": "redis://localhost",
            "ROLLCALL_DATA_DIR": str(tmp_path),
        }
    )


def test_a_new_key_is_published_before_it_signs(own_settings: Settings) -> None:
    first = held_keys(own_settings)[0]
    second = rotate(own_settings)
    assert set(public_keys(own_settings)) == {first.kid, second.kid}
    held = held_keys(own_settings)
    assert signer_of(held).kid == first.kid
    assert signer_of(held, second.signs_from).kid == second.kid
    assert second.signs_from - time.time() <= PUBLISHED_AHEAD.total_seconds()


def test_an_old_key_is_honoured_until_what_it_signed_has_expired(
    own_settings: Settings,
) -> None:
    first = held_keys(own_settings)[0]
    second = rotate(own_settings)
    end = second.signs_from + HONOURED_AFTER.total_seconds()
    assert [key.kid for key in held_keys(own_settings, end - 1)] == [
        first.kid,
        second.kid,
    ]
    assert [key.kid for key in held_keys(own_settings, end + 1)] == [second.kid]


def test_a_running_check_learns_a_new_key_without_a_restart(
    own_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokens, "REREAD_SECONDS", 0)
    check, signer = TokenCheck(own_settings), Signer(own_settings)
    old = signer.mint(CALLER, MINUTE)
    assert check.caller(old).subject == CALLER.subject
    second = rotate(own_settings)
    monkeypatch.setattr(time, "time", lambda: second.signs_from + 1.0)
    assert signing_key(own_settings).kid == second.kid
    new = signer.mint(CALLER, MINUTE)
    assert check.caller(new).subject == CALLER.subject
    assert check.caller(old).subject == CALLER.subject


def test_made_up_key_ids_do_not_make_the_files_be_read_again_and_again(
    own_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    check = TokenCheck(own_settings)
    check._read_at = time.monotonic() - 10
    reads = []

    def read(settings: Settings) -> dict[str, object]:
        reads.append(settings)
        return {}

    monkeypatch.setattr(tokens, "public_keys", read)
    other = tokens.TokenKey(Ed25519PrivateKey.generate())
    for _ in range(50):
        with pytest.raises(NotSignedIn):
            check.caller(other.mint(own_settings, CALLER, MINUTE))
    assert len(reads) == 1


def test_after_a_leak_the_old_keys_are_gone_at_once(
    own_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    check = TokenCheck(own_settings)
    old = signing_key(own_settings).mint(own_settings, CALLER, MINUTE)
    assert check.caller(old) == replace(CALLER, scopes=CALLER.allowed)
    rotated = rotate(own_settings, timedelta(0))
    assert not own_settings.token_key_file.exists()
    assert [key.kid for key in held_keys(own_settings)] == [rotated.kid]
    monkeypatch.setattr(tokens, "STALE_SECONDS", 0)
    with pytest.raises(NotSignedIn):
        check.caller(old)
    new = signing_key(own_settings).mint(own_settings, CALLER, MINUTE)
    assert TokenCheck(own_settings).caller(new).subject == CALLER.subject


def test_keys_that_are_long_over_are_deleted_by_the_next_rotation(
    own_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = held_keys(own_settings)[0]
    second = rotate(own_settings)
    later = second.signs_from + HONOURED_AFTER.total_seconds() + 60
    monkeypatch.setattr(time, "time", lambda: later)
    rotate(own_settings)
    assert not first.path.exists()
    assert second.path.exists()


def test_a_new_key_file_is_private(own_settings: Settings) -> None:
    assert stat.S_IMODE(rotate(own_settings).path.stat().st_mode) == 0o600


def test_a_damaged_key_file_leaves_a_running_check_what_it_holds(
    own_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    check = TokenCheck(own_settings)
    token = signing_key(own_settings).mint(own_settings, CALLER, MINUTE)
    own_settings.token_key_file.write_text("half a fi")
    monkeypatch.setattr(tokens, "STALE_SECONDS", 0)
    assert check.caller(token).subject == CALLER.subject
