"""The tables of the schema `postings`; infra/migrations/postings creates them."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Computed,
    Date,
    DateTime,
    Double,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    Uuid,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB

from shared.audit.log import AuditLog
from shared.follow import cursor_table
from shared.outbox import outbox_table
from shared.persons.erasing import erased_person_table
from shared.vocabulary import vocabulary_table

metadata = MetaData(schema="postings")

posting = Table(
    "posting",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("organisation", Uuid, nullable=False),
    Column("status", Text, nullable=False),
    Column("reason", Text),
    Column("market", Text),
    Column("kind", Text),
    Column("title", Text),
    Column("description", Text),
    Column("occupation", Text),
    Column("required_skills", JSONB, nullable=False),
    Column("preferred_skills", JSONB, nullable=False),
    Column("certificates", JSONB, nullable=False),
    Column("languages", JSONB, nullable=False),
    Column("pay", JSONB(none_as_null=True)),
    Column("place", JSONB(none_as_null=True)),
    Column("remote", Boolean, nullable=False),
    Column("radius_km", Double),
    Column("lodging", Boolean, nullable=False),
    Column("pick_up_points", JSONB, nullable=False),
    Column("zone", Text),
    Column("weekly", JSONB, nullable=False),
    Column("starts_on", Date),
    Column("headcount", Integer, nullable=False),
    Column("commitment", JSONB, nullable=False),
    Column("expires_at", DateTime(timezone=True)),
    Column("opened_at", DateTime(timezone=True)),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("updated_at", DateTime(timezone=True), nullable=False),
    # where an imported posting comes from, and the digest of what was imported
    Column("source_system", Text),
    Column("source_id", Text),
    Column("source_digest", LargeBinary),
    # when the work begins: the first shift, or the start of the first day
    Column("begins_at", DateTime(timezone=True)),
    # what searches compare; the database keeps them equal to pay and place
    Column("pay_currency", Text, Computed("pay ->> 'currency'")),
    Column("pay_unit", Text, Computed("pay ->> 'unit'")),
    Column("pay_top", BigInteger, Computed("(pay ->> 'maximum')::bigint")),
    Column("lat", Double, Computed("(place ->> 'lat')::double precision")),
    Column("lon", Double, Computed("(place ->> 'lon')::double precision")),
    Column("country", Text, Computed("place ->> 'country'")),
)

shift = Table(
    "shift",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("posting_id", Uuid, ForeignKey(posting.c.id), nullable=False),
    Column("organisation", Uuid, nullable=False),
    Column("starts_at", DateTime(timezone=True), nullable=False),
    Column("ends_at", DateTime(timezone=True), nullable=False),
    Column("headcount", Integer, nullable=False),
)

known_concept = vocabulary_table(metadata)
outbox = outbox_table(metadata)
erased_person = erased_person_table(metadata)
audit = AuditLog(metadata)
feed_cursor = cursor_table(metadata)

# somebody up for a posting: by themself, or put forward by an agency
candidacy = Table(
    "candidacy",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("posting_id", Uuid, nullable=False),
    Column("organisation", Uuid, nullable=False),
    Column("worker", Uuid, nullable=False),
    Column("agency", Uuid),
    Column("representation", Uuid),
    Column("status", Text, nullable=False),
    Column("reason", Text),
    Column("made_at", DateTime(timezone=True), nullable=False),
    Column("updated_at", DateTime(timezone=True), nullable=False),
)

# what profiles' feed tells of who may put whom forward, and for whom
representation = Table(
    "representation",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("worker", Uuid, nullable=False),
    Column("agency", Uuid, nullable=False),
    Column("client", Uuid),
    Column("ends_at", DateTime(timezone=True)),
    Column("ended", Boolean, nullable=False),
)

mandate = Table(
    "mandate",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("client", Uuid, nullable=False),
    Column("agency", Uuid, nullable=False),
    Column("purposes", JSONB, nullable=False),
    Column("starts_at", DateTime(timezone=True), nullable=False),
    Column("ends_at", DateTime(timezone=True)),
    Column("ended", Boolean, nullable=False),
)

# Whom a worker would not work for. Its absence means nothing, unless the worker is in
# erased_person: then they have left and not come back.
candidate = Table(
    "candidate",
    metadata,
    Column("worker", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("blocked_organisations", JSONB, nullable=False),
)

# whom an organisation does not want to have
blocked_worker = Table(
    "blocked_worker",
    metadata,
    Column("organisation", Uuid, primary_key=True),
    Column("worker", Uuid, primary_key=True),
    Column("blocked_by", Uuid, nullable=False),
    Column("blocked_at", DateTime(timezone=True), server_default=func.now()),
)

# of every organisation that ever blocked anybody: the version of its blocklist
blocklist = Table(
    "blocklist",
    metadata,
    Column("organisation", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("changed_at", DateTime(timezone=True), server_default=func.now()),
)

# postings that ended a moment ago, whose candidacies are still to be ended
ended_posting = Table(
    "ended_posting",
    metadata,
    Column("posting_id", Uuid, primary_key=True),
    Column("organisation", Uuid, nullable=False),
    Column("ended_at", DateTime(timezone=True), server_default=func.now()),
)
