"""Make, change and close accounts of people."""

from __future__ import annotations

import secrets
from datetime import datetime

from sqlalchemy import Connection

from hub.access import passwords, second_factor
from hub.errors import NotFound
from hub.store import accounts
from hub.store.accounts import Account

_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that look alike


def create_account(
    conn: Connection,
    login: str,
    name: str,
    role: str,
    dealer: str | None,
    at: datetime,
    administrator: bool = False,
    password: str | None = None,
) -> tuple[Account, str]:
    """Make an account with the given password, or one made up; returns both. The hub keeps only the hash."""
    account = accounts.create_account(conn, login, name, role, dealer, administrator, at)
    return set_password(conn, account.login, password)


def set_password(conn: Connection, login: str, password: str | None = None) -> tuple[Account, str]:
    """Give an account a password, open it if it was shut, and end its sessions; returns account and password.

    Raises:
        Invalid: the password is too weak.
        NotFound: there is no such login.
    """
    chosen = password if password is not None else made_up_password()
    digest = passwords.hashed(chosen, login)
    account = accounts.change_account(conn, login, password_hash=digest, failures=0, locked_until=None)
    accounts.end_sessions(conn, account.account_id)
    return account, chosen


def made_up_password() -> str:
    """A random password of 20 letters and digits (98 bits), in groups that can be read out."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(5)) for _ in range(4))


def set_second_factor(conn: Connection, login: str) -> str:
    """Give an account a new second factor; returns what the app reads as a QR code."""
    secret = second_factor.new_secret()
    account = accounts.change_account(conn, login, totp_secret=secret, totp_step=0)
    return second_factor.enrolment_uri(secret, account.login)


def drop_second_factor(conn: Connection, login: str) -> None:
    """Take an account's second factor away, say because the phone is lost."""
    accounts.change_account(conn, login, totp_secret=None, totp_step=0)


def disable(conn: Connection, login: str, at: datetime) -> None:
    """Close an account: its sessions end with the next request. Its name stays in the log."""
    found = accounts.find_account(conn, login)
    if found is None:
        raise NotFound("There is no such login; `dealerhub users list` shows them.")
    accounts.change_account(conn, login, disabled_at=found.disabled_at or at)
    accounts.end_sessions(conn, found.account_id)
