"""Tell dealers by push what happened to their offers; try again with growing pauses, and at last give a delivery up."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import Connection

from hub.access.opaque_ids import Words
from hub.errors import Invalid, NotFound
from hub.flows.post_webhook import Undeliverable, check_url, post, sign
from hub.flows.read_lead import offer_facts, told_of, when
from hub.store import deliveries, offers
from hub.store.deliveries import Delivery, Webhook
from hub.store.engine import Database
from hub.store.routing_policies import routing_policy

Post = Callable[[str, bytes, Mapping[str, str]], None]


@dataclass(frozen=True)
class Delivered:
    """What one round did: deliveries that arrived, that will be tried again, and that were given up."""

    done: int = 0
    waiting: int = 0
    dead: int = 0


def deliver(db: Database, at: datetime, words: Words, private: bool = False, most: int = 1000) -> Delivered:
    """Send what is due by ``at``. Any number of processes may do so at once.

    A delivery may arrive twice if this process dies in between: receivers know it by its number. A dealer whose server
    fails is left alone for the rest of the round: one that never answers would keep all others waiting.

    Args:
        words: of offers and deliveries, as the API tells them.
        private: whether webhooks may be plain http and lead to private addresses (`HUB_WEBHOOK_PRIVATE`).
        most: deliveries tried at most.
    """
    counts = {"done": 0, "waiting": 0, "dead": 0}
    failing: set[str] = set()
    for _ in range(most):
        with db.worker() as conn:
            delivery = deliveries.next_delivery(conn, at, failing)
            if delivery is None:
                break
            status = _try(conn, delivery, at, words, partial(post, private=private))
        counts[status] += 1
        if status != "done":
            failing.add(delivery.dealer)
    return Delivered(**counts)


def set_webhook(db: Database, dealer: str, url: str, at: datetime, private: bool = False) -> Webhook:
    """Let a dealer's leads be pushed to an address from now on; the secret that is returned signs every request.

    Raises:
        Invalid: the address may not be used.
    """
    try:
        check_url(url, private)
    except Undeliverable as error:
        raise Invalid(str(error)) from None
    webhook = Webhook(url, secrets.token_urlsafe(32), at)
    with db.worker() as conn:
        deliveries.set_webhook(conn, dealer, webhook.url, webhook.secret, at)
    return webhook


def retry(db: Database, at: datetime, dealer: str | None = None, delivery_id: int | None = None) -> int:
    """Take deliveries off the dead-letter list, to be tried anew; returns how many.

    Raises:
        NotFound: the one that was named is not there.
    """
    with db.worker() as conn:
        count = deliveries.retry_dead(conn, at, dealer, delivery_id)
    if delivery_id is not None and not count:
        raise NotFound("There is no such delivery among those that were given up.")
    return count


def _try(conn: Connection, delivery: Delivery, at: datetime, words: Words, send: Post) -> str:
    """One attempt; returns the delivery's new status."""
    problem = None
    pauses: tuple[float, ...] = ()
    if delivery.url is None or delivery.secret is None:
        problem = "The dealer has taken its webhook away."
    else:
        pauses = routing_policy(conn, at).push.retry_minutes
        try:
            word = words.deliveries.word(delivery.delivery_id)
            body = _body(conn, delivery, word, words)
            send(delivery.url, body, _headers(delivery, word, body, int(at.timestamp())))
        except Undeliverable as error:
            problem = str(error)
    status = "done" if problem is None else "waiting" if delivery.attempts < len(pauses) else "dead"
    next_at = at + timedelta(minutes=pauses[delivery.attempts]) if status == "waiting" else None
    deliveries.settle_delivery(conn, delivery.delivery_id, status, next_at, problem, at)
    return status


def _body(conn: Connection, delivery: Delivery, word: str, words: Words) -> bytes:
    """The offer as it stands now, and the person while the lead is the dealer's."""
    row = offers.find_offer(conn, delivery.offer_id)
    assert row is not None
    told = {
        "delivery_id": word,
        "kind": delivery.kind,
        "at": when(delivery.at),
        "offer": offer_facts(told_of(conn, row), words),
    }
    return json.dumps(told, ensure_ascii=False).encode()


def _headers(delivery: Delivery, word: str, body: bytes, timestamp: int) -> dict[str, str]:
    assert delivery.secret is not None
    return {
        "Content-Type": "application/json",
        "User-Agent": "dealerhub",
        "X-Dealerhub-Delivery": word,
        "X-Dealerhub-Event": delivery.kind,
        "X-Dealerhub-Signature": sign(delivery.secret, timestamp, body),
    }
