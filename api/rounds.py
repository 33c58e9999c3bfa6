"""Work that comes round: the clock of leads, pushes to dealers, the seals of the audit log, what may be forgotten; each in
a thread of its own.

A thread each, since a push may wait for a dealer's server, and the clock must not. Any number of processes may run the
same rounds: each lead, each delivery and each seal is taken by one of them.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from hub.access.opaque_ids import Words
from hub.flows.deliver import deliver
from hub.flows.forget_requests import forget_requests
from hub.flows.run_clock import run_clock
from hub.flows.seal_audit import seal_audit
from hub.store.engine import Database

log = logging.getLogger("dealerhub.api.rounds")

PAUSE = 10.0  # seconds between looks
HOUR = 3600.0


class Round:
    """One thread that does the same work again and again; a fault is logged and tried again.

    Args:
        name: of the work, for the log.
        work: called after each pause, and at once when the thread begins.
    """

    def __init__(self, name: str, work: Callable[[], object], pause: float = PAUSE) -> None:
        self._name, self._work, self._pause = name, work, pause
        self._ending = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin; what became due while nothing ran is taken up at once."""
        self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
        self._thread.start()

    def stop(self, patience: float = 30.0) -> None:
        """End after the work at hand; what takes longer than ``patience`` seconds is left to be rolled back."""
        self._ending.set()
        if self._thread is not None:
            self._thread.join(patience)

    def _run(self) -> None:
        while not self._ending.is_set():
            try:
                self._work()
            except Exception as error:
                log.error("%s: %s", self._name, type(error).__name__)  # its message may quote values
            self._ending.wait(self._pause)


def rounds(database: Database, home: Path, words: Words, private: bool) -> list[Round]:
    """All that a serving hub does by itself, beside processing uploads.

    Args:
        home: where the head of the audit log is noted.
        words: of offers and deliveries, as dealers are told them.
        private: whether webhooks may lead to private addresses.
    """
    return [
        Round("the clock of leads", lambda: run_clock(database, datetime.now(UTC))),
        Round("pushing leads", lambda: deliver(database, datetime.now(UTC), words, private)),
        Round("sealing the audit log", lambda: seal_audit(database, home)),
        Round("forgetting requests", lambda: forget_requests(database, datetime.now(UTC)), HOUR),
    ]
