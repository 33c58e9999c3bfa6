"""How much memory PostgreSQL takes while something runs. Linux only: elsewhere nothing is told."""

from __future__ import annotations

import threading
from collections import defaultdict
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from hub.store.embedded import EmbeddedServer

PROC = Path("/proc")
_SECONDS = 2.0


class ServerMemory:
    """Watches an embedded server from the beginning to the end of a ``with`` block.

    Attributes:
        peak_mib: the highest sum over the server's processes, in MiB, of pages in memory, those that several processes
            share counted once (PSS); None where it cannot be told.
    """

    def __init__(self, server: EmbeddedServer | None) -> None:
        self.server = server
        self.peak_mib: int | None = None
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while self.server is not None and not self._over.wait(_SECONDS):
            found = memory_mib(self.server)
            if found is not None:
                self.peak_mib = max(found, self.peak_mib or 0)


def memory_mib(server: EmbeddedServer) -> int | None:
    """Memory of the server's processes now, in MiB; None where it cannot be told."""
    try:
        postmaster = int((server.data / "postmaster.pid").read_text().split("\n", 1)[0])
    except (OSError, ValueError):
        return None
    sizes = [_pss_kib(pid) for pid in _family(postmaster)]
    return sum(sizes) // 1024 if any(sizes) else None


def _family(parent: int) -> list[int]:
    """A process and all that descend from it."""
    children = defaultdict(list)
    for entry in PROC.iterdir():
        if entry.name.isdigit():
            with suppress(OSError, ValueError):  # it ended meanwhile
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                children[int(fields[1])].append(int(entry.name))
    family = [parent]
    for pid in family:
        family += children[pid]
    return family


def _pss_kib(pid: int) -> int:
    try:
        lines = (PROC / str(pid) / "smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)
