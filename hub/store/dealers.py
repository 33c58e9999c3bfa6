"""The table of dealers as the importer's registry fills it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

_CODES = sa.text("SELECT code, registered FROM dealer")
_DROP = sa.text("UPDATE dealer SET registered = false WHERE registered AND NOT code = ANY(:codes) RETURNING code")
DEFAULTS = {"timezone": "Europe/Moscow"}  # where the file leaves a required value empty
_KNOWN = frozenset(
    "code name city region postcode country latitude longitude brands "
    "timezone opening_hours phones emails capacity".split()  # noqa: SIM905 (a line a name would be a page)
)


@dataclass(frozen=True)
class Synced:
    """What bringing a registry in did: codes that are new, that changed or stayed, and that the registry lacks."""

    added: tuple[str, ...]
    kept: tuple[str, ...]
    dropped: tuple[str, ...]


def sync_dealers(conn: Connection, columns: Sequence[str], rows: Sequence[dict[str, Any]]) -> Synced:
    """Make the table say what the registry says.

    Args:
        columns: columns that the registry has, ``code`` among them; the others keep what they hold.
        rows: one dictionary a dealer.

    Dealers that the registry lacks stay, with all their records, but count as unregistered.
    """
    assert _KNOWN.issuperset(columns), columns
    before = {row.code: row.registered for row in conn.execute(_CODES)}
    if rows:
        names = ", ".join(columns)
        marks = ", ".join(f":{column}" for column in columns)
        changes = ", ".join(["registered = true", *(f"{c} = excluded.{c}" for c in columns if c != "code")])
        statement = f"INSERT INTO dealer ({names}) VALUES ({marks}) ON CONFLICT (code) DO UPDATE SET {changes}"
        conn.execute(sa.text(statement), [_filled(row) for row in rows])
    codes = [row["code"] for row in rows]
    dropped = sorted(conn.execute(_DROP, {"codes": codes}).scalars())
    added = [code for code in codes if not before.get(code)]
    return Synced(tuple(added), tuple(code for code in codes if before.get(code)), tuple(dropped))


def _filled(row: dict[str, Any]) -> dict[str, Any]:
    return {name: DEFAULTS.get(name) if value is None else value for name, value in row.items()}
