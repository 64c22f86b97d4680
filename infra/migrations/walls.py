"""Grants and row-level security, said the same way in every migration.

Policies read three settings of the transaction: `rollcall.tenant` (an organisation),
`rollcall.subject` (a worker) and `rollcall.caller` (whoever calls). On a reused
connection an unset setting is '' and would not cast, so it is read through NULLIF: with
nothing set, every walled table is empty.
"""

from __future__ import annotations

from alembic import op

TENANT = "NULLIF(current_setting('rollcall.tenant', true), '')::uuid"
SUBJECT = "NULLIF(current_setting('rollcall.subject', true), '')::uuid"
CALLER = "NULLIF(current_setting('rollcall.caller', true), '')::uuid"

APP = "rollcall_app"
SYSTEM = "rollcall_system"
AUDITOR = "rollcall_auditor"


def open_schema(schema: str) -> None:
    """Let the logins into a schema the migrator owns; tables are granted one by one."""
    op.execute(f"GRANT USAGE ON SCHEMA {schema} TO {APP}, {SYSTEM}, {AUDITOR}")


def wall(
    table: str, *, read: str, write: str | None = None, app: str = "SELECT"
) -> None:
    """Put `table` (schema.name) behind forced row-level security.

    `read` and `write` are SQL conditions for the app login, over the row's columns and
    TENANT / SUBJECT; `app` are the statements that login may use at all. The system
    login works on every row by a policy of its own, the auditor reads every row.
    """
    name = table.replace(".", "_")
    op.execute(f"GRANT {app} ON {table} TO {APP}")
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO {SYSTEM}")
    op.execute(f"GRANT SELECT ON {table} TO {AUDITOR}")
    force(table)
    op.execute(
        f"CREATE POLICY {name}_read ON {table} FOR SELECT TO {APP} USING ({read})"
    )
    if write is not None:
        op.execute(
            f"CREATE POLICY {name}_insert ON {table} FOR INSERT TO {APP}"
            f" WITH CHECK ({write})"
        )
        op.execute(
            f"CREATE POLICY {name}_update ON {table} FOR UPDATE TO {APP}"
            f" USING ({write}) WITH CHECK ({write})"
        )
        op.execute(
            f"CREATE POLICY {name}_delete ON {table} FOR DELETE TO {APP}"
            f" USING ({write})"
        )


def system_only(table: str) -> None:
    """Force row-level security on a table that only the system login works on.

    The auditor reads it; for the app login it does not even exist.
    """
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO {SYSTEM}")
    op.execute(f"GRANT SELECT ON {table} TO {AUDITOR}")
    force(table)


def force(table: str) -> None:
    """Force row-level security; the system login works on every row by a policy of its
    own, the auditor reads every row."""
    name = table.replace(".", "_")
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(
        f"CREATE POLICY {name}_system ON {table} TO {SYSTEM}"
        " USING (true) WITH CHECK (true)"
    )
    op.execute(
        f"CREATE POLICY {name}_auditor ON {table} FOR SELECT TO {AUDITOR} USING (true)"
    )


def open_up(table: str) -> None:
    """Undo `force`, and drop every policy of the table."""
    op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
    policies = op.get_bind().exec_driver_sql(
        f"SELECT polname FROM pg_policy WHERE polrelid = '{table}'::regclass"
    )
    for name in policies.scalars().all():
        op.execute(f"DROP POLICY {name} ON {table}")


def own_events_only(schema: str) -> None:
    """Force row-level security on the outbox: the app login adds events and, of what is
    there, sees the place of those of its own transaction."""
    force(f"{schema}.outbox")
    force(f"{schema}.outbox_pruned")
    op.execute(
        f"CREATE POLICY {schema}_outbox_insert ON {schema}.outbox FOR INSERT TO {APP}"
        " WITH CHECK (true)"
    )
    op.execute(
        f"CREATE POLICY {schema}_outbox_read ON {schema}.outbox FOR SELECT TO {APP}"
        " USING (xid = pg_current_xact_id())"
    )


def plain(table: str, *, app: str | None = "SELECT") -> None:
    """A table without rows of anybody's own (vocabularies, cursors, counters)."""
    if app:
        op.execute(f"GRANT {app} ON {table} TO {APP}")
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO {SYSTEM}")
    op.execute(f"GRANT SELECT ON {table} TO {AUDITOR}")


def outbox(schema: str) -> None:
    """Create the outbox of a schema. The app login may add events, never read them."""
    op.execute(
        f"""
        CREATE TABLE {schema}.outbox (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
            type text NOT NULL,
            entity_id text NOT NULL,
            entity_version integer NOT NULL,
            schema_version smallint NOT NULL,
            occurred_at timestamptz NOT NULL DEFAULT now(),
            data jsonb NOT NULL
        )
        """
    )
    op.execute(f"CREATE INDEX outbox_feed ON {schema}.outbox (xid, id)")
    op.execute(
        f"""
        CREATE TABLE {schema}.outbox_pruned (
            only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
            xid xid8 NOT NULL,
            id bigint NOT NULL
        )
        """
    )
    # RETURNING needs SELECT on the columns it returns, and only those
    op.execute(f"GRANT INSERT, SELECT (id, xid) ON {schema}.outbox TO {APP}")
    for table in ("outbox", "outbox_pruned"):
        op.execute(
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON {schema}.{table} TO {SYSTEM}"
        )
        op.execute(f"GRANT SELECT ON {schema}.{table} TO {AUDITOR}")


def trace_events(schema: str) -> None:
    """Let the events of a schema's outbox say which trace they belong to."""
    op.execute(f"ALTER TABLE {schema}.outbox ADD COLUMN traceparent text")


def forget_traces(schema: str) -> None:
    """Undo `trace_events`."""
    op.execute(f"ALTER TABLE {schema}.outbox DROP COLUMN traceparent")


def erased_persons(schema: str) -> None:
    """Create the table of who was erased, of which version and when."""
    op.execute(
        f"""
        CREATE TABLE {schema}.erased_person (
            worker uuid PRIMARY KEY,
            version integer NOT NULL,
            counts jsonb NOT NULL,
            erased_at timestamptz NOT NULL DEFAULT now()
        )
        """
    )
    system_only(f"{schema}.erased_person")


def feed_cursors(schema: str) -> None:
    """Create the table of how far each followed feed has been applied."""
    op.execute(
        f"""
        CREATE TABLE {schema}.feed_cursor (
            feed text PRIMARY KEY,
            cursor text,
            moved_at timestamptz NOT NULL DEFAULT now()
        )
        """
    )
    plain(f"{schema}.feed_cursor")


def idempotency_keys(schema: str) -> None:
    """Create the table of answered requests with a key; a row is its caller's own."""
    table = f"{schema}.idempotency_key"
    op.execute(
        f"""
        CREATE TABLE {table} (
            caller uuid NOT NULL,
            name bytea NOT NULL,
            fingerprint bytea NOT NULL,
            answer bytea NOT NULL,
            created_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (caller, name)
        )
        """
    )
    op.execute(f"CREATE INDEX idempotency_key_age ON {table} (created_at)")
    own = f"caller = {CALLER}"
    wall(table, read=own, write=own, app="SELECT, INSERT, UPDATE")


def audit(schema: str) -> None:
    """Create the audit log of a schema: entries, and how they are chained and sealed.

    The app login may add entries of its caller and nothing else; the system login reads
    and adds, the auditor reads. Nobody but the owner changes or deletes a row.
    """
    tables = AUDIT.format(schema=schema)
    for statement in tables.split(";\n"):
        op.execute(statement)
    op.execute(f"GRANT INSERT ON {schema}.audit_entry TO {APP}")
    op.execute(
        f"CREATE POLICY audit_entry_append ON {schema}.audit_entry FOR INSERT TO {APP}"
        f" WITH CHECK (actor IS NOT DISTINCT FROM {CALLER})"
    )
    for table in AUDIT_TABLES:
        name = f"{schema}.{table}"
        op.execute(f"GRANT SELECT, INSERT ON {name} TO {SYSTEM}")
        op.execute(f"GRANT SELECT ON {name} TO {AUDITOR}")
        force(name)


def drop_audit(schema: str) -> None:
    for table in AUDIT_TABLES:
        op.execute(f"DROP TABLE {schema}.{table}")


AUDIT_TABLES = ("audit_entry", "audit_seal", "audit_link")
AUDIT = """
CREATE TABLE {schema}.audit_entry (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    actor uuid,
    actor_role text NOT NULL,
    acting jsonb,
    tenant uuid,
    action text NOT NULL CHECK (action ~ '^[a-z_]+[.][a-z_]+$'),
    subject_kind text,
    subject_id uuid,
    request_id text,
    detail jsonb,
    CONSTRAINT a_subject_has_a_kind
        CHECK ((subject_kind IS NULL) = (subject_id IS NULL))
);
CREATE INDEX audit_entry_order ON {schema}.audit_entry (xid, id);
CREATE INDEX audit_entry_actor ON {schema}.audit_entry (actor, id);
CREATE INDEX audit_entry_subject ON {schema}.audit_entry (subject_id, id)
    WHERE subject_id IS NOT NULL;
CREATE INDEX audit_entry_listed ON {schema}.audit_entry USING gin ((detail -> 'ids'))
    WHERE detail ? 'ids';
CREATE TABLE {schema}.audit_seal (
    number bigint PRIMARY KEY,
    first bigint NOT NULL,
    last bigint NOT NULL,
    count integer NOT NULL CHECK (count = last - first + 1 AND count > 0),
    digest bytea NOT NULL,
    sealed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    epoch text NOT NULL,
    xid xid8 NOT NULL,
    entry bigint NOT NULL
);
CREATE TABLE {schema}.audit_link (
    entry_id bigint PRIMARY KEY,
    seal bigint NOT NULL,
    position bigint NOT NULL UNIQUE,
    hash bytea NOT NULL
)
"""
