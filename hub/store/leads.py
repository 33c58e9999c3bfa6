"""Leads of the hub's own channels: their source records, where they stand, and what happened to them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Connection

from hub.feeds import HUB, LEADS
from hub.routing.clock import Event
from hub.store.questions import Question, Rows, as_json, ask, done, numbers

_COLUMNS = tuple(name for name in LEADS.names if name != "record_no")

# The record is in the base at once: a party record with its keys, a golden record of its own, and marked to be matched.
# Rows come as JSON, since a hundred parameters would take longer to bind than the rows to write.
_ADD = sa.text(
    """WITH lead_rows AS (
        INSERT INTO leads SELECT * FROM jsonb_populate_recordset(NULL::leads, CAST(:leads AS jsonb)) RETURNING rid
    ), party_rows AS (
        INSERT INTO party SELECT * FROM jsonb_populate_recordset(NULL::party, CAST(:parties AS jsonb))
    ), alone AS (
        INSERT INTO golden SELECT * FROM jsonb_populate_recordset(NULL::golden, CAST(:goldens AS jsonb))
    ), key_rows AS (
        INSERT INTO party_key (key, rid, dealer) SELECT key, rid, :hub
        FROM unnest(CAST(CAST(:keys AS text) AS bigint[]), CAST(CAST(:holders AS text) AS bigint[])) AS k (key, rid)
    ), members AS (
        INSERT INTO membership (rid, golden, dealer) SELECT rid, rid, :hub FROM lead_rows
    ) INSERT INTO dirty SELECT rid FROM lead_rows"""
)
_NEXT = sa.text("SELECT nextval('entry_entry_id_seq'), nextval('rid_seq') FROM generate_series(1, :count)")


@dataclass(frozen=True)
class NewLead:
    """A lead as it enters the base.

    Attributes:
        entry_id: of the ledger; the record's number and upload.
        rid: its surrogate (`next_numbers`).
        columns: canonical text of the leads feed; what is unknown may be absent.
        party: the party record (`hub.parties.PARTY_SCHEMA`).
        keys: under which matching finds it.
    """

    entry_id: int
    rid: int
    received_at: datetime
    columns: Mapping[str, str | None]
    party: Mapping[str, object]
    keys: Sequence[int]


def next_numbers(count: int) -> Question[list[tuple[int, int]]]:
    """Take as many sequences of the ledger, each with a surrogate for the record that enters under it."""
    return Question(_NEXT, {"count": count}, lambda rows: [(entry_id, rid) for entry_id, rid in rows])


def next_rid(conn: Connection) -> int:
    """Take a surrogate for a record."""
    return int(conn.execute(sa.text("SELECT nextval('rid_seq')")).scalar_one())


def add_records(conn: Connection, new: Sequence[NewLead]) -> None:
    """Make leads source records of the hub, each with a golden record of its own."""
    ask(conn, new_records(new))


def new_records(new: Sequence[NewLead]) -> Question[None]:
    """The question that `add_records` asks."""
    values = {
        "leads": as_json([_lead_row(lead) for lead in new]),
        "parties": as_json([_party_row(lead) for lead in new]),
        "goldens": as_json([_golden_row(lead) for lead in new]),
        "keys": numbers(key for lead in new for key in lead.keys),
        "holders": numbers(lead.rid for lead in new for _ in lead.keys),
        "hub": HUB,
    }
    return Question(_ADD, values, done)


def _place(lead: NewLead) -> dict[str, object]:
    number = str(lead.entry_id)
    return {
        "rid": lead.rid, "id": record_id(number), "dealer": HUB, "record_no": number, "first_seen": lead.received_at,
    }  # fmt: skip


def _lead_row(lead: NewLead) -> dict[str, object]:
    row: dict[str, object] = {name: lead.columns.get(name) for name in _COLUMNS}
    row |= {"incarnation": 0, "upload_id": lead.entry_id, "day": lead.received_at.date()}
    return _place(lead) | row | {"row_hash": UUID(int=lead.entry_id)}


def _party_row(lead: NewLead) -> dict[str, object]:
    extra = lead.party.get("extra")
    stated = {"feed": "leads", "stated_on": lead.received_at.date(), "ended": False}
    return _place(lead) | dict(lead.party) | {"extra": json.loads(str(extra)) if extra else None} | stated


def _golden_row(lead: NewLead) -> dict[str, object]:
    golden = {name: lead.party[source] for name, source in _GOLDEN.items()}
    names = [str(golden[name]) for name in ("last_name", "first_name", "middle_name") if golden[name]]
    full_name = golden["company_name"] if golden["kind"] == "company" else " ".join(names) or None
    known = {"golden": lead.rid, "golden_id": record_id(str(lead.entry_id)), "full_name": full_name}
    return golden | known | {"records": 1, "dealers": 1, "active": True, "version": 0}


_WITHOUT = sa.text(
    """SELECT e.entry_id, e.received_at, e.body -> 'columns' FROM entry e
       WHERE e.kind = 'lead' AND e.dealer = :hub AND NOT e.body ? 'repeats' AND NOT EXISTS (
           SELECT FROM leads l WHERE l.dealer = :hub AND l.record_no = CAST(e.entry_id AS text)) ORDER BY e.entry_id"""
)
_POINT = sa.text("UPDATE lead SET rid = :rid WHERE lead_id = :lead_id")


def entries_without_record(conn: Connection) -> list[tuple[int, datetime, dict[str, str | None]]]:
    """Leads of the ledger that are no source records: the entry's number, when it came, its columns."""
    return [tuple(row) for row in conn.execute(_WITHOUT, {"hub": HUB})]


def point_to(conn: Connection, lead_id: UUID, rid: int) -> None:
    """Let a lead know its record's present surrogate."""
    conn.execute(_POINT, {"lead_id": lead_id, "rid": rid})


def record_id(record_no: str) -> UUID:
    """The id from birth of a record of the hub's own leads (`hub.store.records.identity`)."""
    text = "\x1f".join((HUB, "leads", record_no, "0"))
    return UUID(hashlib.md5(text.encode(), usedforsecurity=False).hexdigest())


# column of the golden record → of the party record
_GOLDEN = {
    "kind": "kind", "last_name": "shown_last", "first_name": "shown_first", "middle_name": "shown_middle",
    "company_name": "shown_company", "phones": "phones", "emails": "emails", "city": "shown_city", "postcode": "postcode",
    "country": "country",
}  # fmt: skip


@dataclass(frozen=True)
class Lead:
    """A lead and where it stands.

    Attributes:
        matched: id of a source record of the person whom it was recognised as when it came.
        certain: whether that was beyond doubt.
        transfer: what the lead itself says about giving its data to a dealer: "granted", "refused" or None.
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
    transfer: str | None
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
# Golden records have few members, and few of these are leads: one look by index each, whatever the planner thinks
_EARLIER = sa.text(
    """SELECT g.n, l.lead_id, m.golden, p.phones, p.emails, p.tokens
       FROM jsonb_to_recordset(CAST(:asked AS jsonb)) AS g (n int, golden bigint, brand text, service boolean, since timestamptz)
       CROSS JOIN LATERAL (SELECT rid, golden FROM membership WHERE golden = g.golden AND dealer = :hub OFFSET 0) m
       CROSS JOIN LATERAL (SELECT lead_id, received_at FROM lead WHERE rid = m.rid AND brand = g.brand
           AND (purpose = 'service') = g.service AND received_at > g.since OFFSET 0) l
       CROSS JOIN LATERAL (SELECT phones, emails, tokens FROM party WHERE rid = m.rid OFFSET 0) p
       ORDER BY g.n, l.received_at, l.lead_id"""
)


@dataclass(frozen=True)
class Like:
    """Which earlier leads count: of these golden records and for the brand, later than ``since``.

    Service is apart: a wish to buy and a visit to the workshop are two leads.
    """

    goldens: Sequence[int]
    brand: str
    purpose: str
    since: datetime


@dataclass(frozen=True)
class Earlier:
    """An earlier lead of the same brand by somebody who may be the same: its golden record, and how to reach the person."""

    lead_id: UUID
    golden: int
    phones: list[str] | None
    emails: list[str] | None
    tokens: list[str] | None


def locked_contacts(keys: Sequence[int]) -> Question[None]:
    """Let leads of one contact point enter one after the other, so that the second one sees the first.

    Args:
        keys: hashes of the contact points, sorted.
    """
    return Question(_LOCK_CONTACTS, {"keys": list(keys)}, done)


def which_were_earlier(asked: Sequence[Like]) -> Question[list[list[Earlier]]]:
    """Earlier leads for each of those asked for, the first one first."""
    rows = [
        {"n": n, "golden": golden, "brand": like.brand, "service": like.purpose == "service", "since": like.since}
        for n, like in enumerate(asked)
        for golden in like.goldens
    ]

    def read(found: Rows) -> list[list[Earlier]]:
        earlier: list[list[Earlier]] = [[] for _ in asked]
        for n, *rest in found:
            earlier[n].append(Earlier(*rest))
        return earlier

    return Question(_EARLIER, {"asked": as_json(rows), "hub": HUB}, read)
