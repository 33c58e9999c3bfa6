"""The audit log: rows join the transaction of what they tell of; the sealer chains them once that is committed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from hub.store.questions import Question, ask, done, together

_ROW = """r.audit_id, to_char(r.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS at, r.actor, r.role,
          r.dealer, r.action, r.target, r.reason, CAST(r.details AS text) AS details"""
_ADD = sa.text(
    """INSERT INTO audit (actor, role, dealer, action, target, reason, details)
       VALUES (:actor, :role, :dealer, :action, :target, :reason, CAST(:details AS jsonb))"""
)


@dataclass(frozen=True)
class Entry:
    """A row of the log as people read it."""

    audit_id: int
    at: datetime
    actor: str
    role: str
    dealer: str
    action: str
    target: str | None
    reason: str | None
    details: dict[str, Any]


@dataclass(frozen=True)
class Wanted:
    """What to look for in the log; None: anything.

    Attributes:
        target: an id, as the row's target or among those that it names.
        since, until: the period, its end left out.
    """

    actor: str | None = None
    target: str | None = None
    action: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class Chain:
    """How far the log is sealed.

    Attributes:
        links: of the chain.
        waiting: rows that are not sealed yet, counted up to 1,000.
        oldest: when the oldest of these was written.
        head: the last seal's hash; empty while there is none.
    """

    links: int
    waiting: int
    oldest: datetime | None
    head: str


@dataclass(frozen=True)
class Seal:
    """A link of the chain: its place, the row that it covers, and its hash."""

    position: int
    audit_id: int
    sha256: str


@dataclass(frozen=True)
class NewEntry:
    """A row to come; see `add_entry`."""

    actor: str
    role: str
    dealer: str | None
    action: str
    target: str | None = None
    reason: str | None = None


def add_entries(conn: Connection, entries: Sequence[NewEntry]) -> None:
    """`add_entry` for several at once."""
    if not entries:
        return
    with together(conn) as send:
        for entry in entries:
            send(Question(_ADD, {**vars(entry), "dealer": entry.dealer or "", "details": "{}"}, done))


def add_entry(
    conn: Connection,
    actor: str,
    role: str,
    dealer: str | None,
    action: str,
    target: str | None = None,
    reason: str | None = None,
    details: Mapping[str, Any] | None = None,
) -> None:
    """Log what the present transaction does; the row is there if and only if the transaction commits.

    Args:
        target: ids of what was read or changed, never values: the log holds no personal data.
    """
    values = {"actor": actor, "role": role, "dealer": dealer or "", "action": action, "target": target}
    ask(conn, Question(_ADD, {**values, "reason": reason, "details": json.dumps(details or {})}, done))


def has_written(conn: Connection) -> bool:
    """Whether the present transaction has changed or locked a row so far."""
    return bool(conn.execute(sa.text("SELECT pg_current_xact_id_if_assigned() IS NOT NULL")).scalar())


def lock_chain(conn: Connection) -> None:
    """One sealer at a time."""
    conn.execute(sa.text("SELECT pg_advisory_xact_lock(hashtext('audit_seal'))"))


def last_seal(conn: Connection) -> Seal | None:
    """The head of the chain."""
    row = conn.execute(
        sa.text("SELECT position, audit_id, sha256 FROM audit_seal ORDER BY position DESC LIMIT 1")
    ).one_or_none()
    return Seal(*row) if row else None


def unsealed(conn: Connection, limit: int) -> list[dict[str, Any]]:
    """Rows without a seal; what a transaction logs that is still open is not among them, and is sealed later."""
    rows = conn.execute(
        sa.text(f"""SELECT {_ROW} FROM audit r LEFT JOIN audit_seal s USING (audit_id)
                    WHERE s.audit_id IS NULL
                    ORDER BY r.audit_id LIMIT :limit"""),
        {"limit": limit},
    )
    return [dict(row) for row in rows.mappings()]


def add_seals(conn: Connection, seals: Sequence[Seal]) -> None:
    """Append links to the chain."""
    conn.execute(
        sa.text("INSERT INTO audit_seal (position, audit_id, sha256) VALUES (:position, :audit_id, :sha256)"),
        [vars(seal) for seal in seals],
    )


def sealed(conn: Connection, after: int, limit: int) -> list[tuple[Seal, dict[str, Any] | None]]:
    """Links beyond a position with the rows that they cover; None where the row is gone."""
    rows = conn.execute(
        sa.text(f"""SELECT s.position, s.audit_id AS sealed_id, s.sha256, {_ROW}
                    FROM audit_seal s LEFT JOIN audit r USING (audit_id)
                    WHERE s.position > :after ORDER BY s.position LIMIT :limit"""),
        {"after": after, "limit": limit},
    ).mappings()
    found: list[tuple[Seal, dict[str, Any] | None]] = []
    for row in rows:
        content = {name: row[name] for name in row if name not in ("position", "sealed_id", "sha256")}
        link = Seal(row["position"], row["sealed_id"], row["sha256"])
        found.append((link, content if content["audit_id"] is not None else None))
    return found


def find_entries(conn: Connection, wanted: Wanted, before: int | None, limit: int) -> list[dict[str, Any]]:
    """Rows of the log by column, the newest first; ``others``: how many further ids a row names."""
    # each condition stands there only if it is asked for, so that its index can be taken
    conditions = [
        text
        for given, text in (
            (before, "audit_id < :before"),
            (wanted.actor, "actor = :actor"),
            (wanted.target, "(target = :target OR (details ? 'ids' AND details -> 'ids' ? :target))"),
            (wanted.action, "action = :action"),
            (wanted.since, "at >= :since"),
            (wanted.until, "at < :until"),
        )
        if given is not None
    ]
    rows = conn.execute(
        sa.text(f"""SELECT audit_id, at, actor, role, nullif(dealer, '') AS dealer, action, target, reason,
                           coalesce(nullif(jsonb_array_length(CASE WHEN details ? 'ids' THEN details -> 'ids' ELSE '[]' END), 0),
                                    CAST(details ->> 'persons' AS integer)) AS others
                    FROM audit WHERE {" AND ".join(conditions) or "true"} ORDER BY audit_id DESC LIMIT :limit"""),
        {**vars(wanted), "before": before, "limit": limit},
    )
    return [dict(row) for row in rows.mappings()]


def chain_state(conn: Connection) -> Chain:
    """How far the log is sealed. Whether the seals are right, `hub.flows.seal_audit.verify_audit` says."""
    head = last_seal(conn)
    waiting, oldest = conn.execute(
        sa.text("""SELECT count(*), min(at) FROM (
                       SELECT at FROM audit r WHERE NOT EXISTS (SELECT 1 FROM audit_seal s WHERE s.audit_id = r.audit_id)
                       ORDER BY audit_id DESC LIMIT 1000) w""")
    ).one()
    return Chain(head.position if head else 0, waiting, oldest, head.sha256 if head else "")


def entries(
    conn: Connection, before: int | None, limit: int, actor: str | None = None, target: str | None = None
) -> list[Entry]:
    """Rows of the log, the newest first, older than ``before``; those of an actor or on a target if one is named."""
    rows = conn.execute(
        sa.text("""SELECT audit_id, at, actor, role, dealer, action, target, reason, details FROM audit
                   WHERE (CAST(:before AS bigint) IS NULL OR audit_id < :before)
                     AND (CAST(:actor AS text) IS NULL OR actor = :actor)
                     AND (CAST(:target AS text) IS NULL OR target = :target
                          OR (details ? 'ids' AND details -> 'ids' ? CAST(:target AS text)))
                   ORDER BY audit_id DESC LIMIT :limit"""),
        {"before": before, "limit": limit, "actor": actor, "target": target},
    )
    return [Entry(row[0], row[1].astimezone(UTC), *row[2:]) for row in rows]
