"""One background thread that processes what is uploaded, so that a dealer has its receipt within seconds.

It does what the nightly job does, under the same lock in the database, so any number of API processes and nightly runs
may be about. A fault is logged and tried again; it never ends the thread.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from api.metrics import Metrics
from hub.flows.gate import Gate
from hub.flows.process_uploads import process_uploads
from hub.store.archive import Archive
from hub.store.engine import Database

log = logging.getLogger("dealerhub.api.processing")

POLL = 5.0  # seconds between looks when nobody wakes the thread: another process may have taken an upload in
LONGEST_PAUSE = 300.0  # seconds between tries while the job keeps failing


class Processor:
    """The thread. ``wake`` tells it that an upload has come.

    Args:
        database, archive: where the hub keeps what it has.
        open_gate: makes the gate, in the thread: Great Expectations takes seconds to import.
    """

    def __init__(self, database: Database, archive: Archive, metrics: Metrics, open_gate: Callable[[], Gate]) -> None:
        self._database, self._archive, self._metrics = database, archive, metrics
        self._open_gate = open_gate
        self._gate: Gate | None = None
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
            if self._gate is None:
                self._gate = self._open_gate()
            summary = process_uploads(self._database, self._archive, self._gate)
        except Exception as error:
            self._metrics.runs.labels("failed").inc()
            log.error("processing uploads failed: %s", type(error).__name__)  # its message may quote values
            return True
        if summary is not None:
            self._metrics.runs.labels("ok").inc()
        return False
