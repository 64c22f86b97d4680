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
