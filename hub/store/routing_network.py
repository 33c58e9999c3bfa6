"""The dealers as routing sees them, read from the registry; and how they have answered so far."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from threading import Lock
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, RowMapping

from hub.routing.network import DealerFacts, Franchise, Network, network
from hub.store.questions import Question, ask

Stamp = tuple[int, Any]  # rows, and what their versions come to

# Any change of a row gives it another xmin, so this tells whether the registry is still the one that was read.
_STAMP = sa.text("SELECT count(*), sum(xmin::text::bigint * hashtext(code)) FROM dealer")
_DEALERS = sa.text(
    """SELECT code, brands, franchises, registered, active_from, active_until, latitude, longitude, timezone,
              opening_hours, holidays, capacity, target_share, territory, name, city FROM dealer ORDER BY code"""
)
_RECORD = sa.text(
    """SELECT dealer, count(*), count(*) FILTER (WHERE on_time) FROM offer
       WHERE coalesce(contacted_at, ended_at) >= :since AND coalesce(contacted_at, ended_at) < :until
         AND on_time IS NOT NULL GROUP BY dealer"""
)


class Kept:
    """What this process has read of the registry and of the record, kept as long as it cannot have changed."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._networks: dict[Any, Network] = {}
        self._records: dict[Any, dict[str, tuple[int, int]]] = {}

    def network(self, conn: Connection, hours_unknown: str, stamp: Stamp | None = None) -> Network:
        """The network as the registry stands now.

        Args:
            stamp: of the registry, if it was asked for already (`which_registry`).
        """
        key = (conn.engine, *(stamp or ask(conn, which_registry())), hours_unknown)
        with self._lock:
            if key not in self._networks:
                if len(self._networks) > 8:
                    self._networks.clear()
                self._networks[key] = read_network(conn, hours_unknown)
            return self._networks[key]

    def record(self, conn: Connection, at: datetime, days: int) -> dict[str, tuple[int, int]]:
        """For each dealer the offers of the ``days`` before today (UTC) that were answered or ran out, and those in time.

        Today does not count yet: so the record is the same for all leads of a day.
        """
        today = at.date()
        key = (conn.engine, today, days)
        with self._lock:
            if key not in self._records:
                if len(self._records) > 8:
                    self._records.clear()
                self._records[key] = read_record(conn, today, days)
            return self._records[key]


KEPT = Kept()


def which_registry() -> Question[Stamp]:
    """Another answer as soon as anything in the registry changes."""
    return Question(_STAMP, {}, lambda rows: (rows[0][0], rows[0][1]))


def read_network(conn: Connection, hours_unknown: str) -> Network:
    """All dealers of the registry."""
    return network([_dealer(row) for row in conn.execute(_DEALERS).mappings()], hours_unknown)


def read_record(conn: Connection, today: date, days: int) -> dict[str, tuple[int, int]]:
    """See `Kept.record`."""
    asked = {"since": today - timedelta(days=days), "until": today}
    return {dealer: (answered, on_time) for dealer, answered, on_time in conn.execute(_RECORD, asked)}


def _dealer(row: RowMapping) -> DealerFacts:
    territory = row["territory"] or {}
    same = ("code", "registered", "active_from", "active_until", "latitude", "longitude", "timezone", "opening_hours",
            "capacity", "target_share", "name", "city")  # fmt: skip
    return DealerFacts(
        **{name: row[name] for name in same},
        brands=tuple(row["brands"]),
        franchises=tuple(_franchise(right) for right in row["franchises"]),
        holidays=tuple(row["holidays"]),
        postcodes=tuple(territory.get("postcodes", ())),
        polygon=tuple((float(x), float(y)) for x, y in territory.get("polygon", ())),
    )


def _franchise(right: Mapping[str, str]) -> Franchise:
    days = (date.fromisoformat(right[name]) if right.get(name) else None for name in ("from", "until"))
    return Franchise(right["brand"], right.get("purpose"), *days)


def dealer_name(conn: Connection, code: str) -> str | None:
    """A dealer's name."""
    return conn.execute(sa.text("SELECT name FROM dealer WHERE code = :code"), {"code": code}).scalar_one_or_none()
