"""What postings holds of persons."""

from __future__ import annotations

from services.postings.models import erased_person
from shared.persons.erasing import Erasing
from shared.persons.registry import (
    ERASED_PERSONS,
    PersonRegistry,
    PersonTable,
    common_tables,
)

PERSONS = PersonRegistry(
    "postings",
    (
        PersonTable(
            table="outbox",
            what="what was published of the person's candidacies, kept a week",
            rows=(
                "SELECT type, entity_version, occurred_at, data FROM postings.outbox"
                " WHERE data ->> 'worker' = :person ORDER BY id"
            ),
            kept="holds ids and a status, which lead to nobody any more",
        ),
        PersonTable(
            table="booking_worker",
            what="what the rules of bookings look at: zone, certificates, last day of a"
            " right to work and, of a minor, the day on which they come of age",
            rows=(
                "SELECT version, zone, minor_until, right_to_work, certificates"
                " FROM postings.booking_worker"
                " WHERE worker = CAST(:person AS uuid) AND NOT removed"
            ),
            # the projection of profiles' feed empties it in the same transaction
        ),
        *common_tables("postings"),
        ERASED_PERSONS,
    ),
    {
        "posting": "an organisation's advert",
        "shift": "an advert's",
    },
)


def erasing() -> Erasing:
    return Erasing(PERSONS, erased_person)
