"""What a person does with its own account: password, second factor, sessions. Each change wants the password once more."""

from __future__ import annotations

from datetime import datetime

from hub.access import passwords, second_factor
from hub.errors import Invalid
from hub.flows import manage_accounts as manage
from hub.flows.sign_in import session_hash, verifying
from hub.store import accounts
from hub.store.accounts import Account, OpenSession
from hub.store.engine import Database

WRONG = "The present password is not right."


def change_password(db: Database, who: Account, token: str, present: str, new: str) -> None:
    """Take a new password; all other sessions end.

    Args:
        token: of the present session, which stays.

    Raises:
        Invalid: the present password is wrong, or the new one is too weak.
        TooMany: others are signing in; come again.
    """
    _check(who, present)
    with verifying():
        digest = passwords.hashed(new, who.login)
    with db.worker() as conn:
        accounts.change_account(conn, who.login, password_hash=digest)
        accounts.end_sessions(conn, who.account_id, but=session_hash(token))


def propose_second_factor(who: Account) -> tuple[str, str]:
    """A fresh secret, and the address of it that an app reads as a QR code; nothing is stored before a code was shown."""
    secret = second_factor.new_secret()
    return secret, second_factor.enrolment_uri(secret, who.login)


def take_second_factor(db: Database, who: Account, present: str, secret: str, code: str, at: datetime) -> None:
    """From now on signing in wants a code.

    Raises:
        Invalid: the password or the code is wrong.
    """
    if not second_factor.well_formed(secret):
        raise Invalid("This form is too old. Load the page again, and send it once more.")
    _check(who, present)
    step = second_factor.step_of(secret, code, at, 0)
    if step is None:
        raise Invalid("The code is not right. Is the clock of the phone right?")
    with db.worker() as conn:
        accounts.change_account(conn, who.login, totp_secret=secret, totp_step=step)


def drop_second_factor(db: Database, who: Account, present: str) -> None:
    """Sign in by password alone again.

    Raises:
        Invalid: the password is wrong.
    """
    _check(who, present)
    with db.worker() as conn:
        manage.drop_second_factor(conn, who.login)


def sessions(db: Database, who: Account, token: str, at: datetime) -> list[OpenSession]:
    """The person's open sessions, the last used first; ``present`` marks the one of ``token``."""
    with db.worker() as conn:
        return accounts.open_sessions(conn, who.account_id, session_hash(token), at)


def sign_out_everywhere(db: Database, who: Account) -> None:
    """End all sessions, the present one too."""
    with db.worker() as conn:
        accounts.end_sessions(conn, who.account_id)


def _check(who: Account, present: str) -> None:
    with verifying():
        right = passwords.matches(present, who.password_hash)
    if not right:
        raise Invalid(WRONG)
