"""What PostgreSQL takes while something runs: memory, processor. Linux only: elsewhere nothing is told."""

from __future__ import annotations

import os
import threading
from collections import defaultdict
from pathlib import Path
from types import TracebackType
from typing import Self

from hub.store.embedded import EmbeddedServer

PROC = Path("/proc")
_SECONDS = 2.0


class ServerWatch:
    """Watches an embedded server from the beginning to the end of a ``with`` block.

    Attributes:
        peak_mib: the highest sum over the server's processes, in MiB, of pages in memory, those that several processes
            share counted once (PSS); None where it cannot be told.
        cpu_seconds: processor time of the server within the block; None where it cannot be told.
    """

    def __init__(self, server: EmbeddedServer | None) -> None:
        self.server = server
        self.peak_mib: int | None = None
        self.cpu_seconds: float | None = None
        self._cpu_before: float | None = None
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._cpu_before = cpu_seconds(self.server) if self.server is not None else None
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._over.set()
        self._thread.join()
        after = cpu_seconds(self.server) if self.server is not None else None
        if after is not None and self._cpu_before is not None:
            self.cpu_seconds = after - self._cpu_before

    def _watch(self) -> None:
        while self.server is not None and not self._over.wait(_SECONDS):
            found = memory_mib(self.server)
            if found is not None:
                self.peak_mib = max(found, self.peak_mib or 0)


def memory_mib(server: EmbeddedServer) -> int | None:
    """Memory of the server's processes now, in MiB; None where it cannot be told."""
    sizes = [_pss_kib(pid) for pid in _family(server)]
    return sum(sizes) // 1024 if any(sizes) else None


def cpu_seconds(server: EmbeddedServer) -> float | None:
    """Processor time that the server's processes have used since it started, those that ended included."""
    postmaster = _postmaster(server)
    return tree_seconds(postmaster) if postmaster is not None else None


def tree_seconds(pid: int) -> float:
    """Processor time of a process and all that descend from it, those that ended included; 0 where it cannot be told."""
    ticks = [
        sum(int(field) for field in _stat(one)[11:15]) for one in _tree(pid)
    ]  # utime, stime, and of ended children
    return sum(ticks) / os.sysconf("SC_CLK_TCK")


def _family(server: EmbeddedServer) -> list[int]:
    """The postmaster and all that descend from it; nothing where they cannot be found."""
    postmaster = _postmaster(server)
    return _tree(postmaster) if postmaster is not None else []


def _postmaster(server: EmbeddedServer) -> int | None:
    try:
        return int((server.data / "postmaster.pid").read_text().split("\n", 1)[0]) if PROC.is_dir() else None
    except (OSError, ValueError):
        return None


def _tree(pid: int) -> list[int]:
    children = defaultdict(list)
    for entry in PROC.iterdir() if PROC.is_dir() else ():
        if entry.name.isdigit() and (fields := _stat(int(entry.name))):
            children[int(fields[1])].append(int(entry.name))
    family = [pid]
    for one in family:
        family += children[one]
    return family


def _stat(pid: int) -> list[str]:
    """The fields of /proc/<pid>/stat after the program's name; none if the process has ended."""
    try:
        return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _pss_kib(pid: int) -> int:
    try:
        lines = (PROC / str(pid) / "smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)
