"""Rows and remarks that several benchmarks tell alike."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hub.bench.deployment import Night
from hub.matching.evaluate import Quality

PART = "stage "  # a step's parts are named so


def night_rows(night: Night, target: float | None = None) -> list[list[Any]]:
    """``step, seconds, peak MiB`` of each step, what lies between the steps, and the sums."""
    rows: list[list[Any]] = []
    for step in night.steps:
        part = step.name.startswith(PART)
        name = f"– {step.name.removeprefix(PART)}" if part else step.name
        rows.append(["start (imports, Dagster)" if name == "start" else name, step.seconds, step.peak_mib])
    counted = sum(step.seconds for step in night.steps if not step.name.startswith(PART))
    rows.append(["between the steps (Dagster)", night.seconds - counted, ""])
    rows.append(["**all, start included**", night.process_seconds, night.peak_mib])
    goal = f" (target {target:g})" if target is not None else ""
    rows.append([f"**all, start aside**{goal}", night.seconds - night.start, night.peak_mib])
    return rows


def night_remark(night: Night) -> str:
    """What went through a night, and what PostgreSQL took."""
    rows = ", ".join(f"{name} {count:,}" for name, count in night.rows.items() if count)
    uploads = ", ".join(f"{count:,} {status}" for status, count in night.uploads.items())
    said = f"Uploads: {uploads}. Rows: {rows}. Processor time: {night.cpu_seconds:,.0f} s"
    if night.server_cpu_seconds is not None:
        said += f" and PostgreSQL's {night.server_cpu_seconds:,.0f} s"
    return said + (f"; PostgreSQL's memory {night.server_mib:,} MiB at most." if night.server_mib is not None else ".")


def quality_cells(quality: Quality) -> list[str]:
    """Pairwise and B³ precision, recall, F1."""
    pairwise = (quality.precision, quality.recall, quality.f1)
    return [f"{share:.4f}" for share in (*pairwise, quality.b3_precision, quality.b3_recall, quality.b3_f1)]


QUALITY_COLUMNS: Sequence[str] = ("precision", "recall", "F1", "B³ precision", "B³ recall", "B³ F1")


def quality_remark(quality: Quality) -> str:
    """The same as a sentence."""
    named = zip(QUALITY_COLUMNS, quality_cells(quality), strict=True)
    return f"Against the truth of {quality.records:,} records: {', '.join(f'{n} {cell}' for n, cell in named)}."
