"""/v1/accounts: signing up, codes, passwords, second factor, and who one is."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Request

from services.profiles.accounts import commands, logins, queries, sign_up
from services.profiles.accounts.codes import Challenge, Purpose
from services.profiles.accounts.errors import (
    AccountExists,
    CodeRefused,
    LastLogin,
    NoAccountHere,
    PasswordRefused,
    SecondFactorNeeded,
    SignInElsewhere,
    SignInTooOld,
)
from services.profiles.accounts.registrar import (
    PeoplesRegistrar,
    RegistrarDep,
    network_of,
)
from services.profiles.accounts.schemas import (
    AccountView,
    ChallengeView,
    CodeGiven,
    LoginCode,
    LoginView,
    Me,
    NewLogin,
    NewPassword,
    PasswordChange,
    Proof,
    Reachable,
    RecoveryCodes,
    SignedUp,
    SignUp,
    StateChange,
    TotpEnrolment,
    TotpSecret,
)
from shared.access import EVERYONE, Own, Who, allow
from shared.database import OwnSession, SessionDep
from shared.idempotency import KeyedRoute, without_key
from shared.identity import SIGNED_IN, Role, Scope
from shared.openapi import problems
from shared.problems import NotFound, Overloaded
from shared.rate_limits.declared import rated
from shared.rates import RateClass

router = APIRouter(prefix="/v1/accounts", tags=["accounts"], route_class=KeyedRoute)

PUBLIC = [
    allow(EVERYONE, own=Own.PUBLIC),
    without_key("a code counts once as it is"),
    rated(RateClass.SIGN_IN),
]
OWN_ACCOUNT = [allow(SIGNED_IN - {Role.SERVICE}, scope=Scope.ACCOUNT, own=Own.ACCOUNT)]
AGAIN = without_key("a second time it finds it done")
PROVING = (NoAccountHere, PasswordRefused, CodeRefused, Overloaded)
OPERATORS = [allow(Role.OPERATOR, scope=Scope.MEMBERS_WRITE, own=Own.SYSTEM)]


@router.post(
    "/sign-ups",
    status_code=202,
    summary="Sign up",
    dependencies=PUBLIC,
    responses=problems(SignInElsewhere, Overloaded),
)
async def ask_to_sign_up(body: SignUp, registrar: PeoplesRegistrar) -> ChallengeView:
    """A worker, or the first owner of an organisation: a code is sent to the address.
    Whoever has an account already reads that there instead."""
    return _sent(await sign_up.ask_to_sign_up(registrar, body))


@router.post(
    "/sign-ups/{challenge}/verification",
    status_code=201,
    summary="Finish signing up",
    dependencies=PUBLIC,
    responses=problems(NotFound, CodeRefused, AccountExists, SignInElsewhere),
)
async def finish_sign_up(
    challenge: UUID, body: CodeGiven, request: Request, registrar: PeoplesRegistrar
) -> SignedUp:
    """With the code that was sent; makes the account and signs in. A challenge that
    never was is answered as a wrong code is."""
    caller, issued = await sign_up.finish_sign_up(
        registrar, challenge, body.code, network_of(request)
    )
    return SignedUp.model_validate(
        issued.as_json() | {"account": caller.subject, "organisation": caller.tenant}
    )


@router.post(
    "/codes",
    status_code=202,
    summary="Ask for a code to sign in",
    dependencies=PUBLIC,
    responses=problems(SignInElsewhere),
)
async def ask_for_code(body: Reachable, registrar: PeoplesRegistrar) -> ChallengeView:
    """Give challenge and code to the token endpoint; good for 10 minutes."""
    return _sent(await commands.ask_for_code(registrar, body.address, Purpose.SIGN_IN))


@router.post(
    "/password-resets",
    status_code=202,
    summary="Ask for a new password",
    dependencies=PUBLIC,
    responses=problems(SignInElsewhere),
)
async def ask_for_reset(body: Reachable, registrar: PeoplesRegistrar) -> ChallengeView:
    """A code is sent to the address, if it has an account."""
    return _sent(await commands.ask_for_code(registrar, body.address, Purpose.RESET))


@router.post(
    "/password-resets/{challenge}",
    status_code=204,
    summary="Choose a new password",
    dependencies=PUBLIC,
    responses=problems(NotFound, CodeRefused, SignInElsewhere, Overloaded),
)
async def reset_password(
    challenge: UUID, body: NewPassword, request: Request, registrar: PeoplesRegistrar
) -> None:
    """With the code that was sent; every sign-in ends."""
    await commands.reset_password(
        registrar, challenge, body.code, body.password, network_of(request)
    )


@router.get(
    "/me", summary="Read who one is", dependencies=OWN_ACCOUNT, responses=problems()
)
async def read_me(session: OwnSession, registrar: RegistrarDep, caller: Who) -> Me:
    """What the access token says, and the account behind it."""
    found = await queries.describe_account(session, caller.subject)
    if found is not None:
        found = await commands.with_names_opened(registrar, found)
    return Me(
        subject=caller.subject,
        role=caller.role,
        tenant=caller.tenant,
        scopes=sorted(caller.allowed),
        account=None if found is None else AccountView.model_validate(found),
    )


@router.put(
    "/me/password",
    status_code=204,
    summary="Change one's password",
    dependencies=OWN_ACCOUNT,
    responses=problems(NoAccountHere, PasswordRefused, Overloaded),
)
async def change_password(
    body: PasswordChange, registrar: RegistrarDep, caller: Who
) -> None:
    """Every other sign-in ends, and every address of the account is told. Who has none
    yet asks for a reset instead."""
    await commands.change_password(registrar, caller, body.current, body.new)


@router.post(
    "/me/totp",
    status_code=201,
    summary="Begin with an authenticator",
    dependencies=[*OWN_ACCOUNT, without_key("its answer is a secret")],
    responses=problems(
        NoAccountHere, PasswordRefused, SignInTooOld, CodeRefused, Overloaded
    ),
)
async def begin_totp(
    body: TotpEnrolment, registrar: RegistrarDep, caller: Who
) -> TotpSecret:
    """A secret for the authenticator, which counts once a code of it is confirmed. Who
    has no password has signed in within the last 15 minutes."""
    secret, uri = await commands.begin_totp(registrar, caller, body.password, body.totp)
    return TotpSecret(secret=secret, uri=uri)


@router.post(
    "/me/totp/confirmation",
    summary="Confirm the authenticator",
    dependencies=[*OWN_ACCOUNT, without_key("its answer is a secret")],
    responses=problems(CodeRefused),
)
async def confirm_totp(
    body: CodeGiven, registrar: RegistrarDep, caller: Who
) -> RecoveryCodes:
    """From now on signing in takes a code of it, or one of these; every other sign-in
    ends."""
    codes = await commands.confirm_totp(registrar, caller, body.code)
    return RecoveryCodes(recovery_codes=codes)


@router.post(
    "/me/totp/removal",
    status_code=204,
    summary="Remove the authenticator",
    dependencies=[*OWN_ACCOUNT, AGAIN],
    responses=problems(NotFound, SecondFactorNeeded, *PROVING),
)
async def remove_totp(body: Proof, registrar: RegistrarDep, caller: Who) -> None:
    """Signing in takes no code of it any more; every other sign-in ends. Operators and
    auditors can only replace theirs."""
    await logins.remove_totp(registrar, caller, body)


@router.post(
    "/me/logins",
    status_code=202,
    summary="Add an address to sign in with",
    dependencies=[*OWN_ACCOUNT, AGAIN],
    responses=problems(*PROVING),
)
async def ask_to_add_login(
    body: NewLogin, registrar: RegistrarDep, caller: Who
) -> ChallengeView:
    """A code is sent there. One that has an account already reads that instead."""
    return _sent(await logins.ask_to_add_login(registrar, caller, body))


@router.post(
    "/me/logins/verification",
    status_code=201,
    summary="Finish adding an address",
    dependencies=[*OWN_ACCOUNT, AGAIN],
    responses=problems(CodeRefused, AccountExists),
)
async def finish_adding_login(
    body: LoginCode, registrar: RegistrarDep, caller: Who
) -> LoginView:
    """With the code that was sent; the other addresses are told."""
    row = await logins.finish_adding(registrar, caller, body.challenge, body.code)
    return LoginView.model_validate(row)


@router.post(
    "/me/logins/{login_id}/removal",
    status_code=204,
    summary="Remove an address to sign in with",
    dependencies=[*OWN_ACCOUNT, AGAIN],
    responses=problems(NotFound, LastLogin, *PROVING),
)
async def remove_login(
    login_id: UUID,
    body: Proof,
    session: OwnSession,
    registrar: RegistrarDep,
    caller: Who,
) -> None:
    """Every other sign-in ends, and all addresses are told, the one that goes too."""
    await logins.remove_login(session, registrar, caller, login_id, body)


@router.get(
    "/{account_id}",
    summary="Read an account",
    dependencies=OPERATORS,
    responses=problems(NotFound),
)
async def read_account(
    account_id: UUID, session: SessionDep, registrar: RegistrarDep, caller: Who
) -> AccountView:
    """Kind, state and memberships; addresses are shown to nobody."""
    found = await queries.describe_account(session, account_id)
    if found is None:
        raise NotFound
    await commands.note_reading(session, caller, account_id)
    found = await commands.with_names_opened(registrar, found)
    return AccountView.model_validate(found)


@router.put(
    "/{account_id}/state",
    status_code=204,
    summary="Lock, close or open an account",
    dependencies=OPERATORS,
    responses=problems(NotFound),
)
async def set_account_state(
    account_id: UUID, body: StateChange, session: SessionDep, caller: Who
) -> None:
    """Whoever is not active has no sign-in left within two seconds."""
    await commands.set_state(session, caller, account_id, body.state)


def _sent(challenge: Challenge) -> ChallengeView:
    return ChallengeView(challenge=challenge.id, expires_at=challenge.expires_at)
