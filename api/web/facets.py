"""Counts beside the queue's filters: of a long queue they may be half a minute old, as counting takes longer than the page."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict

from sqlalchemy import Connection

from hub.store.review_queue import Filters, count_facets

LONG = 5_000  # questions from which the counts are kept
KEPT = 30.0  # seconds
MOST = 200  # choices of filters remembered

Counts = dict[str, dict[str, int]]


class Facets:
    """The counts of this process."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Filters, tuple[float, Counts]] = OrderedDict()
        self._lock = threading.Lock()

    def counted(self, conn: Connection, wanted: Filters) -> Counts:
        """As `count_facets` gives them."""
        with self._lock:
            since, counts = self._kept.get(wanted, (0.0, {}))
        if counts and time.monotonic() < since + KEPT:
            return counts
        counts = count_facets(conn, wanted)
        with self._lock:
            self._kept.pop(wanted, None)
            if counts["all"].get("", 0) >= LONG:
                self._kept[wanted] = (time.monotonic(), counts)
            while len(self._kept) > MOST:
                self._kept.popitem(last=False)
        return counts
