"""Whom a request may mean: the records under its keys and the golden records they stand in, by one prepared query.

Each question costs one round trip. It goes to the driver and not through SQLAlchemy, and its plan is made once for each
connection. Row security holds as everywhere: the transaction says whose slice is seen.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import psycopg
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from hub.errors import HubError
from hub.matching.few_comparisons import Party
from hub.store.engine import Database
from hub.store.matching import KIND
from hub.store.questions import Answer, Question, Sender, ask, done, numbers, sent_by
from hub.store.wire import Ear, Table, Wire

_Row = tuple[Any, ...]


@dataclass(frozen=True)
class Stamp:
    """What scoring depends on besides the records: changed whenever it does.

    Attributes:
        model: version of the model in force; None for the one that ships with the hub.
        shared: of the classified contact values; None where there are none or the caller may not see them.
    """

    model: str | None
    shared: str | None


class Found:
    """The records that stand under at least one of the keys, and in a golden record: in the order of their ids. One that no
    more than a glance (`cell`) is given is not read.

    Attributes:
        places: what the others are asked by.
        cell: of a place and a column of `Party` (by its number) the text as it came, in UTF-8.
    """

    def __init__(self, rows: Table | None = None) -> None:
        self._rows = rows
        self._parties: dict[int, Party] = {}
        self.places: Sequence[int] = ()
        self.cell: Callable[[int, int], bytes | None] = _nothing
        if rows:
            self.cell = cell = rows.cell
            self.places = [place for place in range(len(rows)) if cell(place, _GOLDEN_ID) is not None]

    def keys(self, place: int) -> tuple[int, ...]:
        """The places of its keys in the question."""
        return _numbers(self.cell(place, _KEYS) or b"{}")

    def golden(self, place: int) -> int:
        """The number of its golden record."""
        return int(self.cell(place, _GOLDEN) or 0)

    def golden_id(self, place: int) -> str:
        """The id of its golden record, as the caller sees it."""
        return (self.cell(place, _GOLDEN_ID) or b"").decode()

    def __getitem__(self, place: int) -> Party:
        """What scoring asks of it."""
        party = self._parties.get(place)
        if party is None:
            assert self._rows is not None
            party = self._parties[place] = Party._make(self._rows.row(place)[:_KEYS])
        return party


def _nothing(place: int, column: int) -> bytes | None:
    return None


@lru_cache(maxsize=1 << 12)
def _numbers(written: bytes) -> tuple[int, ...]:
    """The numbers of an array as the server writes it."""
    return tuple(map(int, written[1:-1].split(b","))) if len(written) > 2 else ()


# columns of the question's answer, after those of `Party`
_KEYS, _GOLDEN, _GOLDEN_ID = (len(Party._fields) + place for place in range(3))
NOBODY = Found()

# Classified values are always replaced as a whole, so the transaction that wrote any of them stamps them all
_STAMP = """SELECT (SELECT version FROM model WHERE active), (SELECT xmin::text FROM shared_value LIMIT 1)"""
_MADE = {"kind": KIND, "extra": "p.extra::text"}
# A golden record bears the id of its first-seen member, which mostly is the record itself; in a dealer's view, of the
# dealer's own first-seen member
_WHOLE = "CASE WHEN m.golden = p.rid THEN p.id ELSE (SELECT g.id FROM party g WHERE g.rid = m.golden) END"
_OF_DEALER = """(SELECT o.id FROM membership w JOIN party o ON o.rid = w.rid
    WHERE w.golden = m.golden AND o.dealer = %(dealer)s ORDER BY o.first_seen, o.id LIMIT 1)"""


@cache
def _query(cap: int, dealers: bool) -> str:
    """The question; ``cap`` stands in it as a number, or its plan would be made for any."""
    return f"""
    WITH met AS MATERIALIZED (
        SELECT holder.rid, array_agg(w.place - 1) AS places
        FROM unnest(%(keys)s::text::bigint[]) WITH ORDINALITY AS w (key, place) CROSS JOIN LATERAL (
            SELECT array_agg(k.rid) AS rids FROM (
                SELECT rid FROM party_key WHERE key = w.key LIMIT {cap + 1}) k) block
        CROSS JOIN LATERAL unnest(block.rids) AS holder (rid)
        WHERE cardinality(block.rids) <= {cap} GROUP BY holder.rid)
    SELECT {", ".join(_MADE.get(name, f"p.{name}") for name in Party._fields)},
           met.places, m.golden, {_OF_DEALER if dealers else _WHOLE}
    FROM met JOIN party p ON p.rid = met.rid JOIN membership m ON m.rid = met.rid
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


def candidates_under(conn: Connection, keys: Sequence[int], cap: int, dealer: str | None) -> Found:
    """The records in the caller's slice under any of the keys, in the order of their ids.

    Args:
        keys: distinct keys; one under which more than ``cap`` records stand finds none.
        dealer: the caller's dealer, when it is one.
    """
    return ask(conn, who_stands_under(keys, cap, dealer))


def who_stands_under(keys: Sequence[int], cap: int, dealer: str | None) -> Question[Found]:
    """The question that `candidates_under` asks."""
    asked = {"keys": numbers(keys), **({"dealer": dealer} if dealer else {})}
    return Question(_query(cap, dealer is not None), asked, Found)


# -------------------------------------------------------------------- all in one round trip


@dataclass(frozen=True)
class Holder:
    """Whose an API key is; ``actor`` is how the ledger and the audit log name the holder."""

    actor: str
    role: str
    dealer: str | None


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
    found: Found


# Whoever holds the secret takes the key's place; nobody else takes any, and so sees no rows
_KEY = """
    SELECT set_config('hub.role', '', true), set_config('hub.dealer', '', true), set_config('hub.key', %(key_id)s, true)"""
_TAKE = """
    SELECT role, dealer, set_config('hub.role', role, true), set_config('hub.dealer', coalesce(dealer, ''), true),
           set_config('hub.key', '', true)
    FROM api_key WHERE key_id = %(key_id)s AND secret_sha256 = %(sha256)s AND revoked_at IS NULL
        AND coalesce(expires_at > now(), true)"""
# One row of the audit log for all persons of one question; who has taken no key's place has asked nothing
_TELL = """
    INSERT INTO audit (actor, role, dealer, action, details)
    SELECT %(actor)s, current_setting('hub.role'), current_setting('hub.dealer'), 'match_customer', CAST(%(details)s AS jsonb)
    WHERE current_setting('hub.role') <> ''"""


def _become(send: Sender, key_id: str, secret_sha256: str) -> Answer[Holder | None]:
    """Let what follows be asked on behalf of a key; answered by whose it is."""
    send(Question(_KEY, {"key_id": key_id}, done))

    def read(rows: Sequence[_Row]) -> Holder | None:
        return Holder(f"api:{key_id}", rows[0][0], rows[0][1]) if rows else None

    return send(Question(_TAKE, {"key_id": key_id, "sha256": secret_sha256}, read))


class Unreachable(HubError):
    """The base cannot be asked now."""

    code, status = "database_unavailable", 503


class Line:
    """One connection of one thread or event loop, kept for short questions. Close it when done.

    Raises:
        Unreachable: there is no connection to be had.
    """

    def __init__(self, database: Database) -> None:
        self._ear: Ear | None = None  # of the event loop, if it is one that asks
        try:
            self._driver = database.line()
        except (SQLAlchemyError, psycopg.Error) as error:  # the pool hands the driver's own errors on
            raise Unreachable(type(error).__name__) from error

    async def ask(
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
        asked = {"actor": f"api:{key_id}", "details": f'{{"persons": {persons}}}'}
        try:
            self._ear = self._ear or Ear(self._driver)
            wire = Wire(self._driver)  # all of it is one transaction
            send = Sender(wire)
            taken = _become(send, key_id, secret_sha256)
            stamped, found = send(which_stamp()), send(who_stands_under(keys, cap, dealer))
            send(Question(_TELL, asked, done))
            await wire.exchanged(self._ear)
        except psycopg.Error as error:
            raise Unreachable(type(error).__name__) from error
        holder = taken()
        if holder is None:
            return None
        return Reply(holder.role, holder.dealer, stamped(), found() if holder.dealer == dealer else NOBODY)

    def who(self, key_id: str, secret_sha256: str) -> Holder | None:
        """Whose an API key is; None if there is no such key, or it has ended.

        Raises:
            Unreachable: the question failed; close the line.
        """
        try:
            with sent_by(self._driver) as send:
                taken = _become(send, key_id, secret_sha256)
        except psycopg.Error as error:
            raise Unreachable(type(error).__name__) from error
        return taken()

    def close(self) -> None:
        """Give the connection up."""
        if self._ear is not None:
            self._ear.close()
        self._driver.close()
