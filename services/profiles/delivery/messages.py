"""What people are sent, in words. English; a client that speaks otherwise sends a link
of its own and needs the code alone."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Text:
    """A message; `subject` counts for e-mail alone."""

    subject: str
    body: str


def verification(code: str) -> Text:
    return Text(
        "Your Rollcall code",
        f"{code} is your code to finish signing up at Rollcall. It is good for 10"
        " minutes. If you did not sign up, ignore this message.",
    )


def already_known() -> Text:
    return Text(
        "You have a Rollcall account already",
        "Somebody, probably you, tried to sign up at Rollcall with this address, which"
        " has an account already. Sign in instead, or ask for a new password. If it was"
        " not you, there is nothing to do.",
    )


def sign_in(code: str) -> Text:
    return Text(
        "Your Rollcall code",
        f"{code} is your code to sign in at Rollcall. It is good for 10 minutes. Nobody"
        " of Rollcall will ever ask you for it.",
    )


def reset(code: str) -> Text:
    return Text(
        "Your new Rollcall password",
        f"{code} is your code to choose a new password at Rollcall. It is good for 10"
        " minutes. If you did not ask for it, ignore this message.",
    )


def password_changed() -> Text:
    return Text(
        "Your Rollcall password was changed",
        "The password of your Rollcall account was changed, and every other sign-in was"
        " ended. If it was not you, ask for a new password at once.",
    )


def consent(code: str, purpose: str) -> Text:
    return Text(
        "May the bureau act for you?",
        f"{code} is the code with which a clerk may act for you at Rollcall: {purpose}."
        " Tell it to the clerk in front of you if you agree, and to nobody else.",
    )


def invitation(organisation: str, token: str) -> Text:
    return Text(
        f"{organisation} invites you to Rollcall",
        f"{organisation} invites you to work with them at Rollcall. Accept with this"
        f" word, within 7 days:\n\n{token}\n",
    )
