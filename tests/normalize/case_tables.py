"""Reads the tables of labelled cases under tests/cases/normalize."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parents[1] / "cases" / "normalize"


def cases(table: str) -> list[Any]:
    """One parameter set a row, named by its reason: a dict of the row's columns."""
    with (FOLDER / f"{table}.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert rows
    return [pytest.param(row, id=f"{row['why']} {row['input']}".strip().replace("\n", " ")) for row in rows]
