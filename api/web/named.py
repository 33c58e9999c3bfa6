"""Customers in lists by their names instead of their ids: for head office, stewards and auditors, who may read all of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, RowMapping

from hub.store.search import customer_names


def with_names(
    conn: Connection, rows: Sequence[RowMapping] | Sequence[dict[str, Any]], key: str
) -> list[dict[str, Any]]:
    """The rows with ``customer``: the name of the golden record that now holds the record whose id stands in ``key``; without
    a name the id itself."""
    names = customer_names(conn, [row[key] for row in rows if row[key] is not None])
    return [{**row, "customer": names.get(row[key]) or row[key]} for row in rows]
