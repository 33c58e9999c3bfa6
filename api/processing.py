"""One background thread that processes what is uploaded, so that a dealer has its receipt within seconds.

It does what the nightly job does, under the same lock in the database, so any number of API processes and nightly runs
may be about. A fault is logged and tried again; it never ends the thread.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from api.metrics import Metrics
from hub.store.engine import Database
from hub.store.upload_pages import any_waiting

log = logging.getLogger("dealerhub.api.processing")

POLL = 5.0  # seconds between looks when nobody wakes the thread: another process may have taken an upload in
LONGEST_PAUSE = 300.0  # seconds between tries while the job keeps failing


class Processor:
    """The thread. ``wake`` tells it that an upload has come.

    Args:
        job: processes all waiting uploads, through to golden records.
    """

    def __init__(self, database: Database, metrics: Metrics, job: Callable[[], object]) -> None:
        self._database, self._metrics, self._job = database, metrics, job
        self._woken, self._ending = threading.Event(), threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin; uploads that were left over by a process that died are taken up too."""
        self._thread = threading.Thread(target=self._run, name="uploads", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Look for uploads now."""
        self._woken.set()

    def stop(self, patience: float = 60.0) -> None:
        """End after the job at hand; a job that takes longer than ``patience`` seconds is left to be rolled back."""
        self._ending.set()
        self._woken.set()
        if self._thread is not None:
            self._thread.join(patience)

    def _run(self) -> None:
        failures = 0
        while not self._ending.is_set():
            failures = failures + 1 if self._failed() else 0
            pause = min(POLL * 2**failures, LONGEST_PAUSE) if failures else POLL
            if self._woken.wait(pause) and not self._ending.is_set():
                self._woken.clear()

    def _failed(self) -> bool:
        """Process what waits, if anything does; True if that raised."""
        try:
            with self._database.worker() as conn:
                waiting = any_waiting(conn)
            if waiting:
                self._job()
                self._metrics.runs.labels("ok").inc()
        except Exception as error:
            self._metrics.runs.labels("failed").inc()
            log.error("processing uploads failed: %s", type(error).__name__)  # its message may quote values
            return True
        return False
