"""The table of dealers as the importer's registry fills it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from hub.dealers.registry import DealerEntry

_CODES = sa.text("SELECT code FROM dealer WHERE registered")
_SYNC = sa.text(
    """INSERT INTO dealer (code, name, city, region, postcode, country, latitude, longitude, brands, timezone,
                           opening_hours, phones, emails, capacity)
       VALUES (:dealer_code, :name, :city, :region, :postcode, :country, :latitude, :longitude, :brands,
               coalesce(:timezone, 'Europe/Moscow'), :opening_hours, :phones, :emails, :capacity)
       ON CONFLICT (code) DO UPDATE SET (name, city, region, postcode, country, latitude, longitude, brands, timezone,
                                         opening_hours, phones, emails, capacity, registered)
         = (excluded.name, excluded.city, excluded.region, excluded.postcode, excluded.country, excluded.latitude,
            excluded.longitude, excluded.brands, excluded.timezone, excluded.opening_hours, excluded.phones,
            excluded.emails, excluded.capacity, true)"""
)
_DROP = sa.text("UPDATE dealer SET registered = false WHERE registered AND NOT code = ANY(:codes) RETURNING code")


@dataclass(frozen=True)
class Synced:
    """What bringing a registry in did: codes that are new, that it had before, and that it lacks now."""

    added: tuple[str, ...]
    kept: tuple[str, ...]
    dropped: tuple[str, ...]


def sync_dealers(conn: Connection, entries: Sequence[DealerEntry]) -> Synced:
    """Make the table say what the registry says.

    Dealers that the registry lacks stay, with all their records, but count as unregistered.
    """
    before = set(conn.execute(_CODES).scalars())
    if entries:
        conn.execute(_SYNC, [_row(entry) for entry in entries])
    codes = [entry.dealer_code for entry in entries]
    dropped = sorted(conn.execute(_DROP, {"codes": codes}).scalars())
    added = tuple(code for code in codes if code not in before)
    return Synced(added, tuple(code for code in codes if code in before), tuple(dropped))


def _row(entry: DealerEntry) -> dict[str, Any]:
    return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(entry).items()}
