"""Who a worker is and where exactly they live: sealed, apart from the open sections.

The table keeps of a place what is published, the centre of its 0.01° cell; the exact
point and the label are in the sealed document beside name and contact.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import orjson
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy.ext.asyncio import AsyncSession

from services.profiles.models import Row
from services.profiles.vault.envelope import seal_with
from services.profiles.vault.sealing import (
    Sealed,
    keyed_hash,
    keys_to_seal_with,
    open_many,
)
from shared.values import cell_centre

PURPOSE = "worker profile"
NAMES = ("display_name", "email", "phone")
OF_A_PLACE = ("lat", "lon", "label")
PRIVATE = frozenset(NAMES) | {"places"}
"""The fields of a profile that are sealed, places in part."""


def open_places(places: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The places as the table keeps them."""
    return [
        {
            "lat": cell_centre(place["lat"]),
            "lon": cell_centre(place["lon"]),
            "radius_km": place["radius_km"],
            "available_from": place["available_from"],
            "available_until": place["available_until"],
        }
        for place in places
    ]


def sealed_with(key: AESGCM, profile: Mapping[str, Any]) -> bytes:
    """The sealed document of a whole profile, which names its `id`."""
    document = {name: profile[name] for name in NAMES} | {
        "places": [
            {name: place[name] for name in OF_A_PLACE} for place in profile["places"]
        ]
    }
    return seal_with(key, profile["id"], PURPOSE, orjson.dumps(document))


async def stored_rows(
    session: AsyncSession, profiles: Sequence[Mapping[str, Any]]
) -> list[Row]:
    """Whole profiles as rows of the table, in their order."""
    keys = await keys_to_seal_with(session, (profile["id"] for profile in profiles))
    return [
        {name: value for name, value in profile.items() if name not in NAMES}
        | {
            "sealed": sealed_with(keys[profile["id"]], profile),
            "places": open_places(profile["places"]),
        }
        for profile in profiles
    ]


async def opened_rows(session: AsyncSession, rows: Sequence[Row]) -> list[Row]:
    """Rows of the table as whole profiles; of one that is removed, names are None."""
    sealed = [Sealed(row["id"], row["sealed"]) for row in rows if row["sealed"]]
    documents = await open_many(session, PURPOSE, sealed) if sealed else {}
    return [_whole(row, documents) for row in rows]


def whole(row: Row, profile: Mapping[str, Any]) -> Row:
    """A row as it was just written, with what of it was sealed from `profile`."""
    private = {name: profile[name] for name in PRIVATE}
    return {name: value for name, value in row.items() if name != "sealed"} | private


def _whole(row: Row, documents: Mapping[UUID, bytes]) -> Row:
    content = documents.get(row["id"])
    document: Row = orjson.loads(content) if content else dict.fromkeys(NAMES)
    exact = document.pop("places", [])
    places = [
        place | of_it
        for place, of_it in zip(row["places"], exact, strict=bool(content))
    ]
    opened = {name: value for name, value in row.items() if name != "sealed"}
    return opened | document | {"places": places}


def erased_source(session: AsyncSession, system: str, number: str) -> str:
    """What stands for a removed worker's id in another system: found, not told."""
    digest = keyed_hash(session, "worker source", f"{system}:{number}")
    return f"erased:{digest.hex()}"
