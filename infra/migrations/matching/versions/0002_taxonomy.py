"""The taxonomy's concepts.

Revision ID: 0002_taxonomy
"""

from __future__ import annotations

from alembic import op

from infra.migrations import walls

revision = "0002_taxonomy"
down_revision = "0001_matching"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE matching.concept (
            kind text NOT NULL CHECK (kind IN ('skill', 'occupation', 'certificate')),
            id text NOT NULL,
            number integer GENERATED ALWAYS AS IDENTITY UNIQUE,
            version integer NOT NULL CHECK (version > 0),
            retired boolean NOT NULL DEFAULT false,
            isco08 text,
            label_en text NOT NULL,
            label_zh text NOT NULL,
            aliases jsonb NOT NULL,
            links jsonb NOT NULL,
            changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
            PRIMARY KEY (kind, id),
            CONSTRAINT occupations_have_a_code
                CHECK ((kind = 'occupation') = (isco08 IS NOT NULL))
        )
        """
    )
    walls.plain("matching.concept")


def downgrade() -> None:
    op.execute("DROP TABLE matching.concept")
