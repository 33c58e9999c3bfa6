"""What an explanation reads: records by identity, the component of a customer, what waits; all within the caller's slice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import polars as pl
import sqlalchemy as sa
from sqlalchemy import Connection

from hub.store.bulk import copy_out


@dataclass(frozen=True)
class Seen:
    """A source record as an explanation shows it.

    Attributes:
        golden: the number of the golden record that it stands in; its own before the first matching.
    """

    rid: int
    golden: int
    record_id: UUID
    dealer: str
    feed: str
    record_no: str
    kind: str
    full_name: str | None
    birth_date: date | None
    city: str | None


_SEEN = """SELECT p.rid, coalesce(m.golden, p.rid), p.id, p.dealer, p.feed, p.record_no, p.kind,
    nullif(coalesce(p.shown_company, concat_ws(' ', p.shown_last, p.shown_first, p.shown_middle)), ''),
    p.birth_date, p.shown_city FROM party p LEFT JOIN membership m ON m.rid = p.rid"""
_BY_ID = sa.text(f"{_SEEN} WHERE p.id = ANY(:ids)")
_BY_RID = sa.text(f"{_SEEN} WHERE p.rid = ANY(:rids) ORDER BY p.first_seen, p.id")
_MEMBERS = sa.text(
    f"""{_SEEN} WHERE p.rid IN (SELECT rid FROM membership WHERE golden = ANY(:goldens)
          UNION SELECT unnest(CAST(:goldens AS bigint[])))
        AND coalesce(m.golden, p.rid) = ANY(:goldens) ORDER BY p.first_seen, p.id"""
)
_COMPONENT = sa.text(
    """WITH RECURSIVE closure AS (
           SELECT unnest(CAST(:rids AS bigint[])) AS rid
           UNION SELECT e.rid FROM closure c CROSS JOIN LATERAL (
               SELECT rid_b AS rid FROM edge WHERE rid_a = c.rid
               UNION ALL SELECT rid_a FROM edge WHERE rid_b = c.rid
               UNION ALL SELECT q.rid FROM party p JOIN judged j ON j.record = p.id JOIN judged k ON k.bond = j.bond
                   JOIN party q ON q.id = k.record WHERE p.rid = c.rid) e
       ) SELECT rid FROM closure LIMIT :most"""
)
_REVIEWS = sa.text(
    """SELECT rid_a, rid_b, weight, reason FROM review WHERE rid_a = ANY(:rids) OR rid_b = ANY(:rids)
       ORDER BY weight DESC, rid_a, rid_b"""
)
_EDGE = {"rid_a": pl.Int64, "rid_b": pl.Int64, "weight": pl.Float32}


def records_with(conn: Connection, ids: Sequence[UUID]) -> list[Seen]:
    """The records with these identities that the caller sees."""
    return [Seen(*row) for row in conn.execute(_BY_ID, {"ids": list(ids)})]


def records_of(conn: Connection, rids: Sequence[int]) -> list[Seen]:
    """The records with these numbers that the caller sees, the first-seen first."""
    return [Seen(*row) for row in conn.execute(_BY_RID, {"rids": list(rids)})]


def members_of(conn: Connection, goldens: Sequence[int]) -> list[Seen]:
    """The records of these golden records that the caller sees, the first-seen first."""
    return [Seen(*row) for row in conn.execute(_MEMBERS, {"goldens": list(goldens)})]


def component_of(conn: Connection, rids: Sequence[int], most: int) -> list[int]:
    """All records that edges and judgements connect with these, ``most`` at most; for a dealer, who sees neither, ``rids``."""
    return [int(rid) for (rid,) in conn.execute(_COMPONENT, {"rids": list(rids), "most": most})]


def edges_among(conn: Connection, rids: Sequence[int]) -> pl.DataFrame:
    """The scored pairs among these records: ``rid_a``, ``rid_b``, ``weight``."""
    sql = "SELECT rid_a, rid_b, weight FROM edge WHERE rid_a = ANY(:rids) AND rid_b = ANY(:rids)"
    return copy_out(conn, sql, {"rids": list(rids)}, schema=_EDGE)


def waiting(conn: Connection, rids: Sequence[int]) -> list[dict[str, Any]]:
    """What waits for a steward about any of these records: ``rid_a``, ``rid_b``, ``weight``, ``reason``."""
    return [dict(row) for row in conn.execute(_REVIEWS, {"rids": list(rids)}).mappings()]
