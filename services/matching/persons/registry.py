"""What matching holds of persons."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.matching.models import erased_person
from shared.persons.erasing import Erasing
from shared.persons.registry import (
    ERASED_PERSONS,
    PersonRegistry,
    PersonTable,
    common_tables,
)

# Held by an erasure to its end, and shared by whoever stores a list (in the function
# matching.removed_among): either the erasure finds the list, or the list is stored
# after it, without whoever was erased.
LOCK = 0x657261736564
TAKE_TURN = text("SELECT pg_advisory_xact_lock(:lock)")

# as the index match_run_listed says it
LISTED = (
    "(jsonb_path_query_array(matches, '$[*].worker')"
    " || jsonb_path_query_array(possible, '$[*].worker'))"
    " @> jsonb_build_array(CAST(:person AS text)) AND state = 'done'"
)


def _others(entries: str, id: str, entry: str = "entry") -> str:
    """SQL for a list without the person, in its order."""
    return (
        f"COALESCE((SELECT jsonb_agg({entry} ORDER BY place) FROM (SELECT entry, place,"
        " row_number() OVER (ORDER BY place) AS rank"
        f" FROM jsonb_array_elements({entries}) WITH ORDINALITY AS l (entry, place)"
        f" WHERE entry ->> '{id}' <> :person) AS others), '[]')"
    )


INPUTS = "inputs -> 'workers'"
RANKED_ANEW = "jsonb_set(entry, '{rank}', to_jsonb(rank))"
THEIRS = (
    "jsonb_path_query_first({0}, '$[*] ? (@.worker == $id)',"
    " jsonb_build_object('id', CAST(:person AS text)))"
)

PERSONS = PersonRegistry(
    "matching",
    (
        PersonTable(
            table="worker",
            what="what profiles published of the worker, from which they are ranked",
            rows=(
                "SELECT id, version, doc FROM matching.worker"
                " WHERE id = CAST(:person AS uuid) AND NOT removed"
            ),
            # the projection of profiles' feed empties it in the same transaction
        ),
        PersonTable(
            table="match_run",
            what="the lists that named the worker: their place, score and evidence,"
            " or what they would have been asked",
            rows=(
                "SELECT id, posting_id, tenant, finished_at,"
                f" {THEIRS.format('matches')} AS ranked,"
                f" {THEIRS.format('possible')} AS possible"
                f" FROM matching.match_run WHERE {LISTED} ORDER BY finished_at"
            ),
            # the ranks close up, so that a replay of what is kept gives what is kept
            erase=(
                "UPDATE matching.match_run SET"
                f" matches = {_others('matches', 'worker', RANKED_ANEW)},"
                f" possible = {_others('possible', 'worker')},"
                " inputs = jsonb_set(inputs, '{workers}',"
                f" {_others(INPUTS, 'id')})"
                f" WHERE {LISTED}"
            ),
        ),
        PersonTable(
            table="blocklist",
            what="which organisations do not want to have the person",
            rows=(
                "SELECT organisation FROM matching.blocklist"
                " WHERE workers @> to_jsonb(CAST(:person AS text))"
                " ORDER BY organisation"
            ),
            erase=(
                "UPDATE matching.blocklist"
                " SET workers = workers - CAST(:person AS text)"
                " WHERE workers @> to_jsonb(CAST(:person AS text))"
            ),
        ),
        PersonTable(
            table="match_feedback",
            what="what organisations noted of the worker on a list",
            rows=(
                "SELECT run_id, tenant, posting_id, kind, reason, noted_at"
                " FROM matching.match_feedback WHERE worker_id = CAST(:person AS uuid)"
                " ORDER BY noted_at"
            ),
            erase=(
                "DELETE FROM matching.match_feedback"
                " WHERE worker_id = CAST(:person AS uuid)"
            ),
        ),
        PersonTable(
            table="change",
            what="when what is known of the worker changed, without what it was",
            rows=(
                "SELECT seq, version FROM matching.change WHERE entity = 'worker'"
                " AND entity_id = CAST(:person AS uuid) ORDER BY seq"
            ),
            kept="holds an id and versions: what every index follows, in order",
        ),
        *common_tables("matching"),
        ERASED_PERSONS,
    ),
    {
        "posting": "an organisation's advert",
        "outbox": "the taxonomy's concepts",
        "bulk_rerank": "how far a rerank of all postings has come",
        "match_worker": "the processes that work the queue",
        "match_run_event": "when runs changed their state, without their lists",
        "phrase": "words that many typed; who did cannot be told from it",
        "binding": "a decision of an operator about words",
        "phrase_audit": "decisions of operators about words",
    },
)


async def _take_turn(session: AsyncSession) -> None:
    await session.execute(TAKE_TURN, {"lock": LOCK})


def erasing() -> Erasing:
    return Erasing(PERSONS, erased_person, _take_turn)
