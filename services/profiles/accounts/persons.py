"""What accounts hold of a worker, for export and erasure.

The order is that of erasing: what is found by way of another table goes before it.
"""

from __future__ import annotations

from shared.persons.registry import PersonTable

OWN = "CAST(:person AS uuid)"
OWN_LOOKUPS = f"SELECT lookup FROM profiles.login WHERE account = {OWN}"
OWN_SIGN_INS = f"SELECT id FROM profiles.sign_in WHERE account = {OWN}"


def _found_by(
    table: str, what: str, columns: str, where: str, before: str = ""
) -> PersonTable:
    return PersonTable(
        table=table,
        what=what,
        rows=f"SELECT {columns} FROM profiles.{table} WHERE {where}",
        erase=f"{before}DELETE FROM profiles.{table} WHERE {where}",
    )


ACCOUNT_TABLES = (
    _found_by(
        "one_time_code",
        "codes the person was sent in the last minutes; the code itself is not kept",
        "purpose, created_at, expires_at, used_at",
        f"account = {OWN} OR lookup IN ({OWN_LOOKUPS})",
    ),
    _found_by(
        "login",
        "how the person signs in; the address is kept as a keyed hash alone",
        "kind, verified_at",
        f"account = {OWN}",
    ),
    _found_by(
        "password",
        "that the person has a password; it is kept as a hash",
        "changed_at",
        f"account = {OWN}",
    ),
    _found_by(
        "totp",
        "that the person uses an authenticator",
        "confirmed_at",
        f"account = {OWN}",
    ),
    _found_by(
        "recovery_code",
        "recovery codes that are left; kept as hashes",
        "'one' AS left",
        f"account = {OWN}",
    ),
    _found_by(
        "refresh_token",
        "when each sign-in was kept up; the tokens are kept as hashes",
        "sign_in, issued_at, used_at",
        f"sign_in IN ({OWN_SIGN_INS})",
    ),
    _found_by(
        "sign_in",
        "where and when the person signed in",
        "id, method, started_at, last_used_at, ends_at, revoked_at, revoked_reason",
        f"account = {OWN}",
        # what was issued must be refused although nothing is left to say so
        "WITH ended AS (INSERT INTO profiles.revocation (kind, target)"
        f" SELECT 'session', id FROM ({OWN_SIGN_INS}) AS theirs) ",
    ),
    _found_by(
        "acting",
        "who acted for the person",
        "actor, basis_id, started_at, ends_at, revoked_at",
        f"subject = {OWN}",
        "WITH ended AS (INSERT INTO profiles.revocation (kind, target)"
        f" SELECT 'session', id FROM profiles.acting WHERE subject = {OWN}"
        " AND ends_at > now()) ",
    ),
    _found_by(
        "acting_consent",
        "what the person let a clerk do for them",
        "given, purpose, reference, recorded_by, recorded_at, confirmed_at, until,"
        " withdrawn_at",
        f"worker = {OWN}",
    ),
    _found_by(
        "account",
        "the account",
        "kind, state, created_at",
        f"id = {OWN}",
    ),
)

NOT_WORKERS = {
    "membership": "a member of an organisation, who is no worker; ends with it",
    "invitation": "somebody invited by an organisation; gone a month after it ends",
    "api_key": "an organisation's or operator's key",
    "revocation": "ids of sign-ins and keys that ended within a day",
    "delivery": "a sealed message, gone once it is sent or too late",
}
