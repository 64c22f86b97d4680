"""Classifications of others, and the crosswalks between them.

Revision ID: 0003_schemes
"""

from __future__ import annotations

from alembic import op

from infra.migrations import walls

revision = "0003_schemes"
down_revision = "0002_taxonomy"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE matching.scheme (
    id text PRIMARY KEY CHECK (id IN ('esco', 'onet', 'csco', 'isco08')),
    version text,
    imported_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    counts jsonb NOT NULL,
    languages jsonb NOT NULL
);
CREATE TABLE matching.entry (
    scheme text NOT NULL CHECK (scheme IN ('esco', 'onet', 'csco', 'isco08')),
    code text COLLATE "C" NOT NULL,
    kind text NOT NULL CHECK (kind IN ('occupation', 'skill', 'group')),
    uri text,
    labels jsonb NOT NULL,
    descriptions jsonb NOT NULL,
    broader jsonb,
    extra jsonb,
    retired boolean NOT NULL DEFAULT false,
    changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    names text GENERATED ALWAYS AS
        (lower(jsonb_path_query_array(labels, 'strict $.*.*')::text)) STORED,
    PRIMARY KEY (scheme, code)
);
CREATE TABLE matching.entry_link (
    scheme text NOT NULL,
    from_code text COLLATE "C" NOT NULL,
    to_code text COLLATE "C" NOT NULL,
    relation text NOT NULL CHECK (relation IN ('essential', 'optional', 'related')),
    source text NOT NULL,
    rank integer,
    PRIMARY KEY (scheme, from_code, to_code, relation),
    FOREIGN KEY (scheme, from_code) REFERENCES matching.entry,
    FOREIGN KEY (scheme, to_code) REFERENCES matching.entry
);
CREATE TABLE matching.crosswalk (
    from_scheme text NOT NULL,
    from_code text COLLATE "C" NOT NULL,
    to_scheme text NOT NULL,
    to_code text COLLATE "C" NOT NULL,
    relation text NOT NULL CHECK (relation IN ('exact', 'close', 'broad', 'narrow')),
    confidence double precision NOT NULL CHECK (confidence > 0 AND confidence <= 1),
    source text NOT NULL,
    PRIMARY KEY (from_scheme, from_code, to_scheme, to_code)
);
CREATE INDEX crosswalk_back ON matching.crosswalk (to_scheme, to_code)
"""
NAMES = ("scheme", "entry", "entry_link", "crosswalk")


def upgrade() -> None:
    for statement in TABLES.split(";\n"):
        op.execute(statement)
    for name in NAMES:
        walls.plain(f"matching.{name}")
        # thousands of rows come at once: their import refreshes the statistics
        op.execute(f"GRANT MAINTAIN ON matching.{name} TO {walls.SYSTEM}")


def downgrade() -> None:
    op.execute(
        "DROP TABLE matching.crosswalk, matching.entry_link, matching.entry,"
        " matching.scheme"
    )
