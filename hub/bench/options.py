"""What a benchmark may be told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


def _silent(what: str) -> None:
    """Nobody listens."""


@dataclass(frozen=True)
class Options:
    """What one call of a benchmark was given.

    Attributes:
        rows: about how many rows of input; the benchmark's own number by default.
        file: input that the benchmark does not make itself.
        keep: folder for generated input, taken from there the next time; by default it is made anew and thrown away.
        chart: where to write the picture, SVG, of a benchmark that has one.
        tell: told what is going on, for a person who waits.
    """

    rows: int | None = None
    file: Path | None = None
    keep: Path | None = None
    tell: Callable[[str], None] = _silent
    chart: Path | None = None
