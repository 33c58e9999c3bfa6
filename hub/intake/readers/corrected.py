"""A rejects file that comes back corrected: without the column of reasons, its cells as they were before escaping."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from hub.intake.readers.base import Reader

REASON = "hub: reason"
"""Heading of a rejects file's last column; a file that has it was written by `hub.intake.rejects`."""


def unescaped(column: pl.Expr) -> pl.Expr:
    """Without the apostrophe that `hub.intake.rejects.escaped` puts before a cell that a spreadsheet would run."""
    return pl.when(column.str.contains(r"^'[=+\-@\t\r']")).then(column.str.slice(1)).otherwise(column)


class CorrectedReader(Reader):
    """Reads a rejects file as if it were one of the dealer's own; see `Reader`."""

    def __init__(self, inner: Reader) -> None:
        super().__init__(name for name in inner.columns if name != REASON)
        self._inner = inner
        self.format, self.encoding, self.bad_rows = inner.format, inner.encoding, inner.bad_rows

    def close(self) -> None:
        self._inner.close()

    def _batches(self) -> Iterator[pl.DataFrame]:
        blank = 0  # rows that could not be parsed stand in the rejects file as a reason without cells
        for frame in self._inner:
            kept = frame.drop(REASON).filter(pl.any_horizontal(pl.exclude("_row").is_not_null()))
            blank += frame.height - kept.height
            self.rows_read = self._inner.rows_read - blank
            yield kept.with_columns(unescaped(pl.col(pl.String)))
        self.rows_read = self._inner.rows_read - blank
