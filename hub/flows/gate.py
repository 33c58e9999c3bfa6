"""What the flows ask of the gate; `expectations.gate` answers with Great Expectations."""

from __future__ import annotations

from typing import Protocol

import polars as pl

ISSUE_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "_upload": pl.Int64,
    "_row": pl.Int64,
    "column": pl.String,  # canonical column; null for a whole row
    "value": pl.String,
    "rule": pl.String,
    "reason": pl.String,  # for a person, with the cure
    "severity": pl.String,  # "row": not loaded; "value": the row loads without the value; "warn": loads as it is
}


class GateError(RuntimeError):
    """The gate itself broke: a rule could not be run, or its answer is incomplete. Never holds a value."""


class Gate(Protocol):
    """Finds bad rows and values.

    Attributes:
        version: of its rules; a row is judged again when it changes.
    """

    @property
    def version(self) -> str: ...

    def check(self, feed: str, frame: pl.DataFrame) -> pl.DataFrame:
        """All that is wrong with rows of ``feed``, from any number of uploads together.

        Args:
            feed: a key of `hub.feeds.FEEDS`.
            frame: canonical text: ``_upload``, ``_row``, the canonical columns, ``_min_<column>`` and
                ``_max_<column>`` where the rows' specifications give bounds, ``_day``, the day after which nothing can
                have happened yet, and ``_country``, the dealer's.

        Returns:
            Issues, columns `ISSUE_SCHEMA`; at most one per row, column and rule.

        Raises:
            GateError: the gate itself broke.
        """


class OpenGate:
    """A gate that lets everything pass: for tests and measurements of what lies behind it."""

    version = "open"

    def check(self, feed: str, frame: pl.DataFrame) -> pl.DataFrame:
        """No issues."""
        return pl.DataFrame(schema=ISSUE_SCHEMA)
