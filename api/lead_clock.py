"""One background thread that runs the clock of leads and pushes what dealers are to be told.

Any number of processes may do so: each lead and each delivery is taken by one of them. A fault is logged and tried again.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime

from hub.flows.deliver import deliver
from hub.flows.run_clock import run_clock
from hub.store.engine import Database

log = logging.getLogger("dealerhub.api.leads")

PAUSE = 10.0  # seconds between looks


class LeadClock:
    """The thread. ``private``: whether webhooks may lead to private addresses."""

    def __init__(self, database: Database, private: bool) -> None:
        self._database, self._private = database, private
        self._ending = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin; what became due while nothing ran is taken up at once."""
        self._thread = threading.Thread(target=self._run, name="leads", daemon=True)
        self._thread.start()

    def stop(self, patience: float = 30.0) -> None:
        """End after the work at hand; what takes longer than ``patience`` seconds is left to be rolled back."""
        self._ending.set()
        if self._thread is not None:
            self._thread.join(patience)

    def _run(self) -> None:
        while not self._ending.is_set():
            at = datetime.now(UTC)
            self._try("the clock", lambda at=at: run_clock(self._database, at))  # type: ignore[misc]
            self._try("pushing", lambda at=at: deliver(self._database, at, self._private))  # type: ignore[misc]
            self._ending.wait(PAUSE)

    def _try(self, what: str, work: Callable[[], object]) -> None:
        try:
            work()
        except Exception as error:
            log.error("%s of leads failed: %s", what, type(error).__name__)  # its message may quote values
