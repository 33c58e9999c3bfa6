"""What stewards said: judgements of records and pinned values, as derived from the ledger.

The ledger (`entry`) is what counts; `judgement`, `judged` and `pin` follow from it and can be made again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

import polars as pl
import sqlalchemy as sa
from sqlalchemy import Connection, RowMapping

from hub.golden.pins import PIN_SCHEMA
from hub.matching.judgements import BINDING, Judgement, bonds
from hub.store.bulk import copy_out

# ------------------------------------------------------------------ the records that are spoken of


@dataclass(frozen=True)
class Spoken:
    """A record that a steward speaks of, as it stands now.

    Attributes:
        golden_id: of the golden record that holds it; its own before the first matching.
    """

    rid: int
    record: str
    dealer: str
    feed: str
    record_no: str
    golden_id: UUID

    @property
    def name(self) -> str:
        """As its dealer knows it."""
        return f"{self.dealer}/{self.feed}/{self.record_no}"


_SPOKEN = """SELECT p.rid, CAST(p.id AS text), p.dealer, p.feed, p.record_no, coalesce(g.id, p.id)
    FROM party p LEFT JOIN membership m ON m.rid = p.rid LEFT JOIN party g ON g.rid = m.golden"""
_BY_ID = sa.text(f"{_SPOKEN} WHERE p.id = ANY(CAST(:ids AS uuid[])) ORDER BY p.id")
# of a number that a dealer used again, its latest holder
_BY_NAME = sa.text(
    f"""SELECT DISTINCT ON (n.place) n.place, s.* FROM
        unnest(CAST(:dealers AS text[]), CAST(:feeds AS text[]), CAST(:numbers AS text[])) WITH ORDINALITY
            AS n (dealer, feed, record_no, place)
        CROSS JOIN LATERAL ({_SPOKEN} WHERE p.dealer = n.dealer AND p.feed = n.feed AND p.record_no = n.record_no
            ORDER BY p.first_seen DESC, p.id LIMIT 1) s ORDER BY n.place"""
)


def spoken(conn: Connection, records: Collection[str]) -> dict[str, Spoken]:
    """The records with these identities that the caller sees, by identity."""
    rows = conn.execute(_BY_ID, {"ids": sorted(records)})
    return {row[1]: Spoken(*row) for row in rows}


def named(conn: Connection, names: Sequence[tuple[str, str, str]]) -> dict[tuple[str, str, str], Spoken]:
    """The records that dealers know by these names (dealer, feed, record_no), by name; unknown ones are left out."""
    columns = [list(column) for column in zip(*names, strict=True)] or [[], [], []]
    rows = conn.execute(_BY_NAME, dict(zip(("dealers", "feeds", "numbers"), columns, strict=True)))
    return {names[row[0] - 1]: Spoken(*row[1:]) for row in rows}


def identities(conn: Connection, rids: Collection[int]) -> dict[int, UUID]:
    """The identities of records, by their numbers; that of a golden record is its first-seen record's."""
    rows = conn.execute(sa.text("SELECT rid, id FROM party WHERE rid = ANY(:rids)"), {"rids": list(rids)})
    return {int(rid): record for rid, record in rows}


# ------------------------------------------------------------------ what stands


def any_standing(conn: Connection) -> bool:
    """Whether any judgement stands at all; mostly none does, and then nothing more need be asked."""
    return bool(conn.execute(sa.text("SELECT EXISTS (SELECT FROM judgement WHERE retraction IS NULL)")).scalar_one())


_STANDING = """SELECT j.entry_id, g.verdict, j.part, j.record FROM judged j JOIN judgement g USING (entry_id)
    WHERE g.retraction IS NULL"""
_TOUCHING = f"""WITH hit AS MATERIALIZED (SELECT h.bond, h.entry_id FROM judged h {{of}})
    {_STANDING} AND (j.bond IN (SELECT bond FROM hit) OR j.entry_id IN (SELECT entry_id FROM hit))"""
_ORDER = "ORDER BY j.entry_id, j.part, j.record"
_STANDING_SCHEMA = {"entry_id": pl.Int64, "verdict": pl.String, "part": pl.Int64, "record": pl.String}


def standing(conn: Connection, scope: str | None = None) -> list[Judgement]:
    """All judgements that stand; within a scope those of its records, and whatever else is connected with them."""
    if not any_standing(conn):
        return []
    sql = (
        _STANDING if scope is None else _TOUCHING.format(of=f"JOIN party p ON p.id = h.record JOIN {scope} USING (rid)")
    )
    return _judgements(copy_out(conn, f"{sql} {_ORDER}", schema=_STANDING_SCHEMA))


def standing_on(conn: Connection, records: Collection[str]) -> list[Judgement]:
    """The judgements that stand on these records, and whatever else is connected with them."""
    sql = _TOUCHING.format(of="WHERE h.record = ANY(CAST(:records AS uuid[]))")
    return _judgements(copy_out(conn, f"{sql} {_ORDER}", {"records": sorted(records)}, schema=_STANDING_SCHEMA))


def _judgements(frame: pl.DataFrame) -> list[Judgement]:
    found = []
    for number, rows in groupby(frame.iter_rows(), key=lambda row: int(row[0])):
        listed = list(rows)
        parts = tuple(tuple(row[3] for row in part) for _, part in groupby(listed, key=lambda row: row[2]))
        found.append(Judgement(number, listed[0][1], parts))
    return found


# ------------------------------------------------------------------ writing


@dataclass(frozen=True)
class Said:
    """Who said something, when and why; ``entry_id`` is its place in the ledger."""

    entry_id: int
    author: str
    at: datetime
    reason: str


_JUDGEMENT = sa.text(
    """INSERT INTO judgement (entry_id, verdict, reason, author, decided_at)
       VALUES (:entry_id, :verdict, :reason, :author, :at)"""
)
_JUDGED = sa.text(
    """INSERT INTO judged (entry_id, record, part)
       SELECT :entry_id, unnest(CAST(:records AS uuid[])), unnest(CAST(:parts AS smallint[]))"""
)


def save_judgement(conn: Connection, judgement: Judgement, said: Said) -> None:
    """Store a judgement that has entered the ledger; `rebond` must follow."""
    values = {"entry_id": said.entry_id, "reason": said.reason, "author": said.author, "at": said.at}
    conn.execute(_JUDGEMENT, {**values, "verdict": judgement.verdict})
    parts = [number for number, part in enumerate(judgement.parts) for _ in part]
    conn.execute(_JUDGED, {"entry_id": said.entry_id, "records": list(judgement.records), "parts": parts})


def close(conn: Connection, entry_id: int, retraction: int) -> None:
    """Take a judgement or a pin back: it stays on record, without force; `rebond` of a judgement's records must follow."""
    for table in ("judgement", "pin"):
        conn.execute(
            sa.text(f"UPDATE {table} SET retraction = :retraction WHERE entry_id = :entry_id"),
            {"entry_id": entry_id, "retraction": retraction},
        )


_MENTIONS = sa.text(
    """SELECT j.entry_id, CAST(j.record AS text) FROM judged j JOIN judgement g USING (entry_id)
       WHERE g.retraction IS NULL AND g.verdict = ANY(:binding) AND (
           CAST(:records AS uuid[]) IS NULL
           OR j.bond IN (SELECT bond FROM judged WHERE record = ANY(CAST(:records AS uuid[])))
           OR j.entry_id IN (SELECT entry_id FROM judged WHERE record = ANY(CAST(:records AS uuid[]))))"""
)
_UNBOND = sa.text(
    """UPDATE judged SET bond = NULL WHERE bond IS NOT NULL AND (CAST(:records AS uuid[]) IS NULL
           OR bond IN (SELECT bond FROM judged WHERE record = ANY(CAST(:records AS uuid[]))))"""
)
_REBOND = sa.text(
    """UPDATE judged j SET bond = b.bond
       FROM unnest(CAST(:entries AS bigint[]), CAST(:bonds AS bigint[])) AS b (entry_id, bond)
       WHERE j.entry_id = b.entry_id"""
)


def rebond(conn: Connection, records: Iterable[str] | None) -> None:
    """Find again which judgements are connected with each other, after some on these records came or went (None: all)."""
    values = {"records": None if records is None else sorted(records)}
    mentions = [
        (int(number), str(record)) for number, record in conn.execute(_MENTIONS, {**values, "binding": list(BINDING)})
    ]
    conn.execute(_UNBOND, values)
    found = bonds(mentions)
    if found:
        conn.execute(_REBOND, {"entries": list(found), "bonds": list(found.values())})


@dataclass(frozen=True)
class Entry:
    """An entry of the ledger by which a steward said something, or took it back."""

    entry_id: int
    kind: str
    author: str
    received_at: datetime
    body: dict[str, Any]


def entries(conn: Connection) -> list[Entry]:
    """All that stewards said, in its order."""
    rows = conn.execute(
        sa.text(
            """SELECT entry_id, kind, author, received_at, body FROM entry
               WHERE kind IN ('judgement', 'pin', 'retraction') ORDER BY entry_id"""
        )
    )
    return [Entry(*row) for row in rows]


def forget(conn: Connection) -> None:
    """Empty the tables that follow from the ledger, to make them anew."""
    for table in ("judged", "judgement", "pin"):
        conn.execute(sa.text(f"DELETE FROM {table}"))


# ------------------------------------------------------------------ reading

_SELECT = """SELECT g.entry_id, g.verdict, g.reason, g.author, g.decided_at, g.retraction, r.author AS retracted_by,
    r.received_at AS retracted_at, r.body ->> 'reason' AS retraction_reason
    FROM judgement g LEFT JOIN entry r ON r.entry_id = g.retraction"""
_PAGE = sa.text(
    f"""{_SELECT} WHERE (CAST(:before AS bigint) IS NULL OR g.entry_id < :before)
        AND (CAST(:verdict AS text) IS NULL OR g.verdict = :verdict)
        AND (CAST(:author AS text) IS NULL OR g.author = :author)
        AND (CAST(:standing AS boolean) IS NULL OR (g.retraction IS NULL) = :standing)
        AND (CAST(:records AS uuid[]) IS NULL
             OR g.entry_id IN (SELECT entry_id FROM judged WHERE record = ANY(CAST(:records AS uuid[]))))
        ORDER BY g.entry_id DESC LIMIT :limit"""
)
_ONE = sa.text(f"{_SELECT} WHERE g.entry_id = :entry_id")
_OF_CUSTOMER = sa.text(
    """SELECT CAST(o.id AS text) FROM party p JOIN membership m ON m.rid = p.rid JOIN membership n ON n.golden = m.golden
       JOIN party o ON o.rid = n.rid WHERE p.id = :record UNION SELECT CAST(CAST(:record AS uuid) AS text)"""
)
_RECORDS = sa.text(
    """SELECT j.entry_id, j.part, j.record, p.dealer, p.feed, p.record_no, coalesce(g.id, p.id) AS golden_id
       FROM judged j LEFT JOIN party p ON p.id = j.record LEFT JOIN membership m ON m.rid = p.rid
       LEFT JOIN party g ON g.rid = m.golden WHERE j.entry_id = ANY(:entries)
       ORDER BY j.entry_id, j.part, p.first_seen, j.record"""
)


@dataclass(frozen=True)
class Mention:
    """A record in a judgement; all but its identity is None while the base does not hold it."""

    record: UUID
    dealer: str | None
    feed: str | None
    record_no: str | None
    golden_id: UUID | None


@dataclass(frozen=True)
class Decision:
    """A judgement on record.

    Attributes:
        parts: its records, part by part.
        retracted_by, retracted_at, retraction_reason: None while it stands.
        holds: whether the golden records are as it says; a newer judgement, or a record that turned from a person
            into a company, may stand in its way.
    """

    entry_id: int
    verdict: str
    reason: str
    author: str
    decided_at: datetime
    retraction: int | None
    retracted_by: str | None
    retracted_at: datetime | None
    retraction_reason: str | None
    parts: list[list[Mention]]

    @property
    def holds(self) -> bool:
        seats = [{mention.golden_id for mention in part if mention.golden_id} for part in self.parts]
        if self.verdict not in BINDING:
            return True
        together = all(len(seat) <= 1 for seat in seats)
        held = [golden for seat in seats for golden in seat]
        return together and len(set(held)) == len(held)

    @property
    def state(self) -> str:
        """ "retracted", "in force", or "overruled": it stands, and the golden records are not as it says."""
        if self.retraction is not None:
            return "retracted"
        return "in force" if self.holds else "overruled"

    @property
    def judgement(self) -> Judgement:
        """The same as the rules see it."""
        parts = tuple(tuple(str(mention.record) for mention in part) for part in self.parts)
        return Judgement(self.entry_id, self.verdict, parts)


@dataclass(frozen=True)
class Filters:
    """Which judgements are wanted; None asks for all.

    Attributes:
        standing: True: not retracted; False: retracted.
        customer: on any record of the golden record that holds this one.
    """

    verdict: str | None = None
    author: str | None = None
    standing: bool | None = None
    customer: UUID | None = None


def list_decisions(conn: Connection, wanted: Filters, before: int | None, limit: int) -> list[Decision]:
    """Judgements with an entry lower than ``before``, the newest first."""
    records = None
    if wanted.customer is not None:
        records = list(conn.scalars(_OF_CUSTOMER, {"record": wanted.customer}))
    values = {"verdict": wanted.verdict, "author": wanted.author, "standing": wanted.standing, "records": records}
    return _completed(conn, conn.execute(_PAGE, {**values, "before": before, "limit": limit}).mappings().all())


def find_decision(conn: Connection, entry_id: int) -> Decision | None:
    """One judgement; None if there is none with this entry, or the caller may not see it."""
    found = _completed(conn, conn.execute(_ONE, {"entry_id": entry_id}).mappings().all())
    return found[0] if found else None


def _completed(conn: Connection, rows: Sequence[RowMapping]) -> list[Decision]:
    parts: dict[int, dict[int, list[Mention]]] = {int(row["entry_id"]): {} for row in rows}
    for entry_id, part, *mention in conn.execute(_RECORDS, {"entries": list(parts)}):
        parts[entry_id].setdefault(part, []).append(Mention(*mention))
    return [Decision(**row, parts=list(parts[row["entry_id"]].values())) for row in rows]


# ------------------------------------------------------------------ pinned values


@dataclass(frozen=True)
class Pin:
    """A value that a steward chose, on record.

    Attributes:
        record: whose value it is; beside: holds while both stand in one golden record.
    """

    entry_id: int
    record: UUID
    beside: UUID
    field: str
    reason: str
    author: str
    decided_at: datetime
    retraction: int | None
    retracted_by: str | None
    retracted_at: datetime | None
    golden_id: UUID | None


_STANDING_PINS = """SELECT i.entry_id, i.record, i.beside, i.field, i.digest FROM pin i {of}
    WHERE i.retraction IS NULL {where} ORDER BY i.entry_id"""
_PIN = sa.text(
    """INSERT INTO pin (entry_id, record, beside, field, digest, reason, author, decided_at)
       VALUES (:entry_id, :record, :beside, :field, :digest, :reason, :author, :at)"""
)
_PINS = sa.text(
    """SELECT i.entry_id, i.record, i.beside, i.field, i.reason, i.author, i.decided_at, i.retraction, r.author,
           r.received_at, coalesce(g.id, p.id)
       FROM pin i LEFT JOIN entry r ON r.entry_id = i.retraction LEFT JOIN party p ON p.id = i.record
       LEFT JOIN membership m ON m.rid = p.rid LEFT JOIN party g ON g.rid = m.golden
       WHERE (CAST(:before AS bigint) IS NULL OR i.entry_id < :before)
         AND (CAST(:entry_id AS bigint) IS NULL OR i.entry_id = :entry_id)
         AND (CAST(:standing AS boolean) IS NULL OR (i.retraction IS NULL) = :standing)
         AND (CAST(:records AS uuid[]) IS NULL OR i.record = ANY(CAST(:records AS uuid[])))
       ORDER BY i.entry_id DESC LIMIT :limit"""
)


def pins(conn: Connection, scope: str) -> pl.DataFrame:
    """The pins that stand on the records of a scope (`hub.golden.pins.PIN_SCHEMA`)."""
    of = f"JOIN party p ON p.id = i.record JOIN {scope} USING (rid)"
    return copy_out(conn, _STANDING_PINS.format(of=of, where=""), schema=PIN_SCHEMA)


def pins_on(conn: Connection, records: Collection[str]) -> pl.DataFrame:
    """The pins that stand on these records; none for who may not see them."""
    where = "AND i.record = ANY(CAST(:records AS uuid[]))"
    return copy_out(conn, _STANDING_PINS.format(of="", where=where), {"records": list(records)}, schema=PIN_SCHEMA)


def save_pin(conn: Connection, said: Said, record: str, beside: str, field: str, value: str) -> None:
    """Store a pin that has entered the ledger; ``value`` is its digest."""
    values = {"record": record, "beside": beside, "field": field, "digest": value}
    more = {"entry_id": said.entry_id, "reason": said.reason, "author": said.author, "at": said.at}
    conn.execute(_PIN, {**values, **more})


def list_pins(
    conn: Connection, before: int | None, limit: int, standing: bool | None = None, customer: UUID | None = None
) -> list[Pin]:
    """Pins with an entry lower than ``before``, the newest first; only those on records of a customer, if one is given."""
    records = None if customer is None else list(conn.scalars(_OF_CUSTOMER, {"record": customer}))
    values = {"before": before, "entry_id": None, "standing": standing, "records": records, "limit": limit}
    return [Pin(*row) for row in conn.execute(_PINS, values)]


def find_pin(conn: Connection, entry_id: int) -> Pin | None:
    """One pin; None if there is none with this entry."""
    values = {"before": None, "entry_id": entry_id, "standing": None, "records": None, "limit": 1}
    row = conn.execute(_PINS, values).one_or_none()
    return None if row is None else Pin(*row)
