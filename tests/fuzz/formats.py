"""Values for the formats of our documents that no generator knows by itself, and
instants of the years that are taken at all."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import available_timezones

import schemathesis
from hypothesis import strategies as st

from shared.currencies import CURRENCIES

FIRST = datetime(1970, 1, 2)  # noqa: DTZ001 hypothesis adds the zone
LAST = datetime(2200, 12, 30)  # noqa: DTZ001
NEAR = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
NO_PLACES = {"localtime", "posixrules", "Factory"}

_soon = st.integers(1, 24 * 60).map(lambda hours: NEAR + timedelta(hours=hours))
_ever = st.datetimes(FIRST, LAST, timezones=st.just(UTC))
_instants = _soon | _ever.map(lambda at: at.replace(second=0, microsecond=0)) | _ever


def _rfc_3339(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


def register() -> None:
    """Tell Schemathesis; again changes nothing."""
    zones = sorted(available_timezones() - NO_PLACES)
    for name, values in {
        "date-time": _instants.map(_rfc_3339),
        "date": st.dates(date(1900, 1, 1), date(2200, 12, 31)).map(date.isoformat),
        "local-date-time": _instants.map(lambda at: at.strftime("%Y-%m-%dT%H:%M")),
        "iana-time-zone": st.sampled_from(zones),
        "iso-4217": st.sampled_from(sorted(CURRENCIES)),
    }.items():
        schemathesis.openapi.format(name, values)
