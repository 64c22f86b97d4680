"""A posting as one value: its state, what the feed says of it, and its row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import RowMapping

from services.postings.postings.lifecycle import WITH_REASON, Status
from services.postings.postings.schemas import CONTENT_FIELDS
from services.postings.postings.views import OwnPosting, PostingView
from shared.term_rules import Interval
from shared.values import instant_text

STORED = tuple(name for name in CONTENT_FIELDS if name != "shifts")
PUBLISHED = tuple(name for name in CONTENT_FIELDS if name != "description")


@dataclass(frozen=True, slots=True)
class Imported:
    """Where an imported posting comes from, and the digest of the row it was."""

    system: str
    id: str
    digest: bytes


@dataclass(frozen=True, slots=True)
class Posting:
    """`content` is a JSON document of CONTENT_FIELDS, every shift with its id."""

    id: UUID
    version: int
    organisation: UUID
    status: Status
    content: Mapping[str, Any]
    created_at: datetime
    updated_at: datetime
    reason: str | None = None
    opened_at: datetime | None = None
    imported: Imported | None = None

    def state(self) -> dict[str, Any]:
        """What events carry: everything but the description, reason and source."""
        return self._envelope() | {name: self.content[name] for name in PUBLISHED}

    def view(self) -> PostingView:
        """What everybody gets of an open posting."""
        return PostingView.model_validate(self._envelope() | dict(self.content))

    def own_view(self) -> OwnPosting:
        """What its organisation and operators get."""
        source = self.imported
        return OwnPosting.model_validate(
            self._envelope()
            | dict(self.content)
            | {
                "reason": self.reason,
                "source": source and {"system": source.system, "id": source.id},
                "created_at": self.created_at,
                "updated_at": self.updated_at,
            }
        )

    def columns(self) -> dict[str, Any]:
        """The row in `posting.posting`, generated columns left out."""
        source = self.imported
        stored = {name: self.content[name] for name in STORED}
        starts_on, expires_at = stored["starts_on"], stored["expires_at"]
        return stored | {
            "id": self.id,
            "version": self.version,
            "organisation": self.organisation,
            "status": self.status.value,
            "reason": self.reason,
            "starts_on": date.fromisoformat(starts_on) if starts_on else None,
            "expires_at": datetime.fromisoformat(expires_at) if expires_at else None,
            "opened_at": self.opened_at,
            "created_at": self.created_at,
            "updated_at": self.updated_at,
            "begins_at": self._begins_at(),
            "source_system": source and source.system,
            "source_id": source and source.id,
            "source_digest": source and source.digest,
        }

    def shift_rows(self) -> list[dict[str, Any]]:
        return [
            {
                "id": UUID(shift["id"]),
                "posting_id": self.id,
                "organisation": self.organisation,
                "starts_at": datetime.fromisoformat(shift["start"]),
                "ends_at": datetime.fromisoformat(shift["end"]),
                "headcount": shift["headcount"],
            }
            for shift in self.content["shifts"]
        ]

    def shift_intervals(self) -> frozenset[Interval]:
        rows = self.shift_rows()
        return frozenset((row["starts_at"], row["ends_at"]) for row in rows)

    def moved(self, status: Status, reason: str | None, moment: datetime) -> Posting:
        """The next version, in another state; it keeps when it first opened."""
        opened_at = self.opened_at
        if status is Status.OPEN and opened_at is None:
            opened_at = moment
        return replace(
            self,
            version=self.version + 1,
            status=status,
            reason=reason if status in WITH_REASON else None,
            opened_at=opened_at,
            updated_at=moment,
        )

    def _envelope(self) -> dict[str, Any]:
        return {
            "id": str(self.id),
            "version": self.version,
            "organisation": str(self.organisation),
            "status": self.status.value,
            "opened_at": instant_text(self.opened_at),
        }

    def _begins_at(self) -> datetime | None:
        if self.content["shifts"]:
            return datetime.fromisoformat(self.content["shifts"][0]["start"])
        if self.content["starts_on"]:
            day = date.fromisoformat(self.content["starts_on"])
            zone = ZoneInfo(self.content["zone"])
            return datetime.combine(day, time(), zone).astimezone(UTC)
        return None


def from_row(row: RowMapping) -> Posting:
    """The posting of a row of `queries.POSTINGS`."""
    content = {name: row[name] for name in STORED} | {"shifts": row["shifts"]}
    content["starts_on"] = row["starts_on"] and row["starts_on"].isoformat()
    content["expires_at"] = instant_text(row["expires_at"])
    imported = None
    if row["source_system"] is not None:
        imported = Imported(
            row["source_system"], row["source_id"], row["source_digest"]
        )
    return Posting(
        id=row["id"],
        version=row["version"],
        organisation=row["organisation"],
        status=Status(row["current_status"]),
        content=content,
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        reason=row["reason"],
        opened_at=row["opened_at"],
        imported=imported,
    )
