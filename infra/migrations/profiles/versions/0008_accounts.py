"""Accounts: who signs in, with what, for whom, and who may act for another.

Revision ID: 0008_accounts
"""

from __future__ import annotations

from alembic import op

from infra.migrations import walls

revision = "0008_accounts"
down_revision = "0007_privacy"
branch_labels = None
depends_on = None

ACCOUNT = """
    CREATE TABLE profiles.account_key (
        only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
        wrapped bytea NOT NULL,
        wrapped_by text NOT NULL
    );
    CREATE TABLE profiles.account (
        id uuid PRIMARY KEY,
        kind text NOT NULL
            CHECK (kind IN ('worker', 'member', 'clerk', 'operator', 'auditor')),
        state text NOT NULL DEFAULT 'active'
            CHECK (state IN ('active', 'locked', 'closed')),
        created_at timestamptz NOT NULL DEFAULT now()
    );
    CREATE TABLE profiles.login (
        kind text NOT NULL CHECK (kind IN ('email', 'phone')),
        lookup bytea NOT NULL,
        account uuid NOT NULL REFERENCES profiles.account ON DELETE CASCADE,
        verified_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (lookup)
    );
    CREATE INDEX login_account ON profiles.login (account);
    CREATE TABLE profiles.password (
        account uuid PRIMARY KEY REFERENCES profiles.account ON DELETE CASCADE,
        hash text NOT NULL,
        changed_at timestamptz NOT NULL DEFAULT now()
    );
    CREATE TABLE profiles.totp (
        account uuid PRIMARY KEY REFERENCES profiles.account ON DELETE CASCADE,
        secret bytea,
        pending bytea,
        last_step bigint NOT NULL DEFAULT 0,
        confirmed_at timestamptz
    );
    CREATE TABLE profiles.recovery_code (
        account uuid NOT NULL REFERENCES profiles.account ON DELETE CASCADE,
        hash bytea NOT NULL,
        PRIMARY KEY (account, hash)
    )
"""

MEMBERSHIP = """
    CREATE TABLE profiles.membership (
        account uuid NOT NULL REFERENCES profiles.account ON DELETE CASCADE,
        organisation uuid NOT NULL REFERENCES profiles.organisation,
        kind text NOT NULL CHECK (kind IN ('owner', 'recruiter', 'viewer')),
        state text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'ended')),
        name text NOT NULL,
        since timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (organisation, account)
    );
    CREATE INDEX membership_account ON profiles.membership (account);
    CREATE TABLE profiles.invitation (
        id uuid PRIMARY KEY,
        organisation uuid REFERENCES profiles.organisation,
        kind text NOT NULL CHECK (
            kind IN ('owner', 'recruiter', 'viewer', 'clerk', 'operator', 'auditor')
        ),
        name text NOT NULL,
        login_kind text NOT NULL CHECK (login_kind IN ('email', 'phone')),
        lookup bytea NOT NULL,
        token_hash bytea NOT NULL UNIQUE,
        invited_by uuid NOT NULL,
        invited_at timestamptz NOT NULL DEFAULT now(),
        expires_at timestamptz NOT NULL,
        accepted_at timestamptz,
        revoked_at timestamptz,
        CHECK (
            (organisation IS NOT NULL) = (kind IN ('owner', 'recruiter', 'viewer'))
        )
    );
    CREATE INDEX invitation_organisation ON profiles.invitation (organisation)
"""

SIGN_IN = """
    CREATE TABLE profiles.sign_in (
        id uuid PRIMARY KEY,
        account uuid NOT NULL REFERENCES profiles.account ON DELETE CASCADE,
        organisation uuid REFERENCES profiles.organisation,
        scopes text[],
        method text NOT NULL,
        started_at timestamptz NOT NULL DEFAULT now(),
        last_used_at timestamptz NOT NULL DEFAULT now(),
        ends_at timestamptz NOT NULL,
        revoked_at timestamptz,
        revoked_reason text
    );
    CREATE INDEX sign_in_account ON profiles.sign_in (account, started_at);
    CREATE TABLE profiles.refresh_token (
        hash bytea PRIMARY KEY,
        sign_in uuid NOT NULL REFERENCES profiles.sign_in ON DELETE CASCADE,
        issued_at timestamptz NOT NULL DEFAULT now(),
        used_at timestamptz
    );
    CREATE INDEX refresh_token_sign_in ON profiles.refresh_token (sign_in);
    CREATE TABLE profiles.one_time_code (
        id uuid PRIMARY KEY,
        purpose text NOT NULL
            CHECK (purpose IN ('verify', 'sign-in', 'reset', 'consent')),
        hash bytea NOT NULL,
        login_kind text NOT NULL,
        lookup bytea NOT NULL,
        account uuid,
        detail bytea,
        attempts smallint NOT NULL DEFAULT 0,
        created_at timestamptz NOT NULL DEFAULT now(),
        expires_at timestamptz NOT NULL,
        used_at timestamptz
    );
    CREATE INDEX one_time_code_lookup ON profiles.one_time_code (lookup, created_at);
    CREATE TABLE profiles.attempt (
        kind text NOT NULL CHECK (kind IN ('password', 'code', 'address')),
        key bytea NOT NULL,
        failures integer NOT NULL,
        may_try boolean NOT NULL,
        last_at timestamptz NOT NULL,
        locked_until timestamptz,
        PRIMARY KEY (kind, key)
    );
    CREATE TABLE profiles.revocation (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        kind text NOT NULL CHECK (kind IN ('session', 'key')),
        target uuid NOT NULL,
        revoked_at timestamptz NOT NULL DEFAULT clock_timestamp()
    );
    CREATE INDEX revocation_time ON profiles.revocation (revoked_at)
"""

API_KEY = """
    CREATE TABLE profiles.api_key (
        id uuid PRIMARY KEY,
        organisation uuid REFERENCES profiles.organisation,
        prefix text NOT NULL,
        hash bytea NOT NULL,
        scopes text[] NOT NULL,
        name text NOT NULL,
        created_by uuid NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        expires_at timestamptz NOT NULL,
        last_used_day date,
        revoked_at timestamptz,
        CHECK (expires_at <= created_at + interval '366 days')
    );
    CREATE INDEX api_key_organisation ON profiles.api_key (organisation)
"""

ACTING = """
    CREATE TABLE profiles.acting_consent (
        id uuid PRIMARY KEY,
        worker uuid NOT NULL REFERENCES profiles.account ON DELETE CASCADE,
        given text NOT NULL CHECK (given IN ('paper', 'code')),
        purpose text NOT NULL,
        reference text,
        recorded_by uuid NOT NULL,
        recorded_at timestamptz NOT NULL DEFAULT now(),
        confirmed_at timestamptz,
        challenge uuid,
        until timestamptz NOT NULL,
        withdrawn_at timestamptz,
        withdrawn_by uuid
    );
    CREATE INDEX acting_consent_worker ON profiles.acting_consent (worker);
    CREATE INDEX acting_consent_recorded_by ON profiles.acting_consent (recorded_by);
    CREATE TABLE profiles.acting (
        id uuid PRIMARY KEY,
        actor uuid NOT NULL,
        actor_session uuid,
        subject uuid NOT NULL,
        tenant uuid,
        basis text NOT NULL,
        basis_id uuid NOT NULL,
        started_at timestamptz NOT NULL DEFAULT now(),
        ends_at timestamptz NOT NULL,
        revoked_at timestamptz
    );
    CREATE INDEX acting_basis ON profiles.acting (basis_id, ends_at);
    CREATE INDEX acting_session ON profiles.acting (actor_session, ends_at)
"""

DELIVERY = """
    CREATE TABLE profiles.delivery (
        id uuid PRIMARY KEY,
        channel text NOT NULL CHECK (channel IN ('email', 'phone')),
        sealed bytea NOT NULL,
        queued_at timestamptz NOT NULL DEFAULT now(),
        attempts integer NOT NULL DEFAULT 0,
        next_at timestamptz NOT NULL DEFAULT now(),
        expires_at timestamptz NOT NULL
    );
    CREATE INDEX delivery_due ON profiles.delivery (next_at)
"""

TABLES = (
    "delivery",
    "acting",
    "acting_consent",
    "api_key",
    "revocation",
    "attempt",
    "one_time_code",
    "refresh_token",
    "sign_in",
    "invitation",
    "membership",
    "recovery_code",
    "totp",
    "password",
    "login",
    "account",
    "account_key",
)

# what even an auditor has no business to read; of the last, others may add rows
SECRETS = (
    "account_key",
    "password",
    "totp",
    "recovery_code",
    "refresh_token",
    "one_time_code",
    "delivery",
)


def upgrade() -> None:
    for statements in (ACCOUNT, MEMBERSHIP, SIGN_IN, API_KEY, ACTING, DELIVERY):
        for statement in statements.split(";"):
            op.execute(statement)
    own = f"account = {walls.CALLER}"
    organisations = f"organisation = {walls.TENANT}"
    walls.wall("profiles.account", read=f"id = {walls.CALLER}")
    walls.wall("profiles.login", read=own)
    walls.wall(
        "profiles.sign_in",
        read=own,
        write=own,
        app="SELECT, UPDATE (revoked_at, revoked_reason)",
    )
    walls.wall(
        "profiles.membership",
        read=f"{organisations} OR {own}",
        write=organisations,
        app="SELECT, INSERT, UPDATE",
    )
    for table in ("invitation", "api_key"):
        walls.wall(
            f"profiles.{table}",
            read=organisations,
            write=organisations,
            app="SELECT, INSERT, UPDATE",
        )
    party = f"worker = {walls.CALLER} OR recorded_by = {walls.CALLER}"
    walls.wall(
        "profiles.acting_consent",
        read=party,
        write=party,
        app="SELECT, INSERT, UPDATE",
    )
    # whoever sees a consent may end what was begun on it
    either = (
        f"subject = {walls.CALLER} OR actor = {walls.CALLER}"
        " OR EXISTS (SELECT 1 FROM profiles.acting_consent AS given"
        " WHERE given.id = basis_id)"
    )
    walls.wall(
        "profiles.acting",
        read=either,
        write=either,
        app="SELECT, UPDATE (revoked_at)",
    )
    # whoever ends a sign-in, key or consent of theirs says so, and who invites sends
    # a message; nobody reads either back
    for table in ("revocation", "delivery"):
        walls.wall(f"profiles.{table}", read="false", write="true", app="INSERT")
    for table in ("attempt", *SECRETS[:-1]):
        walls.system_only(f"profiles.{table}")
    for table in SECRETS:
        op.execute(f"REVOKE SELECT ON profiles.{table} FROM {walls.AUDITOR}")


def downgrade() -> None:
    for table in TABLES:
        op.execute(f"DROP TABLE profiles.{table}")
