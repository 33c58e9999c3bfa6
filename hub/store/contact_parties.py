"""Whom a request about contacts means, and where these people live. Sets in, sets out; read as the worker."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Connection

from hub.store.contact_records import the, with_records
from hub.store.places import BEST
from hub.store.questions import Question, Rows, Sender, numbers, together, words


class Reference(NamedTuple):
    """How a request names a person: by an id, or by a dealer's own record number.

    Attributes:
        golden_id: any id ever issued: it names a source record, and through it whoever holds that record now.
        dealer, feed, record_no: the other way.
    """

    golden_id: UUID | None = None
    dealer: str | None = None
    feed: str = "customers"
    record_no: str | None = None


class Party(NamedTuple):
    """The source record that a reference means, and the golden record that holds it now."""

    record: UUID
    rid: int
    golden: int
    dealer: str


_FOUND = "p.id, p.rid, coalesce(m.golden, p.rid), p.dealer"
_OWN = "(CAST(:own AS text) IS NULL OR p.dealer = :own)"
_BY_ID = sa.text(
    f"""SELECT w.n, {_FOUND} FROM unnest(CAST(:ids AS uuid[])) WITH ORDINALITY AS w (id, n)
        JOIN party p ON p.id = w.id LEFT JOIN membership m ON m.rid = p.rid WHERE {_OWN}"""
)
# a number that was given anew has several records: the latest is meant
_BY_NUMBER = sa.text(
    f"""SELECT DISTINCT ON (w.n) w.n, {_FOUND} FROM unnest(CAST(:nos AS text[])) WITH ORDINALITY AS w (no, n)
        JOIN party p ON p.dealer = :dealer AND p.feed = :feed AND p.record_no = w.no
        LEFT JOIN membership m ON m.rid = p.rid WHERE {_OWN} ORDER BY w.n, p.first_seen DESC, p.id"""
)


def resolve_parties(conn: Connection, references: Sequence[Reference], own: str | None = None) -> list[Party | None]:
    """For each reference, in order, the record that it means; None for one that nobody has, or that is not the caller's.

    Args:
        own: the caller's dealer, which can name its own records only; None for the importer's people.
    """
    with together(conn) as send:
        found = resolved(send, references, own)
    return found()


def resolved(send: Sender, references: Sequence[Reference], own: str | None = None) -> Callable[[], list[Party | None]]:
    """The same among other questions; call what is returned when they are answered."""
    places: defaultdict[tuple[str | None, str], list[int]] = defaultdict(list)
    for place, one in enumerate(references):
        places[("", "") if one.golden_id is not None else (one.dealer, one.feed)].append(place)
    asked = [(at, send(_question(references, at, own))) for at in places.values()]

    def found() -> list[Party | None]:
        parties: list[Party | None] = [None] * len(references)
        for at, answer in asked:
            for n, *rest in answer():
                parties[at[n - 1]] = Party(*rest)
        return parties

    return found


def _question(references: Sequence[Reference], at: Sequence[int], own: str | None) -> Question[Rows]:
    """Whom the references at these places mean, which are all ids, or numbers of one dealer's feed."""
    first = references[at[0]]
    if first.golden_id is not None:
        ids = f"{{{','.join([str(references[place].golden_id) for place in at])}}}"
        return Question(_BY_ID, {"ids": ids, "own": own}, lambda rows: rows)
    nos = words(references[place].record_no or "" for place in at)
    return Question(_BY_NUMBER, {"nos": nos, "dealer": first.dealer, "feed": first.feed, "own": own}, lambda rows: rows)


class Home(NamedTuple):
    """Where a person lives, as far as time zones go: by the place of the address, else as the dealer that knows it.

    Attributes:
        zone: IANA zone, by the records that the caller may see.
        elsewhere: another zone, by the newest address of other dealers' records; None: no other.
        nobody: all records of the party are house accounts.
    """

    zone: str
    elsewhere: str | None
    nobody: bool


_ADDRESS = """(SELECT a.country, a.city, ARRAY(
    SELECT left(a.postcode, k) FROM generate_series(1, length(a.postcode)) k) AS beginnings) asked"""
# Each address is looked up once, however many people live there.
_HOMES = {
    gathered: sa.text(
        f"""{records},
        newest AS (
            SELECT DISTINCT ON (r.golden, own) r.golden, coalesce(r.dealer = :own, false) AS own,
                   bool_and(r.kind = 'house') OVER (PARTITION BY r.golden) AS nobody, lower(r.country) AS country,
                   r.postcode, r.city, r.dealer
            FROM record r
            ORDER BY r.golden, own, r.postcode IS NULL AND r.city IS NULL, r.stated_on DESC, r.id),
        address AS MATERIALIZED (
            SELECT own, nobody, country, postcode, city, dealer, array_agg(golden) AS goldens
            FROM newest GROUP BY own, nobody, country, postcode, city, dealer)
        SELECT a.own, a.nobody, coalesce(found.timezone, d.timezone, 'UTC'), a.goldens
        FROM address a LEFT JOIN dealer d ON d.code = a.dealer LEFT JOIN LATERAL (
            {BEST.format(asked=_ADDRESS)}) found
            ON a.postcode IS NOT NULL OR a.city IS NOT NULL"""
    )
    for gathered, records in with_records().items()
}


def which_homes(goldens: Sequence[int], own: str | None = None, gathered: bool = False) -> Question[dict[int, Home]]:
    """Where golden parties live.

    Args:
        own: the caller's dealer, whose own records come first; None for the importer's people.
        gathered: their records were gathered (`hub.store.contact_records`).
    """
    return Question(_HOMES[gathered], {"own": own, **({} if gathered else the(goldens))}, _homes)


def _homes(rows: Rows) -> dict[int, Home]:
    mine: dict[int, str] = {}
    others: dict[int, str] = {}
    houses: set[int] = set()
    for own, nobody, zone, goldens in rows:
        (mine if own else others).update(dict.fromkeys(goldens, zone))
        if nobody:
            houses.update(goldens)
    same: dict[Home, Home] = {}
    found = {}
    for golden in mine.keys() | others.keys():
        home = _home(mine.get(golden), others.get(golden), golden in houses)
        found[golden] = same.setdefault(home, home)
    return found


def _home(mine: str | None, others: str | None, nobody: bool) -> Home:
    if mine is None:
        return Home(others or "UTC", None, nobody)
    return Home(mine, others if others != mine else None, nobody)


_HOUSEHOLDS = sa.text(
    """SELECT o.golden, h.golden FROM unnest(CAST(:goldens AS bigint[])) g JOIN household o ON o.golden = g
       JOIN household h ON h.household = o.household WHERE h.golden <> o.golden"""
)


def housemates(goldens: Sequence[int]) -> Question[dict[int, list[int]]]:
    """The other golden records of each one's household; those that live alone are left out."""
    return Question(_HOUSEHOLDS, {"goldens": numbers(goldens)}, _mates)


def _mates(rows: Rows) -> dict[int, list[int]]:
    found: defaultdict[int, list[int]] = defaultdict(list)
    for golden, other in rows:
        found[golden].append(other)
    return dict(found)


_BRANDS = sa.text("SELECT brands FROM dealer WHERE code = :code")


def which_brands(dealer: str) -> Question[list[str] | None]:
    """The brands that a dealer sells; None if there is no such dealer."""
    return Question(_BRANDS, {"code": dealer}, lambda rows: list(rows[0][0] or []) if rows else None)
