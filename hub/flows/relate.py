"""Households of the parties that changed: what they share → who lives with whom. A part of settling, which knows the parties."""

from __future__ import annotations

from sqlalchemy import Connection

from hub.network.households import households
from hub.store import households as store


def relate(conn: Connection, scope: str | None) -> int:
    """Bring the households up to date for the golden records of a scope, and for all whom that concerns.

    Args:
        scope: a temporary table with a column ``golden``, golden records that are no more included; None: everybody.

    Returns:
        How many people were found to live with somebody, of those whom a change concerns.
    """
    if not store.refresh_keys(conn, scope):
        return 0
    found = households(*store.read_keys(conn, scope is not None))
    store.replace_households(conn, found, scope is not None)
    return len(found)
