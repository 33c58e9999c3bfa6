"""What a benchmark tells: a table, and the machine that it ran on."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

from hub.bench.bars import Bar


@dataclass(frozen=True)
class Report:
    """A benchmark's result.

    Attributes:
        about: what was measured, in one sentence.
        columns, rows: the table; numbers as numbers.
        remarks: sentences below the table.
        bars: what a picture of it shows, if it has one.
    """

    about: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]
    remarks: Sequence[str] = field(default_factory=tuple)
    bars: Sequence[Bar] = field(default_factory=tuple)


def markdown(name: str, report: Report) -> str:
    """The report as a section of docs/benchmarks.md."""
    lines = [f"## {name}", "", report.about, "", f"{machine()}; {load()}", "", _row(report.columns)]
    lines += [_row(["---"] * len(report.columns)), *(_row(map(_cell, row)) for row in report.rows)]
    return "\n".join([*lines, *(f"\n{remark}" for remark in report.remarks), ""])


def machine() -> str:
    """Processor, cores, memory, system and the versions that matter, in one line."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    parts = [f"{_processor()}, {cores} cores, {memory:.0f} GiB", f"{platform.system()} {platform.release()}"]
    parts += [f"Python {platform.python_version()}", f"polars {version('polars')}", date.today().isoformat()]
    return "; ".join(parts)


def load() -> str:
    """How busy the machine has been; a busy one makes figures that mean little."""
    if not hasattr(os, "getloadavg"):
        return "load unknown"
    return "load average at the end " + ", ".join(f"{average:.1f}" for average in os.getloadavg())


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())


def _row(cells: Any) -> str:
    return "| " + " | ".join(cells) + " |"


def _cell(value: Any) -> str:
    return f"{value:,.2f}" if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else str(value)
