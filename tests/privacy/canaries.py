"""Strings planted in every field that says something of a person.

The fields come from the service's own schema: a new field of text or of coordinates is
planted too, or, if it takes only words of a vocabulary, has to be named in `OPEN`.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from pydantic import BaseModel

from services.profiles.work_papers.ages import ADULT, birthday
from shared.values import now

Document = dict[str, Any]

OPEN = {
    "markets": "words of a list",
    "kinds": "words of a list",
    "skills/skill": "a concept of the taxonomy",
    "certificates/certificate": "a concept of the taxonomy",
    "certificates/expires_on": "a day",
    "languages/language": "a code",
    "pay_floors/unit": "words of a list",
    "pay_floors/currency": "a code",
    "zone": "one of the world's time zones",
    "weekly/start": "a time of the day",
    "weekly/end": "a time of the day",
    "exceptions/start": "a moment",
    "exceptions/end": "a moment",
    "places/available_from": "a day",
    "places/available_until": "a day",
    "blocked_organisations": "an organisation's id",
    "confirmed_at": "a moment",
    "last_active_at": "a moment",
    "source/system": "the name of a system",
    "right_to_work/country": "a code",
    "right_to_work/basis": "words of a list",
    "right_to_work/expires_on": "a day",
}
"""Text that is not free, by its path in a profile or in work papers."""


def free_texts(body: type[BaseModel]) -> set[str]:
    """The paths of all free text of a body, from its JSON schema."""
    schema = body.model_json_schema()
    return set(_texts(schema, schema, "")) - OPEN.keys()


def _texts(
    schema: Mapping[str, Any], part: Mapping[str, Any], at: str
) -> Iterator[str]:
    if "$ref" in part:
        part = schema["$defs"][part["$ref"].rsplit("/", 1)[1]]
    for one in part.get("anyOf", ()):
        yield from _texts(schema, one, at)
    for name, field in part.get("properties", {}).items():
        yield from _texts(schema, field, f"{at}/{name}".strip("/"))
    if "items" in part:
        yield from _texts(schema, part["items"], at)
    if part.get("type") == "string":
        yield at


class Canaries:
    """One person's planted values, unique and easy to find."""

    def __init__(self) -> None:
        mark = secrets.token_hex(6)
        digits = str(secrets.randbelow(10**9)).zfill(9)
        self.email = f"canary-{mark}@post.example"
        self.phone = f"+44 7{digits}"
        self.name = f"Canaria {mark}"
        self.label = f"Canary Lodge {mark}"
        self.source = f"canary-source-{mark}"
        self.lat = float(f"51.51{digits[:6]}7")
        self.lon = float(f"0.04{digits[3:]}7")
        self.floor = int("14" + digits[:2])
        # of a minor, of whom the feed says until when they are one
        born = birthday(now().date(), -16) - timedelta(days=int(digits[:2]))
        self.birth_date = born.isoformat()
        self.minor_until = birthday(born, ADULT).isoformat()
        self.evidence = f"canary-evidence-{mark}"

    def planted(self) -> dict[str, str]:
        """Path in a profile → what is there."""
        return {
            "display_name": self.name,
            "email": self.email,
            "phone": self.phone,
            "places/label": self.label,
            "source/id": self.source,
            "places/lat": repr(self.lat),
            "places/lon": repr(self.lon),
        }

    def planted_papers(self) -> dict[str, str]:
        """Path in the work papers → what is there."""
        return {
            "birth_date": self.birth_date,
            "right_to_work/evidence": self.evidence,
        }

    def papers(self) -> Document:
        right = {"country": "GB", "basis": "citizen", "evidence": self.evidence}
        return {"birth_date": self.birth_date, "right_to_work": [right]}

    def profile(self, base: Document) -> Document:
        """`base` with everything planted."""
        place = base["places"][0] | {
            "lat": self.lat,
            "lon": self.lon,
            "label": self.label,
        }
        return base | {
            "display_name": self.name,
            "email": self.email,
            "phone": self.phone,
            "places": [place],
            "source": {"system": "desk", "id": self.source},
        }
