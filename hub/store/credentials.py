"""API keys as the API's own database role sees them: one at a time, by its public part, before anybody is known."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy import Connection

from hub.store.questions import Question, ask, done

_FIND = sa.text(
    """SELECT secret_sha256, role, dealer,
              revoked_at IS NOT NULL OR coalesce(expires_at <= now(), false) AS ended
       FROM api_key WHERE key_id = :key_id"""
)
_BECOME = sa.text(
    "SELECT set_config('hub.role', :role, true), set_config('hub.dealer', :dealer, true), set_config('hub.key', '', true)"
)


@dataclass(frozen=True)
class Credential:
    """An API key as stored.

    Attributes:
        secret_sha256: hexadecimal SHA-256 of the secret part.
        role: one of the roles of ``domain.md`` §10.
        dealer: the dealer's code for role ``dealer``, else None.
        ended: expired or revoked.
    """

    secret_sha256: str
    role: str
    dealer: str | None
    ended: bool


def find_credential(conn: Connection, key_id: str) -> Credential | None:
    """The API key with this public part, in a transaction opened for that part (``Database.api(key=…)``)."""
    return ask(conn, Question(_FIND, {"key_id": key_id}, lambda rows: Credential(*rows[0]) if rows else None))


def become(conn: Connection, role: str, dealer: str | None) -> None:
    """From here to the end of the transaction, see the slice of ``role`` and ``dealer``."""
    ask(conn, Question(_BECOME, {"role": role, "dealer": dealer or ""}, done))
