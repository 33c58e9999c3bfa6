"""What dealers are to be told by push: webhooks, and deliveries until they succeed or are given up."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection, RowMapping

_SET = sa.text(
    """INSERT INTO webhook (dealer, url, secret, since) VALUES (:dealer, :url, :secret, :at)
       ON CONFLICT (dealer) DO UPDATE SET url = :url, secret = :secret, since = :at"""
)
_GET = sa.text("SELECT url, secret, since FROM webhook WHERE dealer = :dealer")
_REMOVE = sa.text("DELETE FROM webhook WHERE dealer = :dealer RETURNING 1")
_ADD = sa.text(
    """INSERT INTO delivery (dealer, offer_id, kind, at, status, next_at)
       SELECT :dealer, :offer_id, :kind, :at, 'waiting', :at WHERE EXISTS (SELECT FROM webhook WHERE dealer = :dealer)"""
)
# The row stays locked while the request is under way: another process takes the next one, and nothing is sent twice
# unless this one dies.
_NEXT = sa.text(
    """SELECT d.delivery_id, d.dealer, d.offer_id, d.kind, d.at, d.attempts, w.url, w.secret
       FROM delivery d LEFT JOIN webhook w USING (dealer)
       WHERE d.status = 'waiting' AND d.next_at <= :at AND d.dealer <> ALL(:without) ORDER BY d.next_at, d.delivery_id
       LIMIT 1 FOR UPDATE OF d SKIP LOCKED"""
)
_SETTLE = sa.text(
    """UPDATE delivery SET status = :status, attempts = attempts + 1, next_at = :next_at, problem = :problem,
           finished_at = :finished_at WHERE delivery_id = :delivery_id"""
)
_LIST = sa.text(
    """SELECT delivery_id, dealer, offer_id, kind, at, status, attempts, next_at, finished_at, problem FROM delivery
       WHERE (CAST(:status AS text) IS NULL OR status = :status) AND (CAST(:dealer AS text) IS NULL OR dealer = :dealer)
         AND delivery_id > :after ORDER BY delivery_id LIMIT :limit"""
)
_RETRY = sa.text(
    """UPDATE delivery SET status = 'waiting', attempts = 0, next_at = :at, finished_at = NULL
       WHERE status = 'dead' AND (CAST(:dealer AS text) IS NULL OR dealer = :dealer)
         AND (CAST(:delivery_id AS bigint) IS NULL OR delivery_id = :delivery_id)"""
)


@dataclass(frozen=True)
class Webhook:
    """Where a dealer's leads are pushed to, and the secret that signs them."""

    url: str
    secret: str
    since: datetime


@dataclass(frozen=True)
class Delivery:
    """A delivery that is due; ``url`` and ``secret`` are None when the dealer has taken its webhook away."""

    delivery_id: int
    dealer: str
    offer_id: int
    kind: str
    at: datetime
    attempts: int
    url: str | None
    secret: str | None


def set_webhook(conn: Connection, dealer: str, url: str, secret: str, at: datetime) -> None:
    """Let a dealer's leads be pushed to an address; replaces an earlier one."""
    conn.execute(_SET, {"dealer": dealer, "url": url, "secret": secret, "at": at})


def find_webhook(conn: Connection, dealer: str) -> Webhook | None:
    """A dealer's webhook."""
    row = conn.execute(_GET, {"dealer": dealer}).one_or_none()
    return None if row is None else Webhook(*row)


def remove_webhook(conn: Connection, dealer: str) -> bool:
    """Push nothing to the dealer any more; False if there was no webhook."""
    return conn.execute(_REMOVE, {"dealer": dealer}).first() is not None


def add_delivery(conn: Connection, dealer: str, offer_id: int, kind: str, at: datetime) -> None:
    """Tell the dealer of a change of an offer, if it has a webhook."""
    conn.execute(_ADD, {"dealer": dealer, "offer_id": offer_id, "kind": kind, "at": at})


def next_delivery(conn: Connection, at: datetime, without: Collection[str] = ()) -> Delivery | None:
    """Lock and return the delivery that is due the longest, of those that nobody is at and that go to none of ``without``."""
    row = conn.execute(_NEXT, {"at": at, "without": list(without)}).one_or_none()
    return None if row is None else Delivery(*row)


def settle_delivery(
    conn: Connection, delivery_id: int, status: str, next_at: datetime | None, problem: str | None, at: datetime
) -> None:
    """Note the outcome of an attempt; ``status`` waiting: to be tried again at ``next_at``."""
    finished = None if status == "waiting" else at
    values = {"delivery_id": delivery_id, "status": status, "next_at": next_at, "problem": problem}
    conn.execute(_SETTLE, {**values, "finished_at": finished})


def list_deliveries(
    conn: Connection, after: int, limit: int, status: str | None = None, dealer: str | None = None
) -> Sequence[RowMapping]:
    """Deliveries in the order in which they arose."""
    asked = {"after": after, "limit": limit, "status": status, "dealer": dealer}
    return conn.execute(_LIST, asked).mappings().all()


def retry_dead(conn: Connection, at: datetime, dealer: str | None = None, delivery_id: int | None = None) -> int:
    """Take deliveries off the dead-letter list, to be tried anew; returns how many."""
    return conn.execute(_RETRY, {"at": at, "dealer": dealer, "delivery_id": delivery_id}).rowcount
