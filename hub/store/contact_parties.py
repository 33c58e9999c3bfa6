"""Whom a request about contacts means, and where these people live. Sets in, sets out; read as the worker."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import polars as pl
import sqlalchemy as sa
from sqlalchemy import Connection

from hub.store.contact_records import with_records
from hub.store.places import locate, locate_all
from hub.store.questions import Question, Rows, ask, numbers

_FEW_PLACES = 3  # so many are looked up one by one; a temporary table costs more


@dataclass(frozen=True, slots=True)
class Reference:
    """How a request names a person: by an id, or by a dealer's own record number.

    Attributes:
        golden_id: any id ever issued: it names a source record, and through it whoever holds that record now.
        dealer, feed, record_no: the other way.
    """

    golden_id: UUID | None = None
    dealer: str | None = None
    feed: str = "customers"
    record_no: str | None = None


@dataclass(frozen=True, slots=True)
class Party:
    """The source record that a reference means, and the golden record that holds it now."""

    record: UUID
    rid: int
    golden: int
    dealer: str


_RESOLVE = sa.text(
    """SELECT DISTINCT ON (w.n) w.n, p.id, p.rid, coalesce(m.golden, p.rid), p.dealer FROM (
           SELECT w.n, p.rid FROM unnest(CAST(:n1 AS int[]), CAST(:ids AS uuid[])) AS w (n, id)
               JOIN party p ON p.id = w.id
           UNION ALL SELECT w.n, p.rid
               FROM unnest(CAST(:n2 AS int[]), CAST(:dealers AS text[]), CAST(:feeds AS text[]), CAST(:nos AS text[]))
                    AS w (n, dealer, feed, no)
               JOIN party p ON p.dealer = w.dealer AND p.feed = w.feed AND p.record_no = w.no
       ) w JOIN party p ON p.rid = w.rid LEFT JOIN membership m ON m.rid = p.rid
       WHERE CAST(:own AS text) IS NULL OR p.dealer = :own
       ORDER BY w.n, p.first_seen DESC, p.id"""
)


def resolve_parties(conn: Connection, references: Sequence[Reference], own: str | None = None) -> list[Party | None]:
    """For each reference, in order, the record that it means; None for one that nobody has, or that is not the caller's.

    Args:
        own: the caller's dealer, which can name its own records only; None for the importer's people.
    """
    by_id = [(n, one.golden_id) for n, one in enumerate(references) if one.golden_id is not None]
    by_no = [(n, one) for n, one in enumerate(references) if one.golden_id is None]
    values = {
        "n1": numbers(n for n, _ in by_id), "ids": [record for _, record in by_id], "n2": numbers(n for n, _ in by_no),
        "dealers": [one.dealer for _, one in by_no], "feeds": [one.feed for _, one in by_no],
        "nos": [one.record_no for _, one in by_no], "own": own,
    }  # fmt: skip
    found = ask(conn, Question(_RESOLVE, values, lambda rows: {n: Party(*rest) for n, *rest in rows}))
    return [found.get(n) for n in range(len(references))]


@dataclass(frozen=True, slots=True)
class Home:
    """Where a person lives, as far as time zones go.

    Attributes:
        zone: IANA zone, by the records that the caller may see.
        elsewhere: another zone, by the newest address of other dealers' records; None: no other.
        nobody: all records of the party are house accounts.
    """

    zone: str
    elsewhere: str | None
    nobody: bool


_HOMES = {
    gathered: sa.text(
        f"""{records}
        SELECT DISTINCT ON (r.golden, own) r.golden, r.dealer = :own AS own,
               bool_and(r.kind = 'house') OVER (PARTITION BY r.golden), r.country, r.postcode, r.city, d.timezone
        FROM record r LEFT JOIN dealer d ON d.code = r.dealer
        ORDER BY r.golden, own, r.postcode IS NULL AND r.city IS NULL, r.stated_on DESC, r.id"""
    )
    for gathered, records in with_records(asked_only=True).items()
}


def which_addresses(goldens: Sequence[int], own: str | None = None, gathered: bool = False) -> Question[Rows]:
    """The addresses of golden parties, for `homes`.

    Args:
        own: the caller's dealer, whose own records come first; None for the importer's people.
        gathered: their records were gathered (`hub.store.contact_records`).
    """
    return Question(
        _HOMES[gathered], {"own": own, **({} if gathered else {"goldens": numbers(goldens)})}, lambda rows: rows
    )


def homes(conn: Connection, rows: Rows) -> dict[int, Home]:
    """Where each golden party lives: by the place of its address, else in the time zone of the dealer that knows it.

    Args:
        rows: of `which_addresses`.
    """
    zones = _zones(conn, [(row[3], row[4], row[5]) for row in rows])
    nobody = {row[0]: bool(row[2]) for row in rows}
    mine: dict[int, str] = {}
    others: dict[int, str] = {}
    for golden, is_own, _, country, postcode, city, timezone in rows:
        zone = zones.get((country, postcode, city)) or timezone or "UTC"
        (mine if is_own else others)[golden] = zone
    return {golden: _home(mine.get(golden), others.get(golden), nobody[golden]) for golden in nobody}


def _home(mine: str | None, others: str | None, nobody: bool) -> Home:
    if mine is None:
        return Home(others or "UTC", None, nobody)
    return Home(mine, others if others != mine else None, nobody)


Address = tuple[str | None, str | None, str | None]


def _zones(conn: Connection, addresses: Sequence[Address]) -> dict[Address, str | None]:
    """The time zone of each address (country, postcode, city) whose place is known."""
    distinct = sorted({one for one in addresses if one[1] or one[2]}, key=str)
    if len(distinct) <= _FEW_PLACES:
        found = {one: locate(conn, *one) for one in distinct}
        return {one: place.timezone if place else None for one, place in found.items()}
    frame = pl.DataFrame(
        distinct, schema={"country": pl.String, "postcode": pl.String, "city": pl.String}, orient="row"
    )
    return dict(zip(distinct, locate_all(conn, frame)["timezone"], strict=True))


_HOUSEHOLDS = sa.text(
    """SELECT o.golden, h.golden FROM unnest(CAST(:goldens AS bigint[])) g JOIN household o ON o.golden = g
       JOIN household h ON h.household = o.household WHERE h.golden <> o.golden"""
)


def housemates(conn: Connection, goldens: Sequence[int]) -> dict[int, list[int]]:
    """The other golden records of each one's household; those that live alone are left out."""
    found: dict[int, list[int]] = {}
    for golden, other in ask(conn, Question(_HOUSEHOLDS, {"goldens": numbers(goldens)}, lambda rows: rows)):
        found.setdefault(golden, []).append(other)
    return found
