"""From an advert to the postings it stands for, or to the faults that prevent it.

An advert that names several places becomes one posting for each. What a source leaves
open and a person should look at lands held for review, with the reason; what it says
in a way that cannot be understood is a fault. Nothing is made up.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from infra.imports.advert import Advert
from infra.imports.draft import Draft
from infra.imports.lexicon import Lexicon, Occupation
from infra.imports.pay import read_pay
from infra.imports.places import KnownPlace, resolve, zone_of_country
from infra.imports.words import (
    Unreadable,
    read_day,
    read_end,
    read_flag,
    read_kind,
    read_market,
    read_number,
    read_weekly,
    read_whole,
)
from shared.values import Kind, Market

T = TypeVar("T")
LONGEST_TITLE = 200
LONGEST_ID = 160
LONGEST_REASON = 200
LONGEST_DESCRIPTION = 20_000
PASSING = (Kind.TEMPORARY, Kind.SEASONAL)


@dataclass(frozen=True, slots=True)
class Rules:
    """What holds for all rows of one import."""

    system: str
    market: Market | None = None
    kind: Kind | None = None
    place: KnownPlace | None = None
    date_formats: Sequence[str] = ()
    rounding: str | None = None
    publish: bool = True


def draft_postings(advert: Advert, rules: Rules, lexicon: Lexicon) -> Draft:
    draft = Draft(
        row=advert.row,
        id=str(advert.id or "").strip(),
        names=advert.names,
        faults=list(advert.faults),
    )
    if not draft.id and draft.faults:
        return draft  # the row could not be read at all
    return _Drafting(advert, rules, lexicon, draft).result()


class _Drafting:
    """Reads field after field; every fault is kept, so that a row tells all of them."""

    def __init__(
        self, advert: Advert, rules: Rules, lexicon: Lexicon, draft: Draft
    ) -> None:
        self.advert = advert
        self.rules = rules
        self.lexicon = lexicon
        self.draft = draft

    def result(self) -> Draft:
        self._check_source_id()
        title = self._title()
        occupation = self._occupation(title)
        kind = self._kind()
        shared: dict[str, Any] = {
            "title": title,
            "description": self._description(),
            "kind": kind,
            "market": self._market(kind, occupation),
            "occupation": occupation.id if occupation else None,
            "required_skills": self._skills(occupation),
            "certificates": self._certificates(),
            "pay": read_pay(self.advert.pay, self.draft, self.rules.rounding),
            "weekly": self._weekly(),
            "headcount": self._read("headcount", read_whole) or 1,
            "radius_km": self._read("radius_km", read_number),
            "publish": self.rules.publish,
        }
        starts_on = self._read("starts_on", lambda raw: read_day(str(raw), self._dates))
        remote = bool(self._read("remote", lambda raw: read_flag(_flag(raw))))
        places = self._places(remote)
        if self.draft.faults:
            return self.draft
        if self.draft.held:
            shared["hold"] = "; ".join(self.draft.held)[:LONGEST_REASON]
        suffixes = _suffixes(places)
        for place, suffix in zip(places, suffixes, strict=True):
            zone = place.zone if place else self._zone_of_applicants()
            document = shared | {
                "source": {
                    "system": self.rules.system,
                    "id": f"{self.draft.id}{suffix}",
                },
                "place": _place_document(place),
                "remote": remote,
                "zone": zone,
                "starts_on": starts_on.isoformat() if starts_on and zone else None,
                "expires_at": self._expiry(zone),
            }
            if not zone:
                document["weekly"] = []
            self.draft.documents.append(
                {k: v for k, v in document.items() if v not in (None, [])}
            )
        if self.draft.faults:
            self.draft.documents.clear()
        return self.draft

    @property
    def _dates(self) -> Sequence[str]:
        return self.rules.date_formats

    def _check_source_id(self) -> None:
        if not self.draft.id:
            self.draft.add_fault(
                "id", "is missing: a repeated import could not find the row"
            )
        elif len(self.draft.id) > LONGEST_ID:
            self.draft.add_fault("id", f"is longer than {LONGEST_ID} characters")

    def _title(self) -> str:
        title = " ".join(str(self.advert.title or "").split())
        if not title:
            self.draft.add_fault("title", "is missing")
        elif len(title) > LONGEST_TITLE:
            self.draft.add_fault("title", f"is longer than {LONGEST_TITLE} characters")
        return title

    def _description(self) -> str | None:
        """The text; a board's postings also say who hires."""
        parts = [self.advert.description]
        if self.advert.employer:
            parts.append(f"Employer: {self.advert.employer}")
        return "\n\n".join(filter(None, parts))[:LONGEST_DESCRIPTION] or None

    def _occupation(self, title: str) -> Occupation | None:
        for told in (*self.advert.occupations, title):
            if found := self.lexicon.occupation(told):
                return found
        if title:
            self.draft.held.append(
                f"the title {title!r} is not recognised as an occupation"
            )
        return None

    def _kind(self) -> Kind | None:
        told: list[Kind] = []
        for word in self.advert.kinds:
            try:
                if (kind := read_kind(word)) is not None:
                    told.append(kind)
            except Unreadable as reason:
                self.draft.add_fault("kind", str(reason))
        if told:
            return told[0]
        if self.rules.kind is None and not self.draft.faults:
            self.draft.held.append(
                "the kind of employment is not said; full time is assumed"
            )
        return self.rules.kind or Kind.FULL_TIME

    def _market(self, kind: Kind | None, occupation: Occupation | None) -> Market:
        if told := self._read("market", lambda raw: read_market(str(raw))):
            return told
        if self.rules.market:
            return self.rules.market
        if kind in PASSING and (
            occupation is None or Market.TEMPORARY in occupation.markets
        ):
            return Market.TEMPORARY
        lasting = occupation.markets if occupation else ()
        return next((m for m in lasting if m is not Market.TEMPORARY), Market.LABOR)

    def _skills(self, occupation: Occupation | None) -> list[dict[str, Any]]:
        """Those the source names; else those without which nobody does this work."""
        named: dict[str, None] = {}
        for word in self.advert.skills:
            if skill := self.lexicon.skill(word):
                named[skill] = None
            else:
                self.draft.leave_out("skills", f"{word!r} is no skill of the taxonomy")
        if not named and occupation:
            named = dict.fromkeys(occupation.essential)
        return [{"skill": skill, "level": 1} for skill in named]

    def _certificates(self) -> list[str]:
        named: dict[str, None] = {}
        for word in self.advert.certificates:
            if certificate := self.lexicon.certificate(word):
                named[certificate] = None
        return list(named)

    def _weekly(self) -> list[dict[str, Any]]:
        """Prose about hours stays in the description alone."""
        try:
            return read_weekly(str(self.advert.hours)) if self.advert.hours else []
        except Unreadable:
            return []

    def _places(self, remote: bool) -> list[KnownPlace | None]:
        default = None if remote else self.rules.place
        if not self.advert.places:
            if remote or default:
                return [default]
            self.draft.add_fault(
                "place", "no place is named, and the work is not remote"
            )
            return []
        found: dict[KnownPlace, None] = {}
        for raw in self.advert.places:
            try:
                found[resolve(raw, default)] = None
            except Unreadable as reason:
                if not remote:
                    self.draft.add_fault("place", str(reason))
        return [*found] or [None]

    def _zone_of_applicants(self) -> str | None:
        for name in self.advert.applicants_from:
            if found := zone_of_country(name):
                return found[1]
        return self.rules.place.zone if self.rules.place else None

    def _expiry(self, zone: str | None) -> str | None:
        raw = self.advert.expires_at
        if raw is None:
            return None
        local = ZoneInfo(zone or "UTC")
        end = self._try("expires_at", lambda: read_end(str(raw), local, self._dates))
        return end.isoformat() if end else None

    def _read(self, name: str, read: Callable[[Any], T]) -> T | None:
        raw = getattr(self.advert, name)
        if raw is None or raw == "":
            return None
        return self._try(name, lambda: read(raw))

    def _try(self, name: str, read: Callable[[], T]) -> T | None:
        try:
            return read()
        except Unreadable as reason:
            self.draft.add_fault(name, str(reason))
            return None


def _flag(raw: Any) -> str | bool:
    return raw if isinstance(raw, bool) else str(raw)


def _suffixes(places: Sequence[KnownPlace | None]) -> list[str]:
    """What tells the postings of one advert apart, whatever the order of its places."""
    if len(places) == 1:
        return [""]
    return [f"@{place.lat:.4f},{place.lon:.4f}" if place else "" for place in places]


def _place_document(place: KnownPlace | None) -> dict[str, Any] | None:
    if place is None:
        return None
    return {
        "lat": place.lat,
        "lon": place.lon,
        "country": place.country,
        "label": place.label,
    }
