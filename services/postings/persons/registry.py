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

OWN = "CAST(:person AS uuid)"


def _of_worker(table: str, what: str, columns: str, order: str) -> PersonTable:
    where = f"FROM postings.{table} WHERE worker = {OWN}"
    return PersonTable(
        table=table,
        what=what,
        rows=f"SELECT {columns} {where} ORDER BY {order}",
        erase=f"DELETE {where}",
    )


PERSONS = PersonRegistry(
    "postings",
    (
        _of_worker(
            "candidacy",
            "what the person applied to or was put forward for, and what became of it",
            "id, posting_id, organisation, agency, status, reason, made_at, updated_at",
            "id",
        ),
        _of_worker(
            "representation",
            "which agencies may put the person forward, as far as is known here",
            "id, agency, client, ends_at, ended",
            "id",
        ),
        _of_worker(
            "candidate",
            "which organisations the person does not want to work for",
            "version, blocked_organisations",
            "version",
        ),
        _of_worker(
            "blocked_worker",
            "which organisations do not want to have the person",
            "organisation, blocked_at",
            "blocked_at",
        ),
        PersonTable(
            table="outbox",
            what="what was published of the person's candidacies, and blocklists with"
            " them, kept a week",
            rows=(
                "SELECT type, entity_version, occurred_at,"
                # whom else a list names is not theirs to know
                " CASE WHEN data ? 'workers' THEN data - 'workers' ELSE data END"
                " AS data FROM postings.outbox WHERE data ->> 'worker' = :person"
                " OR data -> 'workers' @> to_jsonb(CAST(:person AS text)) ORDER BY id"
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
        "blocklist": "counts the changes of an organisation's list",
        "shift": "an advert's",
        "ended_posting": "an advert's",
        "mandate": "between two organisations",
    },
)


def erasing() -> Erasing:
    return Erasing(PERSONS, erased_person)
