"""Leads of the hub's own channels: their source records, where they stand, and what happened to them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Connection

from hub.feeds import HUB, LEADS
from hub.parties import PARTY_SCHEMA
from hub.routing.clock import Event

_COLUMNS = tuple(name for name in LEADS.names if name != "record_no")
_PARTY = tuple(PARTY_SCHEMA)
_PREFIX = "p_"  # of the party's columns among the parameters: some bear the names of the feed's

# The record is in the base at once: a party record with its keys, a golden record of its own, and marked to be matched.
_ADD = sa.text(
    f"""WITH row AS (
        INSERT INTO leads (rid, id, dealer, record_no, upload_id, day, row_hash, first_seen, {", ".join(_COLUMNS)})
        VALUES (nextval('rid_seq'), md5(:hub || chr(31) || 'leads' || chr(31) || :record_no || chr(31) || '0')::uuid, :hub,
                :record_no, :entry_id, :day, CAST(:row_hash AS uuid), :received_at,
                {
        ", ".join(f"CAST(:{c.name} AS timestamptz)" if c.type == "time" else f":{c.name}" for c in LEADS.columns[1:])
    })
        RETURNING rid, id
    ), party_row AS (
        INSERT INTO party (rid, id, dealer, feed, record_no, first_seen, stated_on, ended, {", ".join(_PARTY)})
        SELECT rid, id, :hub, 'leads', :record_no, :received_at, :day, false,
               {
        ", ".join(
            f"CAST(:{_PREFIX}{name} AS {{}})".format(
                "jsonb"
                if name == "extra"
                else "date"
                if name == "birth_date"
                else "text[]"
                if name in ("given", "tokens", "phones", "emails")
                else "text"
            )
            for name in _PARTY
        )
    }
        FROM row
    ), key_rows AS (
        INSERT INTO party_key (key, rid, dealer) SELECT k, rid, :hub FROM row, unnest(CAST(:keys AS bigint[])) k
    ), member AS (
        INSERT INTO membership (rid, golden, dealer) SELECT rid, rid, :hub FROM row
    ), alone AS (
        INSERT INTO golden (golden, golden_id, kind, last_name, first_name, middle_name, company_name, phones, emails, city,
                            postcode, country, records, dealers, active, version)
        SELECT rid, id, :{_PREFIX}kind, :{_PREFIX}shown_last, :{_PREFIX}shown_first, :{_PREFIX}shown_middle,
               :{_PREFIX}shown_company, CAST(:{_PREFIX}phones AS text[]), CAST(:{_PREFIX}emails AS text[]),
               :{_PREFIX}shown_city, :{_PREFIX}postcode, :{_PREFIX}country, 1, 1, true, 0 FROM row
    ), marked AS (INSERT INTO dirty SELECT rid FROM row)
    SELECT rid, id FROM row"""
)


@dataclass(frozen=True)
class NewLead:
    """A lead as it enters the base.

    Attributes:
        entry_id: of the ledger; the record's number and upload.
        columns: canonical text of the leads feed; what is unknown may be absent.
        party: the party record (`hub.parties.PARTY_SCHEMA`).
        keys: under which matching finds it.
    """

    entry_id: int
    received_at: datetime
    columns: Mapping[str, str | None]
    party: Mapping[str, object]
    keys: Sequence[int]


def add_record(conn: Connection, lead: NewLead) -> tuple[int, UUID]:
    """Make the lead a source record of the hub, with a golden record of its own; returns its rid and id."""
    values: dict[str, object] = {name: lead.columns.get(name) for name in _COLUMNS}
    values |= {f"{_PREFIX}{name}": lead.party.get(name) for name in _PARTY}
    values |= {"hub": HUB, "record_no": str(lead.entry_id), "entry_id": lead.entry_id, "keys": list(lead.keys)}
    values |= {"received_at": lead.received_at, "day": lead.received_at.date(), "row_hash": UUID(int=lead.entry_id)}
    rid, lead_id = conn.execute(_ADD, values).one()
    return int(rid), lead_id


@dataclass(frozen=True)
class Lead:
    """A lead and where it stands.

    Attributes:
        matched: id of a source record of the person whom it was recognised as when it came.
        certain: whether that was beyond doubt.
        events: how many there are.
    """

    lead_id: UUID
    rid: int
    entry_id: int
    received_at: datetime
    author: str
    brand: str
    purpose: str
    state: str
    dealer: str | None
    due_at: datetime | None
    events: int
    certain: bool
    moved: bool
    matched: UUID | None


_NAMES = ", ".join(Lead.__dataclass_fields__)
_UPDATE = sa.text(
    """UPDATE lead SET state = :state, dealer = :dealer, due_at = :due_at, events = :events, moved = :moved
       WHERE lead_id = :lead_id"""
)
_ONE = sa.text(f"SELECT {_NAMES} FROM lead WHERE lead_id = :lead_id")
_LOCK = sa.text(f"SELECT {_NAMES} FROM lead WHERE lead_id = :lead_id FOR UPDATE")
_EVENTS = sa.text("SELECT kind, at, dealer, body FROM lead_event WHERE lead_id = :lead_id ORDER BY no")
_ADD_EVENTS = sa.text(
    """INSERT INTO lead_event (lead_id, no, at, kind, dealer, entry_id, body)
       VALUES (:lead_id, :no, :at, :kind, :dealer, :entry_id, CAST(:body AS jsonb))"""
)
_HELD = sa.text(
    f"""SELECT {_NAMES} FROM lead WHERE dealer = :dealer AND state = ANY(:states)
        AND (CAST(:brand AS text) IS NULL OR brand = :brand) ORDER BY received_at, lead_id"""
)
_PERSON = sa.text(f"SELECT {', '.join(_COLUMNS)} FROM leads WHERE rid = :rid")


def update_lead(conn: Connection, lead: Lead) -> None:
    """Write where a lead stands now."""
    names = ("lead_id", "state", "dealer", "due_at", "events", "moved")
    conn.execute(_UPDATE, {name: getattr(lead, name) for name in names})


def find_lead(conn: Connection, lead_id: UUID, lock: bool = False) -> Lead | None:
    """A lead by its id; ``lock``: nobody else moves it until the transaction ends."""
    row = conn.execute(_LOCK if lock else _ONE, {"lead_id": lead_id}).one_or_none()
    return None if row is None else Lead(*row)


def held_leads(conn: Connection, dealer: str, states: Sequence[str], brand: str | None = None) -> list[Lead]:
    """The leads that a dealer holds in one of these states, in the order in which they came."""
    rows = conn.execute(_HELD, {"dealer": dealer, "states": list(states), "brand": brand})
    return [Lead(*row) for row in rows]


def events_of(conn: Connection, lead_id: UUID) -> list[Event]:
    """What happened to a lead, in order."""
    return [Event(row.kind, row.at, row.dealer, row.body) for row in conn.execute(_EVENTS, {"lead_id": lead_id})]


def add_events(conn: Connection, lead_id: UUID, first: int, events: Sequence[tuple[Event, int | None]]) -> None:
    """Append events, each with the ledger's entry that it came by, if any; ``first`` is the number of the first one."""
    rows = [
        {
            "lead_id": lead_id,
            "no": first + place,
            "at": event.at,
            "kind": event.kind,
            "dealer": event.dealer,
            "entry_id": entry_id,
            "body": json.dumps(event.body),
        }
        for place, (event, entry_id) in enumerate(events)
    ]
    if rows:
        conn.execute(_ADD_EVENTS, rows)


def lead_columns(conn: Connection, rid: int) -> dict[str, Any]:
    """The person and the wish of a lead: its source record in canonical columns; empty if it was erased."""
    row = conn.execute(_PERSON, {"rid": rid}).mappings().one_or_none()
    return dict(row) if row else {}


_PERSONS = sa.text(
    f"""SELECT l.lead_id, {", ".join("s." + name for name in _COLUMNS)} FROM lead l JOIN leads s ON s.rid = l.rid
        WHERE l.lead_id = ANY(:ids)"""
)


def persons_of(conn: Connection, ids: Sequence[UUID]) -> dict[UUID, dict[str, Any]]:
    """The persons and wishes of several leads; those that were erased are left out."""
    rows = conn.execute(_PERSONS, {"ids": list(ids)}).mappings()
    return {row["lead_id"]: {name: row[name] for name in _COLUMNS} for row in rows}


_GOLDENS = sa.text(
    """SELECT DISTINCT m.golden FROM membership m WHERE m.rid = :rid
       OR m.rid = (SELECT p.rid FROM party p WHERE p.id = :matched) ORDER BY 1"""
)


def goldens_of(conn: Connection, rid: int, matched: UUID | None) -> list[int]:
    """The golden records that stand for a lead's person now: its own record's, and that of the record it was recognised as."""
    return list(conn.execute(_GOLDENS, {"rid": rid, "matched": matched}).scalars())


# -------------------------------------------------------------------- the same lead again

_LOCK_CONTACTS = sa.text(
    "SELECT pg_advisory_xact_lock(k) FROM unnest(CAST(:keys AS bigint[])) WITH ORDINALITY AS t (k, n)"
)
_EARLIER = sa.text(
    """SELECT l.lead_id, m.golden, p.phones, p.emails, p.tokens
       FROM membership m JOIN lead l ON l.rid = m.rid JOIN party p ON p.rid = l.rid
       WHERE m.golden = ANY(:goldens) AND l.brand = :brand AND (l.purpose = 'service') = :service
         AND l.received_at > :since ORDER BY l.received_at, l.lead_id"""
)


@dataclass(frozen=True)
class Earlier:
    """An earlier lead of the same brand by somebody who may be the same: its golden record, and how to reach the person."""

    lead_id: UUID
    golden: int
    phones: list[str] | None
    emails: list[str] | None
    tokens: list[str] | None


def lock_contacts(conn: Connection, keys: Sequence[int]) -> None:
    """Let leads of one contact point enter one after the other, so that the second one sees the first.

    Args:
        keys: hashes of the contact points, sorted.
    """
    if keys:
        conn.execute(_LOCK_CONTACTS, {"keys": list(keys)})


def earlier_leads(
    conn: Connection, goldens: Sequence[int], brand: str, purpose: str, at: datetime, days: int
) -> list[Earlier]:
    """Leads of these golden records for the brand within so many days before ``at``, the first one first.

    Service is apart: a wish to buy and a visit to the workshop are two leads.
    """
    if not goldens:
        return []
    since = at - timedelta(days=days)
    asked = {"goldens": list(goldens), "brand": brand, "service": purpose == "service", "since": since}
    return [Earlier(*row) for row in conn.execute(_EARLIER, asked)]


# -------------------------------------------------------------------- requests that were answered once

_CLAIM = sa.text(
    """INSERT INTO idempotency (caller, key, body_sha256, at) VALUES (:caller, :key, :sha256, :at)
       ON CONFLICT (caller, key) DO NOTHING RETURNING 1"""
)
_CLAIMED = sa.text("SELECT body_sha256, lead_id, repeated FROM idempotency WHERE caller = :caller AND key = :key")
_ANSWERED = sa.text(
    "UPDATE idempotency SET lead_id = :lead_id, repeated = :repeated WHERE caller = :caller AND key = :key"
)


@dataclass(frozen=True)
class Answered:
    """What a request with this key was answered."""

    body_sha256: str
    lead_id: UUID
    repeated: bool


def claim_key(conn: Connection, caller: str, key: str, sha256: str, at: datetime) -> Answered | None:
    """Claim a caller's key for this request; waits for a request that claimed it a moment ago.

    Returns None if it is claimed now, else what it was claimed for before.
    """
    if conn.execute(_CLAIM, {"caller": caller, "key": key, "sha256": sha256, "at": at}).first():
        return None
    return Answered(*conn.execute(_CLAIMED, {"caller": caller, "key": key}).one())


def keep_answer(conn: Connection, caller: str, key: str, lead_id: UUID, repeated: bool) -> None:
    """Remember which lead a claimed key led to."""
    conn.execute(_ANSWERED, {"caller": caller, "key": key, "lead_id": lead_id, "repeated": repeated})
