"""Claims, owners, conflicts and appeals as readers see them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Connection, RowMapping

NOW = "valid_from <= :at AND (valid_until IS NULL OR valid_until > :at)"
POLICY = """coalesce((SELECT version FROM policy WHERE active_from <= :at ORDER BY active_from DESC, entry_id DESC LIMIT 1),
    :start)"""
_CLAIMS = sa.text(
    f"""SELECT c.*, o.dealer AS owner, o.valid_until AS owner_until
        FROM claim c LEFT JOIN ownership o ON (o.golden, o.brand, o.purpose) = (c.golden, c.brand, c.purpose) AND {NOW}
        WHERE c.golden = :golden AND c.policy = {POLICY} AND (CAST(:dealer AS text) IS NULL OR c.dealer = :dealer)
        ORDER BY c.brand, c.purpose, c.opened, c.claim_id"""
)
_OWNERS = sa.text(
    f"""SELECT brand, purpose, dealer, valid_from, valid_until, rule, policy, reason FROM ownership
        WHERE golden = :golden AND {NOW} AND (CAST(:dealer AS text) IS NULL OR dealer = :dealer) ORDER BY brand, purpose"""
)
# A dealer's first record of the party: how it knows the customer itself
_OWN_RECORD = """SELECT p.id AS record_id, p.feed, p.record_no, p.account FROM membership m JOIN party p USING (rid)
    WHERE m.golden = {0}.golden AND p.dealer = {0}.dealer ORDER BY p.feed, p.first_seen, p.id LIMIT 1"""
_PORTFOLIO = sa.text(
    f"""SELECT o.golden, o.brand, o.purpose, o.valid_from, o.valid_until, o.rule, o.reason, p.*
        FROM ownership o JOIN LATERAL ({_OWN_RECORD.format("o")}) p ON true
        WHERE o.dealer = :dealer AND {NOW} AND (o.golden, o.brand, o.purpose) > (:golden, :brand, :purpose)
          AND (CAST(:only AS text) IS NULL OR o.purpose = :only)
        ORDER BY o.golden, o.brand, o.purpose LIMIT :limit"""
)
_TAKEN = f"""
SELECT c.dealer, c.brand, c.purpose, max(o.valid_until) AS until, c.golden, p.record_id, p.feed, p.record_no, p.account
FROM claim c JOIN ownership o ON (o.golden, o.brand, o.purpose) = (c.golden, c.brand, c.purpose) AND o.dealer <> c.dealer
    AND {NOW} JOIN LATERAL ({_OWN_RECORD.format("c")}) p ON true
WHERE c.proven <= :at AND c.until > :at AND c.policy = {POLICY} AND (CAST(:dealer AS text) IS NULL OR c.dealer = :dealer)
  AND (c.golden, c.brand, c.purpose) > (:golden, :brand, :purpose)
GROUP BY 1, 2, 3, 5, 6, 7, 8, 9
"""
_TAKEN_PAGE = sa.text(f"{_TAKEN} ORDER BY c.golden, c.brand, c.purpose LIMIT :limit")
_TAKEN_ALL = sa.text(f"{_TAKEN} ORDER BY c.dealer, p.record_no, c.brand, c.purpose")
_CONFLICTS = sa.text(
    """SELECT k.*, g.golden_id, d.winner, d.rule, d.policy, d.reason, d.valid_from AS decided_from, d.valid_until
       FROM conflict k JOIN golden g USING (golden) LEFT JOIN LATERAL (
           SELECT * FROM decision d WHERE d.conflict_id = k.conflict_id AND d.valid_from <= :at
           ORDER BY d.valid_from DESC LIMIT 1) d ON true
       WHERE (CAST(:id AS uuid) IS NULL OR k.conflict_id = :id)
         AND (CAST(:brand AS text) IS NULL OR k.brand = :brand) AND (CAST(:purpose AS text) IS NULL OR k.purpose = :purpose)
         AND (CAST(:dealer AS text) IS NULL OR :dealer = ANY(k.dealers)) AND (CAST(:rule AS text) IS NULL OR d.rule = :rule)
         AND CASE :state WHEN 'live' THEN k.began <= :at AND k.ends > :at WHEN 'past' THEN k.ends <= :at
                         WHEN 'waiting' THEN k.began <= :at AND k.ends > :at AND d.winner IS NULL ELSE true END
         AND (CAST(:after_at AS timestamptz) IS NULL OR (k.began, k.conflict_id) < (:after_at, :after_id))
       ORDER BY k.began DESC, k.conflict_id DESC LIMIT :limit"""
)
_DECISIONS = sa.text("SELECT * FROM decision WHERE conflict_id = :id ORDER BY valid_from")
_SAID = sa.text("SELECT * FROM said WHERE conflict_id = :id ORDER BY at")
_ANCHOR = sa.text(
    """SELECT p.id FROM membership m JOIN party p USING (rid) WHERE m.golden = :golden
       AND (CAST(:dealer AS text) IS NULL OR p.dealer = :dealer) ORDER BY p.first_seen, p.id LIMIT 1"""
)
_GOLDEN_OF = sa.text(
    "SELECT g.golden_id FROM party p JOIN membership m USING (rid) JOIN golden g USING (golden) WHERE p.id = :id"
)
_OWN_CLAIM = sa.text(
    """SELECT golden, brand, purpose, dealer FROM claim WHERE claim_id = :id AND dealer = :dealer
       AND (CAST(:brand AS text) IS NULL OR brand = :brand) AND (CAST(:purpose AS text) IS NULL OR purpose = :purpose)
       ORDER BY opened DESC, brand, purpose LIMIT 1"""
)
_APPEALS = sa.text(
    """SELECT a.entry_id, a.dealer, a.received_at, a.body->>'claim_id' AS claim_id, a.body->>'brand' AS brand,
              a.body->>'purpose' AS purpose, a.body->>'reason' AS reason, a.body->>'record_id' AS record_id,
              r.received_at AS ruled_at, r.body->>'outcome' AS outcome, r.body->>'reason' AS answer
       FROM entry a LEFT JOIN LATERAL (
           SELECT * FROM entry r WHERE r.kind = 'ruling' AND r.body->>'appeal_id' = CAST(a.entry_id AS text)
           ORDER BY r.entry_id DESC LIMIT 1) r ON true
       WHERE a.kind = 'appeal' AND (CAST(:dealer AS text) IS NULL OR a.dealer = :dealer)
         AND (CAST(:id AS bigint) IS NULL OR a.entry_id = :id)
         AND (CAST(:open AS boolean) IS NULL OR (r.entry_id IS NULL) = :open) AND a.entry_id < :before
       ORDER BY a.entry_id DESC LIMIT :limit"""
)
_ENTER = sa.text(
    """INSERT INTO entry (kind, dealer, received_at, author, body)
       VALUES (:kind, :dealer, :at, :author, CAST(:body AS jsonb)) RETURNING entry_id"""
)
LATEST = 2**63 - 1


@dataclass(frozen=True)
class ConflictFilter:
    """Which conflicts; None: any. ``state``: live, past, waiting (for a person)."""

    brand: str | None = None
    purpose: str | None = None
    dealer: str | None = None
    rule: str | None = None
    state: str | None = None
    conflict_id: UUID | None = None


def claims_of(conn: Connection, golden: int, dealer: str | None, at: datetime, start: str) -> Sequence[RowMapping]:
    """Claims on a party by the policy in force, all or one dealer's, with who holds each prospect now."""
    known = {"golden": golden, "dealer": dealer, "at": at, "start": start}
    return conn.execute(_CLAIMS, known).mappings().all()


def owners_of(conn: Connection, golden: int, dealer: str | None, at: datetime) -> Sequence[RowMapping]:
    """Who holds a party's prospects at a moment, all or those that one dealer holds."""
    return conn.execute(_OWNERS, {"golden": golden, "dealer": dealer, "at": at}).mappings().all()


def portfolio(
    conn: Connection, dealer: str, at: datetime, purpose: str | None, after: Sequence[Any] | None, limit: int
) -> Sequence[RowMapping]:
    """The prospects that a dealer holds, by its own records."""
    place = dict(zip(("golden", "brand", "purpose"), after or (-1, "", ""), strict=True))
    return (
        conn.execute(_PORTFOLIO, {**place, "dealer": dealer, "at": at, "only": purpose, "limit": limit})
        .mappings()
        .all()
    )


def taken(
    conn: Connection, dealer: str, at: datetime, start: str, after: Sequence[Any] | None, limit: int
) -> Sequence[RowMapping]:
    """Prospects that a dealer has a proven live claim on and that another holds. It needs rights over all dealers' rows."""
    place = dict(zip(("golden", "brand", "purpose"), after or (-1, "", ""), strict=True))
    return (
        conn.execute(_TAKEN_PAGE, {**place, "dealer": dealer, "at": at, "start": start, "limit": limit})
        .mappings()
        .all()
    )


def taken_of_all(conn: Connection, at: datetime, start: str, dealer: str | None = None) -> Sequence[RowMapping]:
    """The same of all dealers at once, or all of one."""
    nowhere = {"golden": -1, "brand": "", "purpose": "", "dealer": dealer}
    return conn.execute(_TAKEN_ALL, {**nowhere, "at": at, "start": start}).mappings().all()


def list_conflicts(
    conn: Connection, wanted: ConflictFilter, at: datetime, after: Sequence[Any] | None, limit: int
) -> Sequence[RowMapping]:
    """Conflicts, the latest first, each with how it stands at ``at`` or stood at its end."""
    after_at, after_id = after or (None, None)
    known = {
        "brand": wanted.brand, "purpose": wanted.purpose, "dealer": wanted.dealer, "rule": wanted.rule,
        "state": wanted.state, "id": wanted.conflict_id, "at": at, "after_at": after_at, "after_id": after_id, "limit": limit,
    }  # fmt: skip
    return conn.execute(_CONFLICTS, known).mappings().all()


def decisions_of(conn: Connection, conflict_id: UUID) -> Sequence[RowMapping]:
    """How a conflict stands when, by what is known now."""
    return conn.execute(_DECISIONS, {"id": conflict_id}).mappings().all()


def said_of(conn: Connection, conflict_id: UUID) -> Sequence[RowMapping]:
    """What the hub said of a conflict when."""
    return conn.execute(_SAID, {"id": conflict_id}).mappings().all()


def anchor(conn: Connection, golden: int, dealer: str | None = None) -> UUID | None:
    """The id of a party's first-seen record, of one dealer or of all: what ledger entries name it by."""
    return conn.execute(_ANCHOR, {"golden": golden, "dealer": dealer}).scalar_one_or_none()


def golden_of(conn: Connection, record_id: UUID) -> UUID | None:
    """The id of the golden record that holds a source record."""
    return conn.execute(_GOLDEN_OF, {"id": record_id}).scalar_one_or_none()


def own_claim(
    conn: Connection, claim_id: UUID, dealer: str, brand: str | None, purpose: str | None
) -> RowMapping | None:
    """The prospect that a dealer's claim is on; the latest, where its row began several."""
    known = {"id": claim_id, "dealer": dealer, "brand": brand, "purpose": purpose}
    return conn.execute(_OWN_CLAIM, known).mappings().one_or_none()


def list_appeals(
    conn: Connection, dealer: str | None, is_open: bool | None, before: int, limit: int, appeal_id: int | None = None
) -> Sequence[RowMapping]:
    """Appeals, the newest first, with what head office answered."""
    known = {"dealer": dealer, "open": is_open, "before": before, "limit": limit, "id": appeal_id}
    return conn.execute(_APPEALS, known).mappings().all()


def enter(conn: Connection, kind: str, dealer: str | None, at: datetime, author: str, body: Mapping[str, Any]) -> int:
    """Put a choice, appeal, ruling or allocation into the ledger; returns its number."""
    text = json.dumps(body, ensure_ascii=False, default=str)
    values = {"kind": kind, "dealer": dealer, "at": at, "author": author, "body": text}
    return int(conn.execute(_ENTER, values).scalar_one())


def prospect_counts(conn: Connection, at: datetime) -> dict[str, int]:
    """Prospects held at a moment, conflicts, those of them that a rule settles, and households."""
    row = conn.execute(
        sa.text(
            f"""SELECT (SELECT count(*) FROM ownership WHERE {NOW}) AS held,
                       (SELECT count(*) FROM conflict WHERE began <= :at) AS conflicts,
                       (SELECT count(DISTINCT conflict_id) FROM conflict k WHERE began <= :at AND EXISTS (
                           SELECT FROM decision d WHERE d.conflict_id = k.conflict_id AND d.rule <> 'head_office')) AS settled,
                       (SELECT count(DISTINCT household) FROM household) AS households"""
        ),
        {"at": at},
    ).one()
    return {name: int(value) for name, value in row._mapping.items()}
