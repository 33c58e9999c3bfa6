"""Requests that are sent again: one effect, and the same answer.

The first request with a key inserts its row and works; whoever sends the same key meanwhile waits at that row until the
first has committed, and then reads its answer. If the first fails, the next one takes its place.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from hub.errors import HubError
from hub.store.questions import Question, Sender, together


class KeyReused(HubError):
    """The Idempotency-Key was sent before with another request."""

    code, status = "idempotency_key_reused", 422


@dataclass(frozen=True)
class Once:
    """A request that may be sent again.

    Attributes:
        scope: whose key it is: a dealer's code, or the principal. Nobody else's request is answered by it.
        key: as the client sent it.
        sha256: hexadecimal, of route and body.
    """

    scope: str
    key: str
    sha256: str


_CLAIM = sa.text(
    """INSERT INTO request (scope, key, request_sha256, entered_at)
       SELECT scope, key, sha256, :at FROM unnest(CAST(:scopes AS text[]), CAST(:keys AS text[]), CAST(:digests AS text[]))
           AS asked (scope, key, sha256) ORDER BY scope, key
       ON CONFLICT DO NOTHING RETURNING scope, key"""
)
_READ = sa.text(
    """SELECT scope, key, request_sha256, answer FROM request
       JOIN unnest(CAST(:scopes AS text[]), CAST(:keys AS text[])) AS asked (scope, key) USING (scope, key)"""
)
_KEEP = sa.text("UPDATE request SET answer = CAST(:answer AS jsonb) WHERE scope = :scope AND key = :key")
_FORGET = sa.text("DELETE FROM request WHERE entered_at < :before")


def claim(conn: Connection, once: Once, at: datetime) -> Any | None:
    """The answer that this very request got before; None: it is new, and this transaction works on it.

    First of all in a transaction, before any other lock.

    Raises:
        KeyReused: the key was sent with another request.
    """
    with together(conn) as send:
        before = send_claims(send, [once], at)
    answer = before()[0]
    if isinstance(answer, KeyReused):
        raise answer
    return answer


def send_claims(send: Sender, asked: Sequence[Once], at: datetime) -> Callable[[], list[Any | KeyReused | None]]:
    """The same for several requests, no two under one key, among other questions; call what is returned when they are answered.

    The error of a key that was used for another request stands in its place.
    """
    values = {"scopes": [once.scope for once in asked], "keys": [once.key for once in asked]}
    digests = [once.sha256 for once in asked]
    claimed = send(
        Question(_CLAIM, {**values, "digests": digests, "at": at}, lambda rows: {tuple(row) for row in rows})
    )
    # its own snapshot: what the claim waited for is there
    read = send(Question(_READ, values, lambda rows: {(scope, key): rest for scope, key, *rest in rows}))

    def before(once: Once) -> Any | KeyReused | None:
        if (once.scope, once.key) in claimed():
            return None
        sha256, answer = read()[once.scope, once.key]
        if sha256 == once.sha256:
            return answer
        return KeyReused("This Idempotency-Key was sent before with another request. Take a new key for a new request.")

    return lambda: [before(once) for once in asked]


def keep(conn: Connection, once: Once, answer: Any) -> None:
    """Remember the answer of a claimed request; it holds JSON values alone."""
    values = {"scope": once.scope, "key": once.key, "answer": json.dumps(answer, ensure_ascii=False)}
    conn.execute(_KEEP, values)


def forget(conn: Connection, before: datetime) -> int:
    """Drop keys that were entered before a moment; returns how many."""
    return conn.execute(_FORGET, {"before": before}).rowcount
