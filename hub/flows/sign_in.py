"""Sign in and out, and find the person behind a request; a session lives as long as it is used."""

from __future__ import annotations

import hashlib
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from hub.access import passwords, second_factor
from hub.access.lockout import locked_until
from hub.errors import TooMany, Unauthenticated
from hub.store import accounts
from hub.store.accounts import Account, SignedIn
from hub.store.audit import add_entry
from hub.store.engine import Database

IDLE = timedelta(hours=10)  # a session ends so long after its last request: a working day needs one sign-in
REFRESH = timedelta(minutes=5)  # how exactly the last request is remembered
AT_ONCE, WAITING = (
    2,
    8,
)  # passwords verified at a time by a process, 64 MB and a core each; and sign-ins that may wait for that
WRONG = "Login, password or code are not right. After several wrong tries the account is shut for a while."


class CodeNeeded(Unauthenticated):
    """Login and password are right; the account has a second factor, and its code is missing."""

    code = "code_needed"


@dataclass(frozen=True)
class NewSession:
    """What the browser gets: the cookie's value, and who signed in."""

    token: str
    account: Account


def sign_in(db: Database, login: str, password: str, code: str | None, at: datetime) -> NewSession:
    """Begin a session.

    The password is verified before the account is locked, since that takes long on purpose. What is then decided goes by
    the account as it is under the lock: tries at the same moment count one after the other.

    Raises:
        CodeNeeded: the second factor's code is missing.
        Unauthenticated: anything else is wrong; it is not told what.
        TooMany: others are signing in; come again.
    """
    with db.worker() as conn:
        seen = accounts.find_account(conn, login)
    stored = seen.password_hash if seen else None
    with verifying():
        known = passwords.matches(password, stored)
        fresh = passwords.hashed(password) if known and stored and passwords.outdated(stored) else None
    with db.worker() as conn:
        account = accounts.find_account(conn, login, lock=True)
        if account is not None and account.disabled_at is None and not _shut(account, at):
            known = known and account.password_hash == stored
            if known and account.totp_secret is None:
                return _begin(conn, account, fresh, {}, at)
            if known and not code:
                raise CodeNeeded("Enter the code that the authenticator app shows.")
            if known and (step := _step(account, code, at)) is not None:
                return _begin(conn, account, fresh, {"totp_step": step}, at)
            _count_failure(conn, account, at)
    raise Unauthenticated(WRONG)  # out here, so that the failure stays counted


_ENTRY, _TURNS = threading.BoundedSemaphore(AT_ONCE + WAITING), threading.BoundedSemaphore(AT_ONCE)


@contextmanager
def verifying() -> Iterator[None]:
    """One's turn to have a password verified.

    Raises:
        TooMany: too many wait already.
    """
    if not _ENTRY.acquire(blocking=False):
        raise TooMany("Many people are signing in just now. Try again in a few seconds.", 5)
    try:
        with _TURNS:
            yield
    finally:
        _ENTRY.release()


def _step(account: Account, code: str | None, at: datetime) -> int | None:
    if account.totp_secret is None or not code:
        return None
    return second_factor.step_of(account.totp_secret, code, at, account.totp_step)


def _shut(account: Account, at: datetime) -> bool:
    return account.locked_until is not None and account.locked_until > at


def _count_failure(conn: Connection, account: Account, at: datetime) -> None:
    failures = account.failures + 1
    accounts.change_account(conn, account.login, failures=failures, locked_until=locked_until(failures, at))
    add_entry(conn, f"user:{account.login}", account.role, account.dealer, "sign_in_failed")


def _begin(conn: Connection, account: Account, fresh: str | None, factor: dict[str, int], at: datetime) -> NewSession:
    """Begin the session; ``fresh`` is the password's hash by today's parameters, if the stored one is older."""
    changes: dict[str, object] = {"failures": 0, "locked_until": None, **factor}
    if fresh is not None:
        changes["password_hash"] = fresh
    account = accounts.change_account(conn, account.login, **changes)
    token = secrets.token_urlsafe(32)
    accounts.begin_session(conn, session_hash(token), account.account_id, secrets.token_urlsafe(24), at, at + IDLE)
    add_entry(conn, f"user:{account.login}", account.role, account.dealer, "sign_in")
    return NewSession(token, account)


def sign_out(db: Database, token: str) -> None:
    """End the session of a token; one that is over already is no error."""
    with db.worker() as conn:
        accounts.end_session(conn, session_hash(token))


def whose_session(db: Database, token: str, at: datetime) -> SignedIn:
    """The living session of a token.

    Raises:
        Unauthenticated: it is unknown, over, or its account is disabled.
    """
    digest = session_hash(token)
    with db.api(key=digest) as conn:
        found = accounts.find_session(conn, digest, at)
    if found is None:
        raise Unauthenticated("Please sign in.")
    if at - found.seen_at > REFRESH:
        with db.worker() as conn:
            accounts.touch_session(conn, digest, at, at + IDLE)
    return found


def session_hash(token: str) -> str:
    """What is stored of a session's token."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
