"""What people say about prospects: a customer's choice, a dealer's appeal, head office's ruling and allocation.

Each is an entry of the ledger that names a source record, and the party is settled again with it, in one transaction. While a
night's work holds the partition, nothing is entered and the caller is asked to try again (`Busy`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from hub.errors import Conflict, Invalid, NotFound
from hub.flows.settle import settle_marked
from hub.store import prospects as store
from hub.store.claims import mark_records
from hub.store.customer_views import resolve
from hub.store.engine import Database
from hub.store.ownership import fold_brand
from hub.store.partition import lock_partition
from hub.store.uploads import dealers

PATIENCE = 10.0  # seconds to wait for other work on the partition


@dataclass(frozen=True)
class Statement:
    """Head office's or a customer's word on a prospect.

    Attributes:
        kind: ``choice``, ``ruling`` or ``allocation``.
        dealer: who shall hold it; None takes an earlier word back.
        brand, purpose: None: all (of a choice only).
        reason: why, or by what evidence.
        until: when it ends; None: as the policy says.
    """

    kind: str
    dealer: str | None
    brand: str | None
    purpose: str | None
    reason: str
    until: datetime | None = None


def state(db: Database, record_id: UUID, word: Statement, author: str, at: datetime) -> int:
    """Enter a choice, ruling or allocation about the party that holds a record; returns its number in the ledger.

    Raises:
        NotFound: there is no such record.
        Invalid: no such dealer, or a ruling that names no prospect.
    """
    with db.worker() as conn:
        if resolve(conn, record_id) is None:
            raise NotFound("There is no such customer.")
        return _enter(conn, record_id, word, author, at)


def _enter(conn: Connection, record_id: UUID, word: Statement, author: str, at: datetime, **more: Any) -> int:
    if word.dealer is not None and word.dealer not in dealers(conn):
        raise Invalid("`dealer` is not in the registry; write its code.")
    if word.kind != "choice" and (word.brand is None or word.purpose is None):
        raise Invalid("Name the brand and the purpose of the prospect.")
    body = {
        "record_id": str(record_id), "dealer": word.dealer, "purpose": word.purpose, "reason": word.reason,
        "brand": None if word.brand is None else fold_brand(word.brand), "until": word.until, **more,
    }  # fmt: skip
    told = word.dealer if "appeal_id" in more else None  # the answer to an appeal is its dealer's to read
    entry_id = store.enter(conn, word.kind, told, at, author, body)
    _settle(conn, record_id, at)
    return entry_id


def rule_on_conflict(
    db: Database, conflict_id: UUID, dealer: str, reason: str, until: datetime | None, author: str, at: datetime
) -> int:
    """Head office decides a conflict.

    Raises:
        NotFound: there is no such conflict.
        Conflict: it is over.
        Invalid: the dealer is no party to it.
    """
    with db.worker() as conn:
        found = store.list_conflicts(conn, store.ConflictFilter(conflict_id=conflict_id), at, None, 1)
        if not found:
            raise NotFound("There is no such conflict.")
        row = found[0]
        if row["ends"] <= at:
            raise Conflict("The conflict is over: no two claims live any more.")
        if dealer not in row["dealers"]:
            raise Invalid("`dealer` has no claim in this conflict; name one of its dealers.")
        record_id = store.anchor(conn, row["golden"])
        assert record_id is not None
        word = Statement("ruling", dealer, row["brand"], row["purpose"], reason, until)
        return _enter(conn, record_id, word, author, at, conflict_id=str(conflict_id))


def appeal(
    db: Database,
    claim_id: UUID,
    dealer: str,
    prospect: tuple[str | None, str | None],
    reason: str,
    author: str,
    at: datetime,
) -> int:
    """A dealer contests what was decided about a prospect that it claims; returns the appeal's number.

    Args:
        prospect: brand and purpose, where the row began claims on several.

    Raises:
        NotFound: the dealer has no such claim.
        Conflict: its appeal about this prospect is not answered yet.
    """
    with db.worker() as conn:
        claim = store.own_claim(conn, claim_id, dealer, *prospect)
        if claim is None:
            raise NotFound("There is no such claim.")
        waiting = store.list_appeals(conn, dealer, True, store.LATEST, 1000)
        known = (str(claim_id), claim["brand"], claim["purpose"])
        if any((row["claim_id"], row["brand"], row["purpose"]) == known for row in waiting):
            raise Conflict("Your appeal about this claim waits for head office already.")
        record_id = store.anchor(conn, claim["golden"], dealer)
        body = {
            "claim_id": str(claim_id), "record_id": str(record_id), "brand": claim["brand"], "purpose": claim["purpose"],
            "reason": reason,
        }  # fmt: skip
        return store.enter(conn, "appeal", dealer, at, author, body)


def answer_appeal(db: Database, appeal_id: int, granted: bool, reason: str, author: str, at: datetime) -> int:
    """Head office grants an appeal, and so rules for its dealer, or refuses it.

    Raises:
        NotFound: there is no such appeal.
        Conflict: it is answered already.
    """
    with db.worker() as conn:
        found = store.list_appeals(conn, None, None, store.LATEST, 1, appeal_id)
        if not found:
            raise NotFound("There is no such appeal.")
        row = found[0]
        if row["outcome"] is not None:
            raise Conflict("The appeal is answered already; a ruling on the conflict may change what was decided.")
        if granted:
            word = Statement("ruling", row["dealer"], row["brand"], row["purpose"], reason)
            told = {"appeal_id": str(appeal_id), "outcome": "granted"}
            return _enter(conn, UUID(row["record_id"]), word, author, at, **told)
        body = {"appeal_id": str(appeal_id), "outcome": "refused", "reason": reason}
        return store.enter(conn, "ruling", row["dealer"], at, author, body)


def _settle(conn: Connection, record_id: UUID, at: datetime) -> None:
    lock_partition(conn, PATIENCE)
    mark_records(conn, [str(record_id)])
    settle_marked(conn, at, quick=True)
