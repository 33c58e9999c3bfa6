"""The allocation's state: how many leads each dealer was offered today, and its credit in each pool of the round-robin.

One row a dealer. Who decides locks the rows of the dealers concerned, in the order of their codes, to the end of its
transaction: leads of different places do not wait for each other, and two leads never take one dealer's last place.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy import Connection

from hub.store.questions import Question, Rows, as_json, ask, done, words


class Line(NamedTuple):
    """One dealer's state.

    Attributes:
        day: the dealer's own calendar day that ``today`` counts.
        credit: in the pool asked for (`pool_of`).
    """

    day: date
    today: int
    credit: int

    def count(self, day: date) -> int:
        """Leads offered on a day."""
        return self.today if self.day == day else 0


_BUSY = sa.text(
    """SELECT array_agg(dealer), array_agg(day), array_agg(today), array_agg(0) FROM allocation WHERE day >= :since"""
)
_MAKE = sa.text(
    """INSERT INTO allocation (dealer, day, today) SELECT d, DATE '1970-01-01', 0 FROM unnest(CAST(:codes AS text[])) d
       ORDER BY d ON CONFLICT DO NOTHING"""
)
# One row of arrays: a line may be long, and rows cost more than numbers
_READ = """SELECT array_agg(dealer), array_agg(day), array_agg(today), array_agg(credit) FROM (
    SELECT dealer, day, today, coalesce(CAST(credits ->> :pool AS bigint), 0) AS credit
    FROM allocation WHERE dealer = ANY(CAST(:codes AS text[])) ORDER BY dealer {lock}) a"""
_LOCK = sa.text(_READ.format(lock="FOR UPDATE"))
_LOOK = sa.text(_READ.format(lock=""))
_TAKE_ONE = """UPDATE allocation a SET credits = a.credits || coalesce(CAST(w.credits AS jsonb), '{}'),
        today = CASE WHEN a.dealer IS DISTINCT FROM :chosen THEN a.today WHEN a.day = :day THEN a.today + 1 ELSE 1 END,
        day = CASE WHEN a.dealer = :chosen THEN :day ELSE a.day END
    FROM unnest(CAST(:codes AS text[]), CAST(:credits AS text[])) AS w (code, credits) WHERE a.dealer = w.code"""
_TAKE = sa.text(_TAKE_ONE)
_LOCK_WHOLE = sa.text(
    """SELECT array_agg(dealer), array_agg(day), array_agg(today), CAST(jsonb_agg(credits) AS text) FROM (
           SELECT dealer, day, today, credits FROM allocation WHERE dealer = ANY(CAST(:codes AS text[])) ORDER BY dealer
           FOR UPDATE) a"""
)
_SAVE = sa.text(
    """UPDATE allocation a SET credits = w.credits, today = w.today, day = w.day
       FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS w (dealer text, day date, today int, credits jsonb)
       WHERE a.dealer = w.dealer"""
)


@dataclass(frozen=True)
class Taken:
    """What one decision does to the state: credits of a pool after the turn, and one more lead for a dealer on its day."""

    pool: str
    credits: Mapping[str, int]
    chosen: str | None
    day: date | None

    def values(self) -> dict[str, object]:
        """The parameters of `take`."""
        codes = sorted({*self.credits, *([self.chosen] if self.chosen else [])})
        bodies = [json.dumps({self.pool: self.credits[code]}) if code in self.credits else None for code in codes]
        return {"codes": codes, "credits": bodies, "chosen": self.chosen, "day": self.day}


def pool_of(brand: str, purpose: str) -> str:
    """The name of the pool in which leads of a brand and purpose take turns."""
    return f"{brand}/{purpose}"


def offered_today(conn: Connection, days: Mapping[str, date]) -> dict[str, int]:
    """How many leads each dealer was offered today, as it is just now; dealers that had none are left out.

    Args:
        days: the day that it is at each dealer.
    """
    busy = ask(conn, who_is_busy(min(days.values(), default=date.min)))
    return counted(busy, days)


def counted(busy: Mapping[str, Line], days: Mapping[str, date]) -> dict[str, int]:
    """The same from the rows of `who_is_busy`."""
    return {code: line.today for code, line in busy.items() if days.get(code) == line.day}


def who_is_busy(since: date) -> Question[dict[str, Line]]:
    """The dealers that were offered leads on a day from ``since`` on; their credits are not asked for."""
    return Question(_BUSY, {"since": since}, _lines)


def lock_lines(conn: Connection, codes: Iterable[str], pool: str = "") -> dict[str, Line]:
    """Lock some dealers' rows, and read them as they are then."""
    wanted = set(codes)
    found = ask(conn, locked_lines(wanted, pool))
    if len(found) == len(wanted):
        return found
    conn.execute(_MAKE, {"codes": sorted(wanted)})
    return ask(conn, locked_lines(wanted, pool))


def locked_lines(codes: Iterable[str], pool: str) -> Question[dict[str, Line]]:
    """The same; dealers that were never offered a lead have no row, and are left out."""
    return Question(_LOCK, {"codes": words(sorted(codes)), "pool": pool}, _lines)


def look_at_lines(conn: Connection, codes: Iterable[str], pool: str) -> dict[str, Line]:
    """Some dealers' rows without locking them."""
    return ask(conn, Question(_LOOK, {"codes": words(sorted(codes)), "pool": pool}, _lines))


def _lines(rows: Rows) -> dict[str, Line]:
    """From one row of arrays."""
    codes, *columns = rows[0]
    return dict(zip(codes, map(Line, *columns), strict=True)) if codes else {}


def take(conn: Connection, taken: Taken) -> None:
    """Write what a decision did; the rows are locked."""
    conn.execute(_TAKE, taken.values())


class HeldLines:
    """Dealers' rows that a transaction has locked, and what its decisions, one after the other, make of them.

    Written once, by `saved`; so any number of leads may be decided for the price of one.
    """

    def __init__(self, conn: Connection) -> None:
        self._conn = conn
        self._days: dict[str, tuple[date, int]] = {}
        self._credits: dict[str, dict[str, int]] = {}
        self._changed: set[str] = set()

    def locked(self, codes: Iterable[str]) -> Question[None]:
        """Lock more dealers' rows; those without a row are left out."""
        return Question(_LOCK_WHOLE, {"codes": words(sorted(codes))}, self._read)

    def lock(self, codes: Collection[str], pool: str) -> dict[str, Line]:
        """The rows of these dealers as they are now, all of them locked."""
        if missing := set(codes) - self._days.keys():
            ask(self._conn, self.locked(missing))
        if missing := set(codes) - self._days.keys():
            self._conn.execute(_MAKE, {"codes": sorted(missing)})
            ask(self._conn, self.locked(missing))
        return {code: Line(*self._days[code], self._credits[code].get(pool, 0)) for code in codes}

    def take(self, taken: Taken) -> None:
        """What a decision did."""
        for code, credit in taken.credits.items():
            self._credits[code][taken.pool] = credit
        if taken.chosen is not None and taken.day is not None:
            day, today = self._days[taken.chosen]
            self._days[taken.chosen] = taken.day, today + 1 if day == taken.day else 1
            self._changed.add(taken.chosen)
        self._changed |= taken.credits.keys()

    def saved(self) -> Question[None]:
        """Write what changed."""
        rows = [
            {"dealer": code, "day": self._days[code][0], "today": self._days[code][1], "credits": self._credits[code]}
            for code in sorted(self._changed)
        ]
        return Question(_SAVE, {"rows": as_json(rows)}, done)

    def _read(self, rows: Rows) -> None:
        codes, days, counts, kept = rows[0]
        if codes:
            self._days |= zip(codes, zip(days, counts, strict=True), strict=True)
            self._credits |= zip(codes, json.loads(kept), strict=True)
