"""People's accounts and their sessions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from hub.errors import Conflict, Invalid, NotFound

PEOPLE = ("head_office", "steward", "dealer", "auditor")

_COLUMNS = """account_id, login, name, role, dealer, administrator, language, password_hash, totp_secret, totp_step,
              failures, locked_until, created_at, disabled_at"""


@dataclass(frozen=True)
class Account:
    """A person who may sign in.

    Attributes:
        administrator: of its dealer's accounts.
        language: of the pages, or None to follow the browser.
        password_hash: argon2id; None until a password is set.
        totp_secret, totp_step: of the second factor, and the last step whose code was taken.
        failures, locked_until: wrong passwords or codes in a row, and what came of them.
    """

    account_id: int
    login: str
    name: str
    role: str
    dealer: str | None
    administrator: bool
    language: str | None
    password_hash: str | None
    totp_secret: str | None
    totp_step: int
    failures: int
    locked_until: datetime | None
    created_at: datetime
    disabled_at: datetime | None


@dataclass(frozen=True)
class SignedIn:
    """A session that lives: whose it is, and what its forms bring along."""

    account: Account
    csrf: str
    seen_at: datetime


@dataclass(frozen=True)
class OpenSession:
    """A session as its owner sees it; ``present`` is the one that asks."""

    began_at: datetime
    seen_at: datetime
    present: bool


def create_account(
    conn: Connection, login: str, name: str, role: str, dealer: str | None, administrator: bool, at: datetime
) -> Account:
    """Make an account; it has no password yet.

    Raises:
        Invalid: an unknown role or dealer, a dealer's person without a dealer, another role's with one.
        Conflict: the login is taken.
    """
    login = login.strip().lower()
    check_office(conn, role, dealer)
    if not login or not name.strip():
        raise Invalid("An account needs a login and the person's name.")
    made = conn.execute(
        sa.text(f"""INSERT INTO account (login, name, role, dealer, administrator, created_at)
                    VALUES (:login, :name, :role, :dealer, :administrator, :at)
                    ON CONFLICT (login) DO NOTHING RETURNING {_COLUMNS}"""),
        {
            "login": login,
            "name": name.strip(),
            "role": role,
            "dealer": dealer,
            "administrator": administrator,
            "at": at,
        },
    ).one_or_none()
    if made is None:
        raise Conflict(f"The login {login!r} is taken.")
    return Account(*made)


def check_office(conn: Connection, role: str, dealer: str | None) -> None:
    """Refuse a role or dealer that is none, or that do not go together.

    Raises:
        Invalid: which, and the cure.
    """
    if role not in PEOPLE:
        raise Invalid(f"Unknown role {role!r}; people have {', '.join(PEOPLE)}. Programs get a key: dealerhub keys.")
    if (role == "dealer") != (dealer is not None):
        raise Invalid("A person of role dealer needs --dealer CODE, and no other role has one.")
    if dealer and conn.execute(sa.text("SELECT 1 FROM dealer WHERE code = :code"), {"code": dealer}).first() is None:
        raise Invalid(f"Unknown dealer {dealer!r}; `dealerhub dealers sync` brings the importer's registry in.")


def find_account_by_id(conn: Connection, account_id: int) -> Account | None:
    """The account of this number."""
    query = sa.text(f"SELECT {_COLUMNS} FROM account WHERE account_id = :id")
    row = conn.execute(query, {"id": account_id}).one_or_none()
    return Account(*row) if row else None


def list_accounts(conn: Connection) -> list[Account]:
    """All accounts by login."""
    return [Account(*row) for row in conn.execute(sa.text(f"SELECT {_COLUMNS} FROM account ORDER BY login"))]


def find_account(conn: Connection, login: str, lock: bool = False) -> Account | None:
    """The account of this login, in any case of letters; locked against others' sign-ins if asked."""
    row = conn.execute(
        sa.text(f"SELECT {_COLUMNS} FROM account WHERE login = :login" + (" FOR UPDATE" if lock else "")),
        {"login": login.strip().lower()},
    ).one_or_none()
    return Account(*row) if row else None


def change_account(conn: Connection, login: str, **values: Any) -> Account:
    """Set columns of an account.

    Raises:
        NotFound: there is no such login.
    """
    assert values.keys() <= set(Account.__dataclass_fields__)
    row = conn.execute(
        sa.text(
            f"UPDATE account SET {', '.join(f'{name} = :{name}' for name in values)} "
            f"WHERE login = :the_login RETURNING {_COLUMNS}"
        ),
        {**values, "the_login": login.strip().lower()},
    ).one_or_none()
    if row is None:
        raise NotFound("There is no such login; `dealerhub users list` shows them.")
    return Account(*row)


# -------------------------------------------------------------------- sessions


def begin_session(
    conn: Connection, token_sha256: str, account_id: int, csrf: str, at: datetime, expires_at: datetime
) -> None:
    """Store a session by its token's hash; sessions that have expired go."""
    conn.execute(sa.text("DELETE FROM session WHERE expires_at <= :at"), {"at": at})
    conn.execute(
        sa.text("""INSERT INTO session (token_sha256, account_id, csrf, began_at, seen_at, expires_at)
                   VALUES (:token, :account, :csrf, :at, :at, :expires)"""),
        {"token": token_sha256, "account": account_id, "csrf": csrf, "at": at, "expires": expires_at},
    )


_FIND_SESSION = sa.text(
    f"""SELECT {", ".join(f"a.{name.strip()}" for name in _COLUMNS.split(","))}, s.csrf, s.seen_at
        FROM session s JOIN account a USING (account_id)
        WHERE s.token_sha256 = :token AND s.expires_at > :at AND a.disabled_at IS NULL"""
)


def find_session(conn: Connection, token_sha256: str, at: datetime) -> SignedIn | None:
    """The living session of a token, in a transaction opened for it (``Database.api(key=token_sha256)``)."""
    row = conn.execute(_FIND_SESSION, {"token": token_sha256, "at": at}).one_or_none()
    return SignedIn(Account(*row[:-2]), row[-2], row[-1]) if row else None


def touch_session(conn: Connection, token_sha256: str, at: datetime, expires_at: datetime) -> None:
    """Prolong a session that is in use."""
    conn.execute(
        sa.text("UPDATE session SET seen_at = :at, expires_at = :expires WHERE token_sha256 = :token"),
        {"token": token_sha256, "at": at, "expires": expires_at},
    )


def end_session(conn: Connection, token_sha256: str) -> None:
    """End one session."""
    conn.execute(sa.text("DELETE FROM session WHERE token_sha256 = :token"), {"token": token_sha256})


def open_sessions(conn: Connection, account_id: int, token_sha256: str, at: datetime) -> list[OpenSession]:
    """The living sessions of an account, the last used first."""
    rows = conn.execute(
        sa.text("""SELECT began_at, seen_at, token_sha256 = :token FROM session
                   WHERE account_id = :account AND expires_at > :at ORDER BY seen_at DESC"""),
        {"account": account_id, "token": token_sha256, "at": at},
    )
    return [OpenSession(*row) for row in rows]


def end_sessions(conn: Connection, account_id: int, but: str = "") -> None:
    """End all sessions of an account, save the one whose token has the hash ``but``."""
    conn.execute(
        sa.text("DELETE FROM session WHERE account_id = :account AND token_sha256 <> :but"),
        {"account": account_id, "but": but},
    )
