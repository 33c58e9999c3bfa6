"""Counts beside the queue's filters: of a long queue they may be half a minute old, as counting takes longer than the page."""

from __future__ import annotations

from sqlalchemy import Connection

from api.web.kept import Kept
from hub.store.review_queue import Filters, count_facets

LONG = 5_000  # questions from which the counts are kept
SECONDS = 30.0

Counts = dict[str, dict[str, int]]


class Facets:
    """The counts of this process."""

    def __init__(self) -> None:
        self._kept: Kept[Filters, Counts] = Kept(SECONDS, lambda counts: counts["all"].get("", 0) >= LONG)

    def counted(self, conn: Connection, wanted: Filters) -> Counts:
        """As `count_facets` gives them."""
        return self._kept.get(wanted, lambda: count_facets(conn, wanted))
