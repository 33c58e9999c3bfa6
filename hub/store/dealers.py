"""The table of dealers as the importer's registry fills it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from hub.dealers.registry import DealerEntry
from hub.store.shared_contacts import own_contacts

_CODES = sa.text("SELECT code FROM dealer WHERE registered")
_COLUMNS = (
    "name", "city", "region", "postcode", "country", "latitude", "longitude", "brands", "opening_hours", "phones",
    "emails", "capacity", "active_from", "active_until", "franchises", "territory", "holidays", "target_share",
    "dealer_group",
)  # fmt: skip
_VALUES = {name: f":{name}" for name in _COLUMNS} | {
    "franchises": "CAST(:franchises AS jsonb)", "territory": "CAST(:territory AS jsonb)",
}  # fmt: skip
_SYNC = sa.text(
    f"""INSERT INTO dealer (code, timezone, {", ".join(_COLUMNS)})
        VALUES (:dealer_code, coalesce(:timezone, 'Europe/Moscow'), {", ".join(_VALUES.values())})
        ON CONFLICT (code) DO UPDATE SET (registered, timezone, {", ".join(_COLUMNS)})
          = (true, {", ".join(f"excluded.{name}" for name in ("timezone", *_COLUMNS))})"""
)
_MARK = sa.text(
    """INSERT INTO dirty SELECT rid FROM party
       WHERE phones && CAST(:phones AS text[]) OR emails && CAST(:emails AS text[]) ON CONFLICT DO NOTHING"""
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

    Dealers that the registry lacks stay, with all their records, but count as unregistered. Records that hold a phone or
    e-mail which became a dealer's own, or is none any more, are matched anew by the next run.
    """
    before = set(conn.execute(_CODES).scalars())
    own = own_values(conn)
    if entries:
        conn.execute(_SYNC, [_row(entry) for entry in entries])
    codes = [entry.dealer_code for entry in entries]
    dropped = sorted(conn.execute(_DROP, {"codes": codes}).scalars())
    if changed := own ^ own_values(conn):
        conn.execute(_MARK, {field: [v for f, v in changed if f == field] for field in ("phones", "emails")})
    added = tuple(code for code in codes if code not in before)
    return Synced(added, tuple(code for code in codes if code in before), tuple(dropped))


def own_values(conn: Connection) -> set[tuple[str, str]]:
    """The dealers' own contact points as (field, value), as records hold them."""
    return {
        (field, value)
        for row in own_contacts(conn).iter_rows(named=True)
        for field in ("phones", "emails")
        for value in row[field] or ()
    }


def _row(entry: DealerEntry) -> dict[str, Any]:
    values = {name: getattr(entry, name) for name in entry.__dataclass_fields__}
    row = {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}
    territory = json.dumps(entry.territory.as_json()) if entry.territory else None
    return row | {"franchises": json.dumps([f.as_json() for f in entry.franchises]), "territory": territory}
