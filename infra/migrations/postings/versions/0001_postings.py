"""Postings and their shifts, the vocabulary, the feed.

Who reads what: an organisation its own postings in every state; everybody, also with
nothing set on the connection, those that are open and whose deadline has not passed.
Open postings are public by design. Drafts, held and ended postings of others are not
there, and neither are their shifts. Only the own organisation writes.

Revision ID: 0001_postings
"""

from __future__ import annotations

from alembic import op

from infra.migrations import walls

revision = "0001_postings"
down_revision = None
branch_labels = None
depends_on = None

PUBLIC = "status = 'open' AND (expires_at IS NULL OR expires_at > now())"
OWN = f"organisation = {walls.TENANT}"

POSTING = """
CREATE TABLE postings.posting (
    id uuid PRIMARY KEY,
    version integer NOT NULL CHECK (version > 0),
    organisation uuid NOT NULL,
    status text NOT NULL,
    reason text,
    market text CHECK (market IN ('labor', 'talent', 'temporary')),
    kind text CHECK (kind IN ('full_time', 'part_time', 'temporary', 'contract',
        'seasonal', 'internship', 'apprenticeship')),
    title text,
    description text,
    occupation text,
    required_skills jsonb NOT NULL,
    preferred_skills jsonb NOT NULL,
    certificates jsonb NOT NULL,
    languages jsonb NOT NULL,
    pay jsonb,
    place jsonb,
    remote boolean NOT NULL,
    radius_km double precision CHECK (radius_km > 0 AND radius_km <= 500),
    lodging boolean NOT NULL,
    pick_up_points jsonb NOT NULL,
    zone text,
    weekly jsonb NOT NULL,
    starts_on date,
    headcount integer NOT NULL CHECK (headcount BETWEEN 1 AND 10000),
    commitment jsonb NOT NULL,
    expires_at timestamptz,
    opened_at timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    source_system text,
    source_id text,
    source_digest bytea,
    begins_at timestamptz,
    pay_currency text GENERATED ALWAYS AS (pay ->> 'currency') STORED,
    pay_unit text GENERATED ALWAYS AS (pay ->> 'unit') STORED,
    pay_top bigint GENERATED ALWAYS AS ((pay ->> 'maximum')::bigint) STORED,
    lat double precision
        GENERATED ALWAYS AS ((place ->> 'lat')::double precision) STORED,
    lon double precision
        GENERATED ALWAYS AS ((place ->> 'lon')::double precision) STORED,
    country text GENERATED ALWAYS AS (place ->> 'country') STORED,

    CONSTRAINT known_status CHECK (status IN
        ('draft', 'held', 'open', 'filled', 'closed', 'cancelled', 'expired')),
    CONSTRAINT reason_is_kept CHECK
        ((status IN ('held', 'closed', 'cancelled')) = (reason IS NOT NULL)),
    CONSTRAINT opened_once CHECK (CASE
        WHEN status IN ('open', 'filled') THEN opened_at IS NOT NULL
        WHEN status = 'draft' THEN opened_at IS NULL
        ELSE true END),
    CONSTRAINT complete_when_open CHECK (status NOT IN ('open', 'filled') OR (
        market IS NOT NULL AND kind IS NOT NULL AND title IS NOT NULL
        AND (remote OR place IS NOT NULL))),
    CONSTRAINT whole_source CHECK
        (num_nulls(source_system, source_id, source_digest) IN (0, 3)),
    CONSTRAINT source_once UNIQUE (organisation, source_system, source_id)
)
"""

SHIFT = """
CREATE TABLE postings.shift (
    id uuid PRIMARY KEY,
    posting_id uuid NOT NULL REFERENCES postings.posting,
    organisation uuid NOT NULL,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    headcount integer NOT NULL CHECK (headcount BETWEEN 1 AND 10000),
    CHECK (ends_at > starts_at AND ends_at <= starts_at + interval '24 hours'),
    -- deferred: one edit may swap two shifts
    UNIQUE (posting_id, starts_at, ends_at) DEFERRABLE INITIALLY DEFERRED
)
"""

KNOWN_CONCEPT = """
CREATE TABLE postings.known_concept (
    kind text NOT NULL,
    id text NOT NULL,
    version integer NOT NULL,
    retired boolean NOT NULL,
    PRIMARY KEY (kind, id)
)
"""


def upgrade() -> None:
    walls.open_schema("postings")
    op.execute(POSTING)
    op.execute(
        "CREATE INDEX posting_of_organisation ON postings.posting (organisation, id)"
    )
    op.execute("CREATE INDEX posting_open ON postings.posting (id) WHERE status='open'")
    op.execute(
        "CREATE INDEX posting_open_place ON postings.posting (lat)"
        " WHERE status = 'open'"
    )
    op.execute(
        "CREATE INDEX posting_expiring ON postings.posting (expires_at)"
        " WHERE status IN ('open', 'held')"
    )
    op.execute(SHIFT)
    op.execute(KNOWN_CONCEPT)
    walls.wall(
        "postings.posting",
        read=f"{OWN} OR ({PUBLIC})",
        write=OWN,
        app="SELECT, INSERT, UPDATE",
    )
    # the subquery passes the posting's own wall
    visible = "EXISTS (SELECT FROM postings.posting p WHERE p.id = posting_id)"
    walls.wall(
        "postings.shift",
        read=f"{OWN} OR {visible}",
        write=OWN,
        app="SELECT, INSERT, UPDATE, DELETE",
    )
    walls.plain("postings.known_concept")
    walls.outbox("postings")
    walls.feed_cursors("postings")


def downgrade() -> None:
    op.execute("DROP TABLE postings.shift, postings.posting, postings.known_concept")
    op.execute("DROP TABLE postings.outbox, postings.outbox_pruned")
    op.execute("DROP TABLE postings.feed_cursor")
