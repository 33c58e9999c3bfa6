"""How long work tells where it is, and what each step cost."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol


class Progress(Protocol):
    """Implemented for the terminal (rich), for Dagster's run log, and for nobody."""

    def advance(self, step: str, done: int, total: int, dealer: str | None = None) -> None:
        """Step ``step`` has done ``done`` of ``total`` units, the last of them for ``dealer``."""


class Silent:
    """Progress that nobody watches."""

    def advance(self, step: str, done: int, total: int, dealer: str | None = None) -> None:
        """Do nothing."""


SILENT: Progress = Silent()


@dataclass(frozen=True)
class Step:
    """What one step of a run cost.

    Attributes:
        seconds: wall-clock time.
        peak_mib: highest resident memory of the process so far, in MiB; it never falls from step to step.
        facts: counts worth keeping; no personal data.
    """

    name: str
    seconds: float
    peak_mib: int
    facts: dict[str, Any] = field(default_factory=dict)


@contextmanager
def measured(steps: list[Step], name: str) -> Iterator[dict[str, Any]]:
    """Measure the block and append it to ``steps``; the block may put facts into the dictionary that it gets."""
    facts: dict[str, Any] = {}
    began = time.perf_counter()
    try:
        yield facts
    finally:
        steps.append(Step(name, round(time.perf_counter() - began, 3), peak_mib(), facts))


def peak_mib() -> int:
    """The highest resident memory of this process so far, in MiB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak // (1 << 20) if sys.platform == "darwin" else peak // 1024
