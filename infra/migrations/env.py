"""Alembic's entry point; `infra.migrate` passes the connection and the schema."""

from __future__ import annotations

from alembic import context

schema = context.config.attributes["schema"]
context.configure(
    connection=context.config.attributes["connection"],
    version_table_schema=schema,
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
