"""Compile matching's loops beside other work, so that the first match after an installation need not wait for all of it."""

from __future__ import annotations

import atexit
import logging
import signal
import subprocess
import sys
from functools import cache
from threading import Event, Thread

from hub.matching.rehearsal import rehearse

LOG = logging.getLogger(__name__)
COMMAND = (sys.executable, "-m", "hub.matching.rehearsal")
_PATIENCE = 5.0  # seconds
_FEW = 20  # people, who go through every loop


@cache
def rehearse_beside() -> None:
    """Begin a rehearsal (`hub.matching.rehearsal`) in another process, once in the life of this one, and do not wait for it.

    A match that needs a loop which is being compiled waits for that one. If the rehearsal fails, the match compiles by itself.
    """
    begin(COMMAND)


@cache
def load_beside() -> None:
    """Begin to load the loops that are compiled, in another thread, once in the life of this process, and do not wait for it.

    That is a second of processor time. The first match would take it while PostgreSQL has nothing to do.
    """
    Thread(target=rehearse, args=(_FEW, False), name="loading").start()


def begin(command: tuple[str, ...]) -> Thread:
    """Start a process, which ends before this one does; the thread ends with it, and tells if it failed."""
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    ending = Event()
    thread = Thread(target=_watch, args=(process, ending), name="rehearsal", daemon=True)
    thread.start()
    atexit.register(_end, process, ending, thread)
    return thread


def _watch(process: subprocess.Popen[bytes], ending: Event) -> None:
    _, said = process.communicate()
    if ending.is_set() or process.returncode in (0, -signal.SIGTERM, -signal.SIGINT):
        return
    last = said.decode(errors="replace").strip().rpartition("\n")[2]
    LOG.warning(
        "Loops were not compiled ahead, so the first match compiles them: exit code %s. %s", process.returncode, last
    )


def _end(process: subprocess.Popen[bytes], ending: Event, thread: Thread) -> None:
    """Not by a signal that the process could hold back: what it keeps is written to a draft and renamed, so nothing is cut."""
    ending.set()
    process.kill()  # nothing, if it has ended
    thread.join(_PATIENCE)
