"""Pairs of records that wait for a steward, with both sides; counts of them by what they are sorted out by."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Connection

_SIDE = """{p}.id AS {p}_id, {p}.dealer AS {p}_dealer, {p}.feed AS {p}_feed, {p}.record_no AS {p}_record_no,
    {p}.kind AS {p}_kind, coalesce({p}.shown_company, concat_ws(' ', {p}.shown_last, {p}.shown_first, {p}.shown_middle))
    AS {p}_name, {p}.birth_date AS {p}_birth_date, coalesce({p}.phones, '{{}}') AS {p}_phones,
    coalesce({p}.emails, '{{}}') AS {p}_emails, {p}.shown_city AS {p}_city, g{p}.golden_id AS {p}_golden_id"""
# each filter by itself, so that counts of one facet can leave out that facet's own
_FILTERS = {
    "reason": "r.reason = :reason",
    "dealer": ":dealer IN (r.dealer_a, r.dealer_b)",
    "kind": "r.kind = :kind",
    "city": "r.city = :city",
    "region": "r.region = :region",
    "contested": "r.contested = :contested",
    "least": "r.weight >= :least",
}
_CUSTOMER = """:customer IN (SELECT g.golden_id FROM membership m JOIN golden g USING (golden)
    WHERE m.rid IN (r.rid_a, r.rid_b))"""
_BEYOND = "(r.priority < :priority OR r.priority = :priority AND (r.rid_a, r.rid_b) > (:rid_a, :rid_b))"
_ORDER = "ORDER BY r.priority DESC, r.rid_a, r.rid_b"
_PAGE = f"""SELECT r.rid_a, r.rid_b, r.weight, r.reason, r.priority, r.contested, {_SIDE.format(p="a")},
           {_SIDE.format(p="b")}, l.login AS at_work
    FROM (SELECT * FROM review r WHERE {{wanted}} {_ORDER} LIMIT :limit) r
    JOIN party a ON a.rid = r.rid_a JOIN party b ON b.rid = r.rid_b
    LEFT JOIN membership ma ON ma.rid = r.rid_a LEFT JOIN golden ga ON ga.golden = ma.golden
    LEFT JOIN membership mb ON mb.rid = r.rid_b LEFT JOIN golden gb ON gb.golden = mb.golden
    LEFT JOIN LATERAL (SELECT login FROM case_lease
        WHERE golden IN (ma.golden, mb.golden) AND until > :now ORDER BY golden LIMIT 1) l ON true
    {_ORDER}"""
_FREE = f"""SELECT r.rid_a, r.rid_b, r.priority, a.id AS a_id, b.id AS b_id, coalesce(ma.golden, r.rid_a) AS a_golden,
           coalesce(mb.golden, r.rid_b) AS b_golden
    FROM review r JOIN party a ON a.rid = r.rid_a JOIN party b ON b.rid = r.rid_b
    LEFT JOIN membership ma ON ma.rid = r.rid_a LEFT JOIN membership mb ON mb.rid = r.rid_b
    WHERE {{wanted}} AND NOT EXISTS (SELECT FROM case_lease l WHERE l.until > :now AND l.login <> :login
        AND l.golden IN (coalesce(ma.golden, r.rid_a), coalesce(mb.golden, r.rid_b)))
    {_ORDER} LIMIT 1"""
_PLAIN = ("reason", "kind", "region", "city")  # facets that are columns; a question has up to two dealers
FACETS = (*_PLAIN, "dealer")
_DEALERS = """SELECT 'dealer', dealer, CAST(sum(n) AS bigint) FROM (
    SELECT dealer_a AS dealer, count(*) AS n FROM review r WHERE {wanted} GROUP BY dealer_a
    UNION ALL SELECT dealer_b, count(*) FROM review r WHERE {wanted} AND dealer_b <> dealer_a GROUP BY dealer_b) d
    GROUP BY dealer"""
MOST_VALUES = {"city": 30}


@dataclass(frozen=True)
class Filters:
    """Which questions are wanted; None asks for all.

    Attributes:
        reason: why a person must look.
        dealer: has one of the two records.
        kind: "person" or "company".
        least: log2 odds.
        customer: golden id of either customer.
        city: as the records write it.
        region: of the dealer of the first record, by the importer's registry.
        contested: whether several dealers' claims on the two live.
    """

    reason: str | None = None
    dealer: str | None = None
    kind: str | None = None
    least: float | None = None
    customer: UUID | None = None
    city: str | None = None
    region: str | None = None
    contested: bool | None = None

    def where(self, but: str = "") -> str:
        """The conditions in SQL, without that on the facet ``but``."""
        held = [sql for name, sql in _FILTERS.items() if name != but and getattr(self, name) is not None]
        return " AND ".join([*held, *([_CUSTOMER] if self.customer else [])]) or "true"


Place = tuple[int, int, int]
"""Where a question stands in the queue: priority, rid_a, rid_b."""


def list_reviews(
    conn: Connection, wanted: Filters, after: Place | None, limit: int, now: datetime | None = None
) -> list[dict[str, Any]]:
    """Waiting pairs, what matters most first, that follow ``after``; ``at_work``: who is at either customer at ``now``."""
    sql, values = _beyond(wanted, after)
    values |= {"limit": limit, "now": now}
    return [dict(row) for row in conn.execute(sa.text(_PAGE.replace("{wanted}", sql)), values).mappings()]


def first_free(
    conn: Connection, wanted: Filters, after: Place | None, login: str, now: datetime
) -> dict[str, Any] | None:
    """The first question after ``after`` about customers that nobody else is at; None if there is none.

    Returns:
        ``rid_a``, ``rid_b``, ``priority``, and ids and golden records of both sides.
    """
    sql, values = _beyond(wanted, after)
    values |= {"login": login, "now": now}
    row = conn.execute(sa.text(_FREE.replace("{wanted}", sql)), values).mappings().one_or_none()
    return dict(row) if row else None


def _beyond(wanted: Filters, after: Place | None) -> tuple[str, dict[str, Any]]:
    """Conditions and values for what follows a place."""
    sql = wanted.where()
    if after is None:
        return sql, dict(vars(wanted))
    return f"{sql} AND {_BEYOND}", {**vars(wanted), **dict(zip(("priority", "rid_a", "rid_b"), after, strict=True))}


def place_of(conn: Connection, records: list[UUID]) -> Place | None:
    """Where the first question about these records' customers stands; None if nothing waits about two of them."""
    row = conn.execute(_PLACE, {"records": records}).one_or_none()
    return None if row is None else (row[0], row[1], row[2])


_PLACE = sa.text(
    """WITH mine AS (SELECT coalesce(m.golden, p.rid) AS golden FROM party p LEFT JOIN membership m ON m.rid = p.rid
                     WHERE p.id = ANY(:records)),
       held AS (SELECT rid FROM membership WHERE golden IN (SELECT golden FROM mine) UNION SELECT golden FROM mine)
       SELECT priority, rid_a, rid_b FROM review
       WHERE rid_a IN (SELECT rid FROM held) AND rid_b IN (SELECT rid FROM held)
       ORDER BY priority DESC, rid_a, rid_b LIMIT 1"""
)


def count_reviews(conn: Connection) -> dict[str, int]:
    """How many questions wait, by reason."""
    found = conn.execute(sa.text("SELECT reason, count(*) FROM review GROUP BY reason ORDER BY reason"))
    return {str(reason): int(count) for reason, count in found}


def count_facets(conn: Connection, wanted: Filters) -> dict[str, dict[str, int]]:
    """How many questions wait by each of `FACETS`, the most first, and how many in all (``all``).

    Each facet is counted within all filters but its own, so that it says what another choice would bring.
    """
    free = [name for name in _PLAIN if getattr(wanted, name) is None]
    named = " ".join(f"WHEN grouping({name}) = 0 THEN '{name}'" for name in free)
    value = f"coalesce({', '.join([*free, chr(39) * 2])})"
    sets = ", ".join(["()", *(f"({name})" for name in free)])
    parts = [
        f"""SELECT {f"CASE {named} ELSE 'all' END" if free else "'all'"}, {value}, count(*)
            FROM review r WHERE {wanted.where()} GROUP BY GROUPING SETS ({sets})""",
        _DEALERS.replace("{wanted}", wanted.where("dealer")),
    ]
    parts += [
        f"SELECT '{name}', {name}, count(*) FROM review r WHERE {wanted.where(name)} GROUP BY {name}"
        for name in _PLAIN
        if name not in free
    ]
    counted = conn.execute(sa.text(" UNION ALL ".join(parts)), dict(vars(wanted))).all()
    found: dict[str, dict[str, int]] = {name: {} for name in ("all", *FACETS)}
    for name, value, count in sorted(counted, key=lambda row: (-row[2], row[1] or "")):
        if (value or name == "all") and len(found[name]) < MOST_VALUES.get(name, 1000):
            found[name][value] = int(count)
    return found
