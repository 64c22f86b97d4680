"""Which installation a command is about: the environment's, or the box running here."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from infra.cli.output import CommandFailed

if TYPE_CHECKING:
    from pathlib import Path

    from shared.settings import Settings

NONE: Mapping[str, str] = {}


def data_dir() -> Path:
    from pathlib import Path

    return Path(os.environ.get("ROLLCALL_DATA_DIR") or ".rollcall").resolve()


def current_settings(options: Mapping[str, str] = NONE) -> Settings:
    """What the environment says, completed by the box that runs on the data directory,
    and overruled by the variables that a command's `options` stand for.

    Raises CommandFailed when neither names the database and Valkey.
    """
    from shared.settings import Settings
    from shared.variables import SettingMissing

    try:
        return Settings.from_environment({**_box_environment(), **_given(), **options})
    except SettingMissing as fault:
        raise CommandFailed(
            f"{fault}, and Rollcall does not run on {data_dir()} "
            "(start it with `rollcall up`)"
        ) from None
    except ValueError as fault:
        raise CommandFailed(f"a setting is not valid: {fault}") from None


def settings_if_any() -> Settings | None:
    """As current_settings, None when there is no installation to speak of."""
    from shared.settings import Settings
    from shared.variables import SettingMissing

    try:
        return Settings.from_environment({**_box_environment(), **_given()})
    except SettingMissing:
        return None


def offline_settings() -> Settings:
    """As current_settings, for commands that need neither database nor Valkey."""
    from infra.onebox.box import UNKNOWN_SERVERS
    from shared.settings import Settings

    known = {**UNKNOWN_SERVERS, **_box_environment(), **_given()}
    return Settings.from_environment(known)


def _given() -> dict[str, str]:
    return {name: word for name, word in os.environ.items() if word}


def _box_environment() -> dict[str, str]:
    from infra.onebox.directory import DataDirectory

    box = DataDirectory(data_dir()).running()
    return box.environment if box else {}
