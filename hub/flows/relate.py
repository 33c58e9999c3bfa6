"""Households of the parties that changed: what they share → who lives with whom. A part of settling, which knows the parties."""

from __future__ import annotations

from sqlalchemy import Connection

from hub.network.households import households
from hub.store import households as store


def relate(conn: Connection, scoped: bool) -> int:
    """Bring the households up to date, and those of all whom that concerns.

    Args:
        scoped: of those in the scope of settling, golden records that are no more included; else of everybody.

    Returns:
        How many people were found to live with somebody, of those whom a change concerns.
    """
    if not store.refresh_keys(conn, scoped):
        return 0
    found = households(*store.read_keys(conn, scoped))
    store.replace_households(conn, found, scoped)
    return len(found)
