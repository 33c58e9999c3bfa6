"""Accounts and keys as people administer them by the pages: each within its own office (`hub.access.administration`).

What is not the administrator's to see does not exist for it. Nobody disables or demotes the account that it is signed in with, so
head office cannot lock itself out by a slip.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from hub.access.administration import HEAD_OFFICE, Office, administers, may_see
from hub.errors import Conflict, Forbidden, Invalid, NotFound
from hub.flows import manage_accounts as manage
from hub.store import accounts, keys
from hub.store.accounts import Account
from hub.store.engine import Database
from hub.store.keys import Key

OVERLAP = timedelta(days=1)  # that a key which is replaced still works


@dataclass(frozen=True)
class NewAccount:
    """Of a person who shall sign in."""

    login: str
    name: str
    role: str
    dealer: str | None
    administrator: bool


def office_of(account: Account) -> Office:
    """What counts for administration."""
    return Office(account.role, account.dealer, account.administrator)


def people(db: Database, who: Account) -> list[Account]:
    """The accounts that the person administers, by login.

    Raises:
        Forbidden: none at all.
    """
    _check(who)
    with db.worker() as conn:
        return [one for one in accounts.list_accounts(conn) if may_see(office_of(who), office_of(one))]


def find(db: Database, who: Account, account_id: int) -> Account:
    """One of them.

    Raises:
        NotFound: there is none, or it is not the person's to see.
        Forbidden: the person administers nobody.
    """
    with db.worker() as conn:
        return _found(conn, who, account_id)


def add(db: Database, who: Account, new: NewAccount, at: datetime) -> tuple[Account, str]:
    """Make an account; returns it and its first password, which is shown this once.

    Raises:
        Invalid, Conflict: as `manage_accounts.create_account`.
        Forbidden: the account would not be the person's to see.
    """
    _check(who)
    if not may_see(office_of(who), Office(new.role, new.dealer)):
        raise Forbidden("You make accounts for your own dealer alone.")
    with db.worker() as conn:
        return manage.create_account(conn, new.login, new.name, new.role, new.dealer, at, new.administrator)


def change(db: Database, who: Account, account_id: int, name: str, role: str, dealer: str | None, admin: bool) -> None:
    """Change what a person may do; it counts with that person's next request.

    Raises:
        NotFound: as `find`.
        Invalid: a role without its dealer, or a dealer that is none; no name.
        Conflict: one's own role.
        Forbidden: the account would leave the administrator's office.
    """
    with db.worker() as conn:
        found = _found(conn, who, account_id)
        if found.account_id == who.account_id and (role, dealer, admin) != (who.role, who.dealer, who.administrator):
            raise Conflict("Nobody changes its own role; ask a colleague.")
        if not may_see(office_of(who), Office(role, dealer)):
            raise Forbidden("You administer your own dealer's accounts alone.")
        accounts.check_office(conn, role, dealer)
        if not name.strip():
            raise Invalid("An account needs the person's name.")
        accounts.change_account(
            conn, found.login, name=name.strip(), role=role, dealer=dealer, administrator=admin and role == "dealer"
        )


def new_password(db: Database, who: Account, account_id: int) -> tuple[Account, str]:
    """Give an account a new password, which is shown this once; its sessions end."""
    with db.worker() as conn:
        return manage.set_password(conn, _found(conn, who, account_id).login)


def drop_second_factor(db: Database, who: Account, account_id: int) -> None:
    """Take a second factor away, say because the phone is lost."""
    with db.worker() as conn:
        manage.drop_second_factor(conn, _found(conn, who, account_id).login)


def disable(db: Database, who: Account, account_id: int, at: datetime) -> None:
    """Close an account: its sessions end.

    Raises:
        Conflict: it is one's own.
    """
    with db.worker() as conn:
        found = _found(conn, who, account_id)
        if found.account_id == who.account_id:
            raise Conflict("Nobody closes the account that it is signed in with; ask a colleague.")
        manage.disable(conn, found.login, at)


def enable(db: Database, who: Account, account_id: int) -> None:
    """Open a closed account again, with its password and second factor as they were."""
    with db.worker() as conn:
        accounts.change_account(conn, _found(conn, who, account_id).login, disabled_at=None, failures=0)


# -------------------------------------------------------------------- keys of programs


def list_keys(db: Database, who: Account) -> list[Key]:
    """All keys, for head office."""
    _head_office(who)
    with db.worker() as conn:
        return keys.list_keys(conn)


def find_key(db: Database, who: Account, key_id: str) -> Key:
    """One key.

    Raises:
        NotFound: there is no such key.
    """
    found = next((key for key in list_keys(db, who) if key.key_id == key_id), None)
    if found is None:
        raise NotFound("There is no such key.")
    return found


def add_key(db: Database, who: Account, role: str, dealer: str | None, at: datetime, days: int | None) -> str:
    """Make a key; returns it whole, this once.

    Args:
        days: until it expires; None: never.
    """
    _head_office(who)
    with db.worker() as conn:
        return keys.create_key(conn, role, dealer, at, at + timedelta(days=days) if days else None)


def revoke_key(db: Database, who: Account, key_id: str, at: datetime) -> None:
    """End a key: the next request with it is refused."""
    _head_office(who)
    with db.worker() as conn:
        keys.revoke_key(conn, key_id, at)


def rotate_key(db: Database, who: Account, key_id: str, at: datetime) -> str:
    """Make a key in the place of another, which still works for a day; returns the new one whole, this once.

    Raises:
        NotFound: there is no such key.
        Conflict: it has ended.
    """
    _head_office(who)
    with db.worker() as conn:
        old = next((key for key in keys.list_keys(conn) if key.key_id == key_id), None)
        if old is None:
            raise NotFound("There is no such key.")
        if old.revoked_at is not None or (old.expires_at is not None and old.expires_at <= at):
            raise Conflict("This key has ended; make a new one.")
        span = None if old.expires_at is None else old.expires_at - old.created_at
        new = keys.create_key(conn, old.role, old.dealer, at, None if span is None else at + span)
        keys.expire_key(conn, key_id, min(at + OVERLAP, old.expires_at or at + OVERLAP))
        return new


def _found(conn: Connection, who: Account, account_id: int) -> Account:
    _check(who)
    found = accounts.find_account_by_id(conn, account_id)
    if found is None or not may_see(office_of(who), office_of(found)):
        raise NotFound("There is no such account.")
    return found


def _check(who: Account) -> None:
    if not administers(office_of(who)):
        raise Forbidden("This page is for others. Ask head office if you need it.")


def _head_office(who: Account) -> None:
    if who.role != HEAD_OFFICE:
        raise Forbidden("This page is for others. Ask head office if you need it.")
