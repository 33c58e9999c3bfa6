"""The report on fairness: actual against target shares, distance, response, and the leads that nobody got."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import RowMapping

from hub.routing.fairness import Row, fairness_rows
from hub.store import lead_lists
from hub.store.engine import Database


@dataclass(frozen=True)
class Fairness:
    """Rows per week and dealer; and per week the leads that went to head office, with the reason (``week, why, leads``)."""

    rows: list[Row]
    unrouted: Sequence[RowMapping]


def measure_fairness(db: Database, since: datetime, until: datetime) -> Fairness:
    """The report over offers and decisions from ``since`` to before ``until``."""
    with db.worker() as conn:
        offers = lead_lists.offers_by_week(conn, since, until)
        lines = lead_lists.lines_by_week(conn, since, until)
        return Fairness(fairness_rows(offers, lines), lead_lists.unrouted_by_week(conn, since, until))  # type: ignore[arg-type]
