"""Who was erased, which lists name whom, and a check for those who store one.

Revision ID: 0008_persons
"""

from __future__ import annotations

from alembic import op

from infra.migrations import walls

revision = "0008_persons"
down_revision = "0007_audit"
branch_labels = None
depends_on = None

# a subject access or an erasure finds the lists that name a person
LISTED = """
CREATE INDEX match_run_listed ON matching.match_run USING gin ((
    jsonb_path_query_array(matches, '$[*].worker')
    || jsonb_path_query_array(possible, '$[*].worker')
) jsonb_path_ops) WHERE state = 'done'
"""

# The app login stores lists but does not see the read model. An erasure holds the lock
# alone (services/matching/persons/registry.py): who waited for it sees its tombstone.
REMOVED_AMONG = """
CREATE FUNCTION matching.removed_among(workers uuid[]) RETURNS SETOF uuid
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(111541935629668);
    RETURN QUERY SELECT id FROM matching.worker WHERE id = ANY (workers) AND removed;
END
$$
"""


def upgrade() -> None:
    walls.erased_persons("matching")
    op.execute(LISTED)
    op.execute(REMOVED_AMONG)
    op.execute("REVOKE ALL ON FUNCTION matching.removed_among FROM PUBLIC")
    op.execute(
        "GRANT EXECUTE ON FUNCTION matching.removed_among"
        f" TO {walls.APP}, {walls.SYSTEM}"
    )


def downgrade() -> None:
    op.execute("DROP FUNCTION matching.removed_among")
    op.execute("DROP INDEX matching.match_run_listed")
    op.execute("DROP TABLE matching.erased_person")
