"""Whom a request may mean: the records under its keys and the golden records they stand in, by one prepared query.

Each question costs one round trip. It goes to the driver and not through SQLAlchemy, and its plan is made once for each
connection. Row security holds as everywhere: the transaction says whose slice is seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import psycopg
from psycopg.rows import tuple_row
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from hub.errors import HubError
from hub.store.engine import Database
from hub.store.matching import KIND, MATCHING_SCHEMA, VEHICLES
from hub.store.questions import Question, ask, numbers

_Row = tuple[Any, ...]
_Answers = tuple[_Row | None, _Row | None, list[_Row]]


@dataclass(frozen=True)
class Stamp:
    """What scoring depends on besides the records: changed whenever it does.

    Attributes:
        model: version of the model in force; None for the one that ships with the hub.
        shared: of the classified contact values; None where there are none or the caller may not see them.
    """

    model: str | None
    shared: str | None


@dataclass(frozen=True)
class Found:
    """One record that stands under at least one of the keys.

    Attributes:
        keys: places of these keys in the question.
        golden: number and id (as the caller sees it) of its golden record; None while it has none.
        party: its party record by column, with ``dealer``, ``account``, ``vins``, ``plates``.
    """

    keys: list[int]
    golden: tuple[int, str] | None
    party: dict[str, Any]


# Classified values are always replaced as a whole, so the transaction that wrote any of them stamps them all
_STAMP = """SELECT (SELECT version FROM model WHERE active), (SELECT xmin::text FROM shared_value LIMIT 1)"""
# not needed, or made by the query; whoever asks has no dates of cars, so the time of theirs says nothing
_NOT_HERE = ("rid", "id", "first_seen", "kind", "vins", "plates", "holdings")
_COLUMNS = tuple(name for name in MATCHING_SCHEMA if name not in _NOT_HERE)
_CASTS = {"extra": "p.extra::text"}
# A golden record bears the id of its first-seen member; in a dealer's view, of the dealer's own first-seen member
_WHOLE = "LEFT JOIN party g ON g.rid = m.golden"
_OF_DEALER = """LEFT JOIN LATERAL (
    SELECT o.id FROM membership w JOIN party o ON o.rid = w.rid
    WHERE w.golden = m.golden AND o.dealer = %(dealer)s ORDER BY o.first_seen, o.id LIMIT 1) g ON true"""


@cache
def _query(cap: int, dealers: bool) -> str:
    """The question; ``cap`` stands in it as a number, or its plan would be made for any."""
    golden = _OF_DEALER if dealers else _WHOLE
    return f"""
    WITH met AS MATERIALIZED (
        SELECT holder.rid, array_agg(w.place) AS places
        FROM unnest(%(keys)s::text::bigint[]) WITH ORDINALITY AS w (key, place) CROSS JOIN LATERAL (
            SELECT array_agg(k.rid) AS rids FROM (
                SELECT rid FROM party_key WHERE key = w.key LIMIT {cap + 1}) k) block
        CROSS JOIN LATERAL unnest(block.rids) AS holder (rid)
        WHERE cardinality(block.rids) <= {cap} GROUP BY holder.rid)
    SELECT met.places, m.golden, g.id::text,
           {", ".join(_CASTS.get(name, f"p.{name}") for name in _COLUMNS)}, {KIND}, v.vins, v.plates
    FROM met JOIN party p ON p.rid = met.rid
    LEFT JOIN LATERAL (SELECT {VEHICLES} FROM party_vehicle WHERE rid = p.rid) v ON true
    LEFT JOIN membership m ON m.rid = p.rid {golden}
    ORDER BY p.id"""


def stamp(conn: Connection) -> Stamp:
    """What scoring depends on now."""
    return ask(conn, which_stamp())


def which_stamp() -> Question[Stamp]:
    """The question that `stamp` asks."""
    return Question(_STAMP, {}, lambda rows: Stamp(*rows[0]))


def shared_rows(conn: Connection) -> list[tuple[str, str, str, str]]:
    """The classified contact values that the caller may see: field, value, dealer, class."""
    return ask(conn, Question("SELECT field, value, dealer, class FROM shared_value", {}, list))


def candidates_under(conn: Connection, keys: Sequence[int], cap: int, dealer: str | None) -> list[Found]:
    """The records in the caller's slice under any of the keys, in the order of their ids.

    Args:
        keys: distinct keys; one under which more than ``cap`` records stand finds none.
        dealer: the caller's dealer, when it is one.
    """
    return ask(conn, who_stands_under(keys, cap, dealer))


def who_stands_under(keys: Sequence[int], cap: int, dealer: str | None) -> Question[list[Found]]:
    """The question that `candidates_under` asks."""
    asked = {"keys": numbers(keys), **({"dealer": dealer} if dealer else {})}
    return Question(_query(cap, dealer is not None), asked, _founds)


def _founds(rows: Sequence[Sequence[Any]]) -> list[Found]:
    return [
        Found(
            [place - 1 for place in row[0]],
            None if row[1] is None or row[2] is None else (row[1], row[2]),
            dict(zip(_NAMES, row[3:], strict=True)),
        )
        for row in rows
    ]


_NAMES = (*_COLUMNS, "kind", "vins", "plates")


# -------------------------------------------------------------------- all in one round trip


@dataclass(frozen=True)
class Reply:
    """What one round trip found out.

    Attributes:
        role, dealer: of the API key.
        stamp: what the records are to be scored with.
        found: as from `candidates_under`, if the key's dealer is the one that was supposed.
    """

    role: str
    dealer: str | None
    stamp: Stamp
    found: list[Found]


_KEY = (
    """SELECT set_config('hub.role', '', true), set_config('hub.dealer', '', true), set_config('hub.key', %s, true)"""
)
# Whoever holds the secret takes the key's place; nobody else takes any, and so sees no rows
_TAKE = """
    SELECT role, dealer, set_config('hub.role', role, true), set_config('hub.dealer', coalesce(dealer, ''), true),
           set_config('hub.key', '', true)
    FROM api_key WHERE key_id = %s AND secret_sha256 = %s AND revoked_at IS NULL AND coalesce(expires_at > now(), true)"""
# One row of the audit log for all persons of one question; who has taken no key's place has asked nothing
_TELL = """
    INSERT INTO audit (actor, role, dealer, action, details)
    SELECT %s, current_setting('hub.role'), current_setting('hub.dealer'), 'match_customer', CAST(%s AS jsonb)
    WHERE current_setting('hub.role') <> ''"""


class Unreachable(HubError):
    """The base cannot be asked now."""

    code, status = "database_unavailable", 503


class Line:
    """One connection of one thread, kept for short questions. Close it when done.

    Raises:
        Unreachable: there is no connection to be had.
    """

    def __init__(self, database: Database) -> None:
        try:
            self._driver = database.line()
        except SQLAlchemyError as error:
            raise Unreachable(type(error).__name__) from error
        self._key, self._take, self._stamp, self._found, self._tell = (
            self._driver.cursor(row_factory=tuple_row) for _ in range(5)
        )

    def ask(
        self, key_id: str, secret_sha256: str, keys: Sequence[int], cap: int, dealer: str | None, persons: int
    ) -> Reply | None:
        """`stamp` and `candidates_under` on behalf of an API key, and a row of the audit log, all in one transaction and one
        round trip.

        Args:
            dealer: whose key it is supposed to be; a wrong guess finds nobody.
            persons: how many are asked for.

        Returns:
            None if there is no such key, or it has ended.

        Raises:
            Unreachable: the question failed; close the line.
        """
        try:
            taken, stamped, rows = self._sent(key_id, secret_sha256, keys, cap, dealer, persons)
        except psycopg.Error as error:
            raise Unreachable(type(error).__name__) from error
        if taken is None or stamped is None:
            return None
        return Reply(taken[0], taken[1], Stamp(*stamped), _founds(rows) if taken[1] == dealer else [])

    def _sent(
        self, key_id: str, secret_sha256: str, keys: Sequence[int], cap: int, dealer: str | None, persons: int
    ) -> _Answers:
        asked = {"keys": numbers(keys), **({"dealer": dealer} if dealer else {})}
        with self._driver.pipeline():  # what stands between two synchronisations is one transaction
            self._key.execute(_KEY, (key_id,), prepare=True)
            self._take.execute(_TAKE, (key_id, secret_sha256), prepare=True)
            self._stamp.execute(_STAMP, prepare=True)
            self._found.execute(_query(cap, dealer is not None), asked, prepare=True)
            self._tell.execute(_TELL, (f"api:{key_id}", f'{{"persons": {persons}}}'), prepare=True)
        return self._take.fetchone(), self._stamp.fetchone(), self._found.fetchall()

    def close(self) -> None:
        """Give the connection up."""
        self._driver.close()
