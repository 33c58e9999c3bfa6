"""The table of dealers as the importer's registry fills it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql

_CODES = sa.text("SELECT code, registered FROM dealer")
_DROP = sa.text("UPDATE dealer SET registered = false WHERE registered AND NOT code = ANY(:codes) RETURNING code")
DEFAULTS = {"timezone": "Europe/Moscow"}  # where the file leaves a required value empty


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
    before = {row.code: row.registered for row in conn.execute(_CODES)}
    if rows:
        table = sa.table("dealer", sa.column("registered"), *(sa.column(name) for name in columns))
        insert = postgresql.insert(table)
        changes = {name: insert.excluded[name] for name in columns if name != "code"} | {"registered": True}
        statement = insert.on_conflict_do_update(index_elements=["code"], set_=changes)
        conn.execute(statement, [_filled(row) for row in rows])
    codes = [row["code"] for row in rows]
    dropped = sorted(conn.execute(_DROP, {"codes": codes}).scalars())
    added = [code for code in codes if not before.get(code)]
    return Synced(tuple(added), tuple(code for code in codes if before.get(code)), tuple(dropped))


def _filled(row: dict[str, Any]) -> dict[str, Any]:
    return {name: DEFAULTS.get(name) if value is None else value for name, value in row.items()}
