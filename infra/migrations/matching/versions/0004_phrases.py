"""Unknown phrases, what operators bound them to, and what each load of the taxonomy
changed.

All but the taxonomy's history is the system login's alone: phrases are free text.

Revision ID: 0004_phrases
"""

from __future__ import annotations

from alembic import op

from infra.migrations import walls

revision = "0004_phrases"
down_revision = "0003_schemes"
branch_labels = None
depends_on = None

KIND = "kind text NOT NULL CHECK (kind IN ('skill', 'occupation', 'certificate'))"

PHRASE = f"""
CREATE TABLE matching.phrase (
    id uuid PRIMARY KEY,
    {KIND},
    digest bytea NOT NULL,
    folded text,
    example text,
    language text,
    count bigint NOT NULL CHECK (count > 0),
    callers bigint[] NOT NULL,
    first_seen timestamptz NOT NULL DEFAULT clock_timestamp(),
    last_seen timestamptz NOT NULL DEFAULT clock_timestamp(),
    state text NOT NULL DEFAULT 'open'
        CHECK (state IN ('open', 'bound', 'dismissed')),
    UNIQUE (kind, digest),
    CONSTRAINT text_comes_whole CHECK ((folded IS NULL) = (example IS NULL)),
    CONSTRAINT text_is_short CHECK (length(example) <= 80)
);
CREATE INDEX phrase_by_count ON matching.phrase (state, count DESC, id DESC)
    WHERE folded IS NOT NULL;
CREATE INDEX phrase_by_time ON matching.phrase (last_seen);
CREATE INDEX phrase_withheld ON matching.phrase (last_seen) WHERE folded IS NULL
"""

BINDING = f"""
CREATE TABLE matching.binding (
    id uuid PRIMARY KEY,
    {KIND},
    folded text NOT NULL,
    concept text NOT NULL,
    bound_by uuid NOT NULL,
    bound_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    UNIQUE (kind, folded)
);
CREATE TABLE matching.binding_version (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    version bigint NOT NULL
);
INSERT INTO matching.binding_version (version) VALUES (0);
CREATE TABLE matching.phrase_audit (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    who uuid NOT NULL,
    role text NOT NULL,
    action text NOT NULL CHECK (action IN ('bound', 'unbound', 'dismissed')),
    subject uuid NOT NULL,
    before jsonb,
    after jsonb
)
"""

HISTORY = f"""
ALTER TABLE matching.concept
    ADD COLUMN replaced_by text,
    ADD CONSTRAINT only_the_retired_are_replaced
        CHECK (replaced_by IS NULL OR retired);
CREATE TABLE matching.taxonomy_load (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    version text NOT NULL,
    published integer NOT NULL,
    retired integer NOT NULL,
    loaded_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX taxonomy_load_version ON matching.taxonomy_load (version, number);
CREATE TABLE matching.concept_change (
    seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    load bigint NOT NULL REFERENCES matching.taxonomy_load,
    {KIND},
    id text NOT NULL,
    version integer NOT NULL,
    change text NOT NULL CHECK (change IN
        ('published', 'restored', 'renamed', 'changed', 'retired', 'replaced')),
    label_en text NOT NULL,
    label_zh text NOT NULL,
    before_en text,
    before_zh text,
    replaced_by text,
    CONSTRAINT a_rename_says_from_what
        CHECK ((change = 'renamed') = (before_en IS NOT NULL)),
    CONSTRAINT a_replacement_says_by_what
        CHECK ((change = 'replaced') = (replaced_by IS NOT NULL))
);
CREATE INDEX concept_change_load ON matching.concept_change (load, seq)
"""


def upgrade() -> None:
    for script in (PHRASE, BINDING, HISTORY):
        for statement in script.split(";\n"):
            op.execute(statement)
    for table in ("phrase", "binding", "binding_version"):
        walls.plain(f"matching.{table}", app=None)
    # what was done stays said: nobody but the owner can change or delete it
    op.execute(f"GRANT SELECT, INSERT ON matching.phrase_audit TO {walls.SYSTEM}")
    op.execute(f"GRANT SELECT ON matching.phrase_audit TO {walls.AUDITOR}")
    for table in ("taxonomy_load", "concept_change"):
        walls.plain(f"matching.{table}")


def downgrade() -> None:
    op.execute("DROP TABLE matching.concept_change, matching.taxonomy_load")
    op.execute("ALTER TABLE matching.concept DROP COLUMN replaced_by")
    op.execute("DROP TABLE matching.phrase, matching.phrase_audit")
    op.execute("DROP TABLE matching.binding, matching.binding_version")
