"""The tables of the schema `matching`; infra/migrations/matching creates them.

The taxonomy's tables stand with their feature, in `skills/models.py`.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Double,
    ForeignKey,
    Identity,
    Integer,
    MetaData,
    SmallInteger,
    Table,
    Text,
    Uuid,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from shared.audit.log import AuditLog
from shared.follow import cursor_table
from shared.outbox import outbox_table
from shared.persons.erasing import erased_person_table

metadata = MetaData(schema="matching")

# The read model: the last state that each feed told, tombstones included.
worker = Table(
    "worker",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("doc", JSONB, nullable=False),
    Column("removed", Boolean, nullable=False),
    # not yet mentioned by the rebuild under way
    Column("stale", Boolean, nullable=False),
)

posting = Table(
    "posting",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("organisation", Uuid, nullable=False),
    Column("status", Text, nullable=False),
    Column("doc", JSONB, nullable=False),
    Column("removed", Boolean, nullable=False),
    Column("stale", Boolean, nullable=False),
)

# whom an organisation has blocked: ids of workers
blocklist = Table(
    "blocklist",
    metadata,
    Column("organisation", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("workers", JSONB, nullable=False),
    Column("stale", Boolean, nullable=False),
)

# The order in which the read model changed: what every ranking process tails.
change = Table(
    "change",
    metadata,
    Column("seq", BigInteger, Identity(always=True), primary_key=True),
    Column("entity", Text, nullable=False),
    Column("entity_id", Uuid, nullable=False),
    Column("version", Integer, nullable=False),
)

match_run = Table(
    "match_run",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("posting_id", Uuid, nullable=False),
    Column("tenant", Uuid, nullable=False),
    Column("state", Text, nullable=False),
    Column("lane", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("queued_at", DateTime(timezone=True), nullable=False),
    Column("run_at", DateTime(timezone=True), nullable=False),
    # {xid, id} of a feed: what the index must have seen before this run may rank
    Column("needed_profiles", ARRAY(BigInteger)),
    Column("needed_postings", ARRAY(BigInteger)),
    Column("attempts", Integer, nullable=False),
    Column("worker", Text),
    Column("token", BigInteger),
    Column("started_at", DateTime(timezone=True)),
    Column("heartbeat_at", DateTime(timezone=True)),
    Column("lease_until", DateTime(timezone=True)),
    Column("finished_at", DateTime(timezone=True)),
    Column("error", Text),
    # what was ranked, and with what
    Column("ranked_at", DateTime(timezone=True)),
    Column("k", Integer),
    Column("posting_version", Integer),
    Column("engine_version", Text),
    Column("taxonomy_version", Text),
    Column("index_seq", BigInteger),
    Column("index_positions", JSONB(none_as_null=True)),
    Column("considered", Integer),
    Column("funnel", JSONB(none_as_null=True)),
    Column("matches", JSONB(none_as_null=True)),
    Column("possible", JSONB(none_as_null=True)),
    Column("possible_total", Integer),
    Column("applied_weights", JSONB(none_as_null=True)),
    Column("seconds", Double),
    # all that a replay needs; see runs/inputs.py
    Column("inputs", JSONB(none_as_null=True)),
    # why it is in the state that it is in; `reason` is why it was queued
    Column("because", Text),
    # how often the lease of a worker that held it expired
    Column("lost", Integer, nullable=False),
    # the order in a lane that is fair to tenants; the database deals it out
    Column("turn", BigInteger, nullable=False),
    # where its posting is; see engine/areas.py
    Column("area", Integer),
    # the run that this one ranks anew
    Column("origin", Uuid),
    Column("traceback", Text),
    # W3C trace context of what caused it
    Column("traceparent", Text),
)

match_lane = Table(
    "match_lane",
    metadata,
    Column("lane", Text, primary_key=True),
    Column("mode", Text, nullable=False),
    Column("weight", Integer, nullable=False),
    Column("most_running", Integer),
    Column("most_waiting", Integer, nullable=False),
    Column("most_waiting_of_one", Integer, nullable=False),
    Column("version", Integer, nullable=False),
)

match_worker = Table(
    "match_worker",
    metadata,
    Column("name", Text, primary_key=True),
    Column("state", Text, nullable=False),
    Column("started_at", DateTime(timezone=True), nullable=False),
    Column("seen_at", DateTime(timezone=True), nullable=False),
    Column("lanes", ARRAY(Text), nullable=False),
    Column("areas", ARRAY(Integer)),
    Column("slots", Integer, nullable=False),
    Column("busy", Integer, nullable=False),
    Column("index_seq", BigInteger),
    Column("engine_version", Text, nullable=False),
)

# Every transition of every run; the database writes it.
match_run_event = Table(
    "match_run_event",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("run_id", Uuid, ForeignKey(match_run.c.id), nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("was", Text),
    Column("became", Text, nullable=False),
    Column("lane", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("lost", Integer, nullable=False),
    Column("worker", Text),
    Column("token", BigInteger),
    Column("because", Text),
    Column("error", Text),
)

# Counts of transitions, to be summed; the database writes them too.
match_run_tally = Table(
    "match_run_tally",
    metadata,
    Column("lane", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("bucket", SmallInteger, nullable=False),
    Column("n", BigInteger, nullable=False),
    Column("seconds", Double, nullable=False),
)

# How far the rerank of all open postings has come: they are queued by id, up to
# `last_posting`, and all of them are once it is `filled`.
bulk_rerank = Table(
    "bulk_rerank",
    metadata,
    Column("only_row", Boolean, primary_key=True),
    Column("began_at", DateTime(timezone=True), nullable=False),
    Column("last_posting", Uuid),
    Column("postings", Integer, nullable=False),
    Column("queued", Integer, nullable=False),
    Column("filled", Boolean, nullable=False),
)

match_feedback = Table(
    "match_feedback",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("run_id", Uuid, ForeignKey(match_run.c.id), nullable=False),
    Column("tenant", Uuid, nullable=False),
    Column("posting_id", Uuid, nullable=False),
    Column("worker_id", Uuid, nullable=False),
    Column("kind", Text, nullable=False),
    Column("reason", Text),
    Column("caller", Uuid, nullable=False),
    Column("noted_at", DateTime(timezone=True), nullable=False),
)

feed_cursor = cursor_table(metadata)
outbox = outbox_table(metadata)
erased_person = erased_person_table(metadata)
audit = AuditLog(metadata)
