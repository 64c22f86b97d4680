"""Situations of accounts, members, keys and consents."""

from __future__ import annotations

from shared.problems import Conflict, NotAllowed, Problem


class CodeRefused(Problem):
    """The code is wrong, used or too old; ask for a new one."""

    status = 422
    kind = "code-refused"


class PasswordRefused(NotAllowed):
    """The password is not right, or was tried too often."""

    kind = "password-refused"


class SignInTooOld(NotAllowed):
    """This needs a sign-in of the last 15 minutes; sign in again."""

    kind = "sign-in-too-old"


class SignInElsewhere(Conflict):
    """People sign in with another issuer here, and sign up there."""

    kind = "sign-in-elsewhere"


class AccountExists(Conflict):
    """This address has an account already; sign in instead."""

    kind = "account-exists"


class NoAccountHere(Conflict):
    """The access token is of no account that is kept here."""

    kind = "no-account-here"


class OrganisationUnknown(Conflict):
    """The organisation of the access token is not registered; register it first."""

    kind = "organisation-unknown"


class LastOwner(Conflict):
    """An organisation keeps at least one owner; make another member one first."""

    kind = "last-owner"


class LastLogin(Conflict):
    """An account keeps at least one address to sign in with; add another first."""

    kind = "last-login"


class SecondFactorNeeded(Conflict):
    """Operators and auditors sign in with a second factor; it can only be replaced."""

    kind = "second-factor-needed"


class InvitationSpent(Problem):
    """This invitation was accepted, withdrawn, or is too old."""

    status = 422
    kind = "invitation-spent"
