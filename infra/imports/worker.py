"""People from elsewhere: rows of a table by a mapping, or documents of the API's shape.

An import confirms nothing: unless the source says when somebody last confirmed their
hours, these count as never confirmed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from infra.imports.advert import RawPlace
from infra.imports.draft import Draft
from infra.imports.lexicon import Lexicon
from infra.imports.mapping import TableMapping
from infra.imports.places import KnownPlace, named_place, resolve
from infra.imports.table import Row, split
from infra.imports.words import (
    Unreadable,
    read_day,
    read_flag,
    read_kind,
    read_market,
    read_moment,
    read_number,
    read_pay_unit,
    read_weekly,
    read_whole,
)
from shared.money import NotMoney, read_amount, to_minor_units

T = TypeVar("T")
USUAL_RADIUS_KM = 25.0


def drafts_of_rows(
    rows: Iterable[Row], mapping: TableMapping, lexicon: Lexicon
) -> Iterator[Draft]:
    default = mapping.defaults.get("place")
    place = named_place(default) if default else None
    for row in rows:
        yield _Drafting(row, mapping, lexicon, place).result()


def drafts_of_documents(content: bytes, system: str | None) -> Iterator[Draft]:
    """A JSON list, an object with `workers`, or a line each.

    A document without `source` has its `id` for one, in `system`.
    """
    for number, document, problem in _documents(content):
        row = str(number)
        if problem or not isinstance(document, dict):
            draft = Draft(row, "")
            draft.add_fault("", problem or "is not an object")
            yield draft
            continue
        document = dict(document)
        own_id = document.pop("id", None)
        source = document.get("source")
        if source is None and system and own_id is not None:
            source = document["source"] = {"system": system, "id": str(own_id)}
        draft = Draft(row, str(source.get("id")) if isinstance(source, dict) else "")
        if draft.id:
            draft.documents.append(document)
        else:
            draft.add_fault("source", "is missing: a repeated import would double it")
        yield draft


class _Drafting:
    """Reads field after field; every fault is kept, so that a row tells all of them."""

    def __init__(
        self,
        row: Row,
        mapping: TableMapping,
        lexicon: Lexicon,
        place: KnownPlace | None,
    ) -> None:
        names = {name: columns[0] for name, columns in mapping.columns.items()}
        names["place"] = names.get("place.locality", "place")
        self.text = row.texts.get
        self.mapping = mapping
        self.lexicon = lexicon
        self.place = place
        self.draft = Draft(
            str(row.number), row.texts.get("id", ""), names, faults=list(row.faults)
        )

    def result(self) -> Draft:
        if self.draft.faults:
            return self.draft  # the row could not be read at all
        if not self.draft.id:
            self.draft.add_fault("id", "is missing")
        if not self.text("name"):
            self.draft.add_fault("name", "is missing")
        place = self._try("place", self._resolve)
        zone = place.zone if place else "UTC"
        radius = self._read("radius_km", read_number) or USUAL_RADIUS_KM
        document: dict[str, Any] = {
            "source": {"system": self.mapping.system, "id": self.draft.id},
            "display_name": self.text("name"),
            "email": self.text("email"),
            "phone": self.text("phone"),
            "markets": self._each("markets", read_market),
            "kinds": self._each("kinds", read_kind),
            "skills": self._skills(),
            "certificates": self._certificates(),
            "languages": self._each("languages", _language),
            "places": [
                {"lat": place.lat, "lon": place.lon, "radius_km": radius}
                | {"label": place.label}
            ]
            if place
            else [],
            "zone": zone,
            "accepts_remote": self._read("remote", read_flag) or False,
            "accepts_lodging": self._read("lodging", read_flag) or False,
            "weekly": self._read("hours", read_weekly) or [],
            "pay_floors": self._floors(),
            "confirmed_at": self._instant("confirmed_at", zone),
            "last_active_at": self._instant("last_active_at", zone),
        }
        for needed in ("markets", "kinds"):
            if not document[needed]:
                self.draft.add_fault(needed, "none is named")
        if not self.draft.faults:
            said = {k: v for k, v in document.items() if v is not None and v != []}
            self.draft.documents.append(said)
        return self.draft

    def _resolve(self) -> KnownPlace:
        raw = RawPlace(
            locality=self.text("place.locality"),
            region=self.text("place.region"),
            country=self.text("place.country"),
            lat=self.text("place.lat"),
            lon=self.text("place.lon"),
        )
        return resolve(raw, self.place)

    def _skills(self) -> list[dict[str, Any]]:
        """ "forklift driving:4" names a level; without one it is the middle one."""
        claims: dict[str, dict[str, Any]] = {}
        for told in split(self.text("skills"), self.mapping):
            name, level = _with_level(told)
            skill = self.lexicon.skill(name)
            if skill is None:
                self._leave_out("skills", name, "is no skill of the taxonomy")
                continue
            known = self._try("skills", partial(read_whole, level or "3"))
            claims.setdefault(skill, {"skill": skill, "level": known})
        return list(claims.values())

    def _certificates(self) -> list[dict[str, Any]]:
        """ "forklift licence:2027-05-01" names the last day on which it is valid."""
        held: dict[str, dict[str, Any]] = {}
        for told in split(self.text("certificates"), self.mapping):
            name, day = _with_level(told)
            certificate = self.lexicon.certificate(name)
            if certificate is None:
                self._leave_out("certificates", name, "is no certificate here")
                continue
            expires = self._try("certificates", partial(self._day, day))
            held.setdefault(
                certificate, {"certificate": certificate, "expires_on": expires}
            )
        return list(held.values())

    def _floors(self) -> list[dict[str, Any]]:
        amount, currency = self.text("pay.amount"), self.text("pay.currency")
        if not amount:
            return []
        unit = self._read("pay.unit", read_pay_unit)
        if unit is None or not currency:
            self.draft.add_fault("pay", "an amount needs its unit and currency")
            return []
        code = currency.strip().upper()
        minor = self._try(
            "pay.amount",
            lambda: to_minor_units(read_amount(amount), code, self.mapping.rounding),
        )
        return [{"unit": unit, "amount": minor, "currency": code}]

    @property
    def _dates(self) -> tuple[str, ...]:
        return self.mapping.date_formats

    def _day(self, text: str | None) -> str | None:
        return read_day(text, self._dates).isoformat() if text else None

    def _instant(self, name: str, zone: str) -> str | None:
        def read(text: str) -> str:
            moment = read_moment(text, self._dates)
            if moment.tzinfo is None:
                moment = moment.replace(tzinfo=ZoneInfo(zone))
            if moment > datetime.now(UTC):
                raise Unreadable(f"{text!r} lies in the future")
            return moment.isoformat()

        return self._read(name, read)

    def _each(self, name: str, read: Callable[[str], T]) -> list[T]:
        values = [
            self._try(name, partial(read, told))
            for told in split(self.text(name), self.mapping)
        ]
        return [value for value in values if value is not None]

    def _read(self, name: str, read: Callable[[str], T]) -> T | None:
        text = self.text(name)
        return self._try(name, lambda: read(text)) if text else None

    def _try(self, name: str, read: Callable[[], T]) -> T | None:
        try:
            return read()
        except (Unreadable, NotMoney) as reason:
            self.draft.add_fault(name, str(reason))
            return None

    def _leave_out(self, name: str, word: str, reason: str) -> None:
        self.draft.leave_out(name, f"{word!r} {reason}")


def _language(text: str) -> dict[str, Any]:
    """ "en:5", or "en" for somebody who gets by (B1)."""
    code, level = _with_level(text)
    if not re.fullmatch("[A-Za-z]{2}", code):
        raise Unreadable(f"{code!r} is not an ISO 639-1 code such as 'en'")
    return {"language": code.casefold(), "level": read_whole(level or "3")}


def _with_level(told: str) -> tuple[str, str | None]:
    name, colon, level = told.partition(":")
    return name.strip(), level.strip() if colon else None


def _documents(content: bytes) -> Iterator[tuple[int, Any, str | None]]:
    text = content.decode("utf-8-sig", errors="replace")
    try:
        whole = json.loads(text)
    except ValueError:
        for number, line in enumerate(text.splitlines(), 1):
            if line.strip():
                try:
                    yield number, json.loads(line), None
                except ValueError as error:
                    yield number, None, f"is not JSON: {error}"
        return
    items = whole.get("workers", [whole]) if isinstance(whole, dict) else whole
    for number, item in enumerate(items if isinstance(items, list) else [items], 1):
        yield number, item, None
