"""API keys as their administrator sees them. A key is ``dh_<key id>_<secret>``; only the secret's SHA-256 is stored.

The secret is 192 random bits, so a plain hash is enough: there is nothing to guess. `hub.store.credentials` is the
view of one key that the API has.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from hub.errors import Invalid, NotFound

ROLES = ("head_office", "steward", "dealer", "routing", "auditor")

_CREATE = sa.text(
    """INSERT INTO api_key (key_id, secret_sha256, role, dealer, created_at, expires_at)
       VALUES (:key_id, :secret_sha256, :role, :dealer, :created_at, :expires_at)"""
)
_DEALER = sa.text("SELECT 1 FROM dealer WHERE code = :code")
_LIST = sa.text(
    """SELECT key_id, role, dealer, created_at, expires_at, revoked_at FROM api_key
       ORDER BY created_at, key_id"""
)
_EXPIRE = sa.text("UPDATE api_key SET expires_at = :at WHERE key_id = :key_id")
_REVOKE = sa.text("UPDATE api_key SET revoked_at = coalesce(revoked_at, :at) WHERE key_id = :key_id RETURNING key_id")


@dataclass(frozen=True)
class Key:
    """A key without its secret."""

    key_id: str
    role: str
    dealer: str | None
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None


def create_key(
    conn: Connection, role: str, dealer: str | None, created_at: datetime, expires_at: datetime | None = None
) -> str:
    """Make a key for a role, and return it whole: the only time that the secret is seen.

    Raises:
        Invalid: unknown role or dealer, a dealer's key without a dealer, another role's with one.
    """
    if role not in ROLES:
        raise Invalid(f"Unknown role {role!r}; the roles are {', '.join(ROLES)}.")
    if (role == "dealer") != (dealer is not None):
        raise Invalid("A key of role dealer needs --dealer CODE, and no other role has one.")
    if dealer is not None and conn.execute(_DEALER, {"code": dealer}).first() is None:
        raise Invalid(f"Unknown dealer {dealer!r}; `dealerhub dealers sync` brings the importer's registry in.")
    key_id, secret = secrets.token_hex(4), secrets.token_hex(24)
    values = {"key_id": key_id, "secret_sha256": hashlib.sha256(secret.encode()).hexdigest(), "role": role}
    conn.execute(_CREATE, {**values, "dealer": dealer, "created_at": created_at, "expires_at": expires_at})
    return f"dh_{key_id}_{secret}"


def list_keys(conn: Connection) -> list[Key]:
    """All keys ever made, the oldest first."""
    return [Key(*row) for row in conn.execute(_LIST)]


def expire_key(conn: Connection, key_id: str, at: datetime) -> None:
    """Let a key end at a moment."""
    conn.execute(_EXPIRE, {"key_id": key_id, "at": at})


def revoke_key(conn: Connection, key: str, at: datetime) -> str:
    """End a key, named by its public part or whole; returns the public part. Ending it twice changes nothing.

    Raises:
        NotFound: there is no such key.
    """
    key_id = key.split("_")[1] if key.startswith("dh_") else key
    if conn.execute(_REVOKE, {"key_id": key_id, "at": at}).first() is None:
        raise NotFound("There is no such key; `dealerhub keys list` shows them.")
    return key_id
