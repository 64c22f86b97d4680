"""What profiles holds of persons."""

from __future__ import annotations

from services.profiles.accounts.persons import ACCOUNT_TABLES, NOT_WORKERS
from services.profiles.work_papers.queries import PURPOSE as WORK_PAPERS
from services.profiles.workers.sealed import PURPOSE as WORKER_PROFILE
from services.profiles.workers.state import REMOVED
from shared.persons.registry import PersonRegistry, PersonTable, common_tables

IDENTITY_DOCUMENT = "identity document"
"""The purpose for which an identity document's content is sealed."""

OWN = "CAST(:person AS uuid)"


def _of_worker(
    table: str, what: str, columns: str, order: str, **sealed: str
) -> PersonTable:
    """A table whose rows of a worker are the worker's alone, and go with them."""
    return PersonTable(
        table=table,
        what=what,
        rows=(
            f"SELECT {columns} FROM profiles.{table} WHERE worker = {OWN}"
            f" ORDER BY {order}"
        ),
        erase=f"DELETE FROM profiles.{table} WHERE worker = {OWN}",
        at_once=True,
        sealed=sealed,
    )


PERSONS = PersonRegistry(
    "profiles",
    (
        PersonTable(
            table="worker",
            what="the profile; `sealed` has name, contact, exact places and labels",
            rows=(
                f"SELECT * FROM profiles.worker WHERE id = {OWN} AND removed_at IS NULL"
            ),
            # removing the profile empties the row and keeps it: its version goes on
            sealed={"sealed": WORKER_PROFILE},
        ),
        PersonTable(
            table="subject_key",
            what="that a key of the person's own seals what says who they are",
            rows=f"SELECT made_at FROM profiles.subject_key WHERE subject = {OWN}",
            erase=f"DELETE FROM profiles.subject_key WHERE subject = {OWN}",
            at_once=True,
        ),
        PersonTable(
            table="identity_document",
            what="identity documents; `sealed` has their content",
            rows=(
                "SELECT id, kind, country, sealed, recorded_at"
                f" FROM profiles.identity_document WHERE subject = {OWN} ORDER BY id"
            ),
            erase=f"DELETE FROM profiles.identity_document WHERE subject = {OWN}",
            at_once=True,
            sealed={"sealed": IDENTITY_DOCUMENT},
        ),
        _of_worker(
            "work_papers",
            "birth date and right to work, for the worker's own eyes: in `sealed`",
            "sealed, recorded_at",
            "worker",
            sealed=WORK_PAPERS,
        ),
        PersonTable(
            table="outbox",
            what="what was published of the profile, kept a week: no name in it",
            rows=(
                "SELECT type, entity_version, occurred_at, data FROM profiles.outbox"
                f" WHERE entity_id = :person AND type <> '{REMOVED}' ORDER BY id"
            ),
            erase=(
                f"UPDATE profiles.outbox SET type = '{REMOVED}', data ="
                " jsonb_build_object('id', entity_id, 'version', entity_version)"
                # whoever is behind must learn from the first of them who stays
                " || (SELECT jsonb_strip_nulls(jsonb_build_object('merged_into',"
                f" merged_into)) FROM profiles.worker WHERE id = {OWN})"
                f" WHERE entity_id = :person AND type <> '{REMOVED}'"
                # whoever came back since is published anew
                " AND entity_version <= (SELECT max(version) FROM profiles.erasure"
                f" WHERE worker = {OWN})"
            ),
        ),
        PersonTable(
            table="representation",
            what="which agencies may put the worker forward, to whom and until when",
            rows=(
                "SELECT id, agency, client, ends_at, granted_by, granted_at, ended_by,"
                f" ended_at FROM profiles.representation WHERE worker = {OWN}"
                " ORDER BY granted_at"
            ),
            # not at once: of what they granted, a person's login may only end it
            erase=f"DELETE FROM profiles.representation WHERE worker = {OWN}",
        ),
        PersonTable(
            table="suspected_duplicate",
            what="which other profiles show the same identity document",
            rows=(
                "SELECT status, found_at, decided_at FROM profiles.suspected_duplicate"
                f" WHERE {OWN} IN (earlier, later) ORDER BY found_at"
            ),
            erase=(
                "DELETE FROM profiles.suspected_duplicate"
                f" WHERE {OWN} IN (earlier, later)"
            ),
        ),
        _of_worker(
            "disclosure",
            "which organisations may know who the worker is, since and until when",
            "organisation, reason, since, until",
            "since",
        ),
        _of_worker(
            "consent",
            "what the worker consented to, and withdrew",
            "kind, version, given_at, given_through, withdrawn_at, withdrawn_through",
            "given_at",
        ),
        _of_worker(
            "retention_notice",
            "that the profile is about to be removed for want of use",
            "noticed_at, due_at",
            "due_at",
        ),
        PersonTable(
            table="erasure",
            what="earlier erasures of the person, and how they went",
            rows=(
                "SELECT version, reason, asked_at, completed_at FROM profiles.erasure"
                f" WHERE worker = {OWN} ORDER BY asked_at"
            ),
            kept="holds an id, codes and counts, and proves the erasure",
        ),
        *ACCOUNT_TABLES,
        *common_tables("profiles"),
    ),
    {
        **NOT_WORKERS,
        "organisation": "an organisation; its contact is sealed with its own key",
        "mandate": "between organisations; who gave it is a member, who is no worker",
    },
)
