"""Reading ROLLCALL_ variables: a malformed one is told in one line, never shown.

A secret may be given by file: `ROLLCALL_X_FILE` names a file with the value of
`ROLLCALL_X`, as orchestrators mount secrets, and wins over it.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

PREFIX = "ROLLCALL_"
SECRETS = (
    "DATABASE_URL",
    "APP_DATABASE_URL",
    "SYSTEM_DATABASE_URL",
    "AUDITOR_DATABASE_URL",
    "REDIS_URL",
    "DELIVERY",
    "PHONE_DELIVERY",
    "PHONE_DELIVERY_SECRET",
)
"""Variables that hold secrets, and may be given as ROLLCALL_…_FILE."""

SWITCH = {"on": True, "yes": True, "true": True, "1": True} | {
    "off": False,
    "no": False,
    "false": False,
    "0": False,
}

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
T = TypeVar("T")


class SettingMissing(ValueError):
    """A setting this process cannot do without is not set."""


class SettingMalformed(ValueError):
    """A setting breaks its rule; the message is one line: variable and rule."""


def with_files(environ: Mapping[str, str]) -> dict[str, str]:
    """The variables with the secrets of their files filled in.

    Raises SettingMalformed for a file that cannot be read or is empty.
    """
    filled = dict(environ)
    for name in SECRETS:
        file = environ.get(f"{PREFIX}{name}_FILE")
        if file:
            filled[PREFIX + name] = _content(f"{PREFIX}{name}_FILE", Path(file))
    return filled


def _content(variable: str, path: Path) -> str:
    try:
        content = path.read_text().strip()
    except (OSError, UnicodeDecodeError) as fault:
        reason = getattr(fault, "strerror", None) or "is not text"
        raise SettingMalformed(f"{variable}: {path}: {reason}") from None
    if not content or "\n" in content:
        raise SettingMalformed(f"{variable}: {path} must hold one line, the secret")
    return content


class Variables:
    """The ROLLCALL_ variables of an environment, each read under its rule."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = with_files(environ)

    def text(self, name: str, default: str) -> str:
        return self._environ.get(PREFIX + name) or default

    def required(self, name: str) -> str:
        value = self._environ.get(PREFIX + name)
        if not value:
            raise SettingMissing(f"{PREFIX}{name} is not set")
        return value

    def path(self, name: str) -> Path | None:
        value = self._environ.get(PREFIX + name)
        return Path(value) if value else None

    def number(self, name: str, default: int, least: int, most: int) -> int:
        def bounded(word: str) -> int:
            number = int(word)
            if not least <= number <= most:
                raise ValueError(word)
            return number

        rule = f"must be a whole number from {least} to {most}"
        return self.parsed(name, default, bounded, rule)

    def switch(self, name: str, default: bool) -> bool:
        return self.parsed(
            name, default, lambda word: SWITCH[word.lower()], "must be on or off"
        )

    def choice(self, name: str, default: str, choices: tuple[str, ...]) -> str:
        def known(word: str) -> str:
            return choices[choices.index(word.lower())]

        return self.parsed(name, default, known, f"must be {' or '.join(choices)}")

    def words(self, name: str, one: Callable[[str], T], rule: str) -> tuple[T, ...]:
        """A list, separated by commas or blanks."""

        def each(value: str) -> tuple[T, ...]:
            return tuple(one(word) for word in value.replace(",", " ").split())

        return self.parsed(name, (), each, rule)

    def parsed(self, name: str, default: T, parse: Callable[[str], T], rule: str) -> T:
        value = self._environ.get(PREFIX + name)
        if not value:
            return default
        try:
            return parse(value.strip())
        except (ValueError, KeyError):
            raise SettingMalformed(f"{PREFIX}{name} {rule}") from None

    def database_url(self, name: str, default: str | None = None) -> str:
        value = self.required(name) if default is None else self.text(name, default)
        try:
            url = make_url(value)
        except (ArgumentError, ValueError):
            url = None
        if url is None or url.get_backend_name() not in ("postgresql", "postgres"):
            raise SettingMalformed(
                f"{PREFIX}{name} must be postgresql://login:password@host/database"
            )
        return value

    def redis_url(self) -> str:
        value = self.required("REDIS_URL")
        if not value.startswith(("redis://", "rediss://", "unix://")):
            raise SettingMalformed(
                f"{PREFIX}REDIS_URL must begin with redis://, rediss:// or unix://"
            )
        return value

    def http_url(self, name: str, default: str) -> str:
        def checked(word: str) -> str:
            if not word.startswith(("http://", "https://")):
                raise ValueError(word)
            return word

        return self.parsed(
            name, default, checked, "must begin with http:// or https://"
        )


def origin(word: str) -> str:
    """An origin of a web page (RFC 6454) as browsers send it, or `*`."""
    scheme, separator, host = word.partition("://")
    fine = separator and scheme in ("http", "https") and host and "/" not in host
    if word != "*" and not fine:
        raise ValueError(word)
    return word.lower()
