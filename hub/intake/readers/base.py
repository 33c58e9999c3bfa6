"""What all readers share: limits, the batch of raw rows, and reporting rows that cannot be parsed."""

from __future__ import annotations

import codecs
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import polars as pl

from hub.errors import Unreadable

BATCH_ROWS = 50_000
UNDECODABLE = "\ufdd0"  # a noncharacter that stands for bytes without meaning in the declared encoding
TOO_WIDE = (
    "More than {limit:,} columns: this is not a feed's table. "
    "Check the delimiter and line ends, or which file was sent."
)


@dataclass(frozen=True)
class Limits:
    """What a file may cost before it is refused.

    Attributes:
        columns: headings of a table.
        rows: of a table; each costs memory until the file is judged.
        unpacked: bytes after decompression.
        ratio: unpacked bytes per packed byte, once more than ``ratio_from`` bytes have come out.
        record: bytes or characters of one row, record or heading.
        depth: nesting of JSON or XML.
        cells: cells of a worksheet, which is held in memory as a whole.
        bad_rows: unparseable rows of a file most of whose rows are such.
    """

    columns: int = 2_000
    rows: int = 20_000_000
    unpacked: int = 8 << 30
    ratio: int = 200
    ratio_from: int = 16 << 20
    record: int = 4 << 20
    depth: int = 50
    cells: int = 25_000_000
    bad_rows: int = 50_000


LIMITS = Limits()


def _undecodable(error: UnicodeError) -> tuple[str, int]:
    """A mark in place of bytes that mean nothing, so that only their row is set aside."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return UNDECODABLE, error.end


codecs.register_error("hub.undecodable", _undecodable)


class Reader(ABC):
    """Iterates once over a file's rows as frames of text.

    Each frame (RawBatch) holds the file's own headings as String columns, null where a cell is missing or
    empty, and ``_row`` Int64: the row's number as a spreadsheet counts (the heading is row 1; the first
    record of a format without a heading is row 2). At most `BATCH_ROWS` rows a frame; memory does not grow
    with the file.

    Attributes:
        format: the file's format, as found.
        encoding: the character encoding, where there is one.
        columns: headings in order. Formats without a heading row (JSON, XML) add to it while they are read,
            so it is complete when the iteration has ended; a frame lacks the columns met after it.
        bad_rows: (row number, reason) of rows that cannot be parsed; filled while iterating, never in a
            frame.
        rows_read: rows met so far, bad ones included, blank ones not.
    """

    format: str
    encoding: str | None = None

    def __init__(self, columns: Iterable[str] = ()) -> None:
        self.columns: list[str] = list(columns)
        self.bad_rows: list[tuple[int, str]] = []
        self.rows_read = 0

    def __iter__(self) -> Iterator[pl.DataFrame]:
        """Yield the batches and close the file; raises `Unreadable` where it turns out to be broken."""
        try:
            for frame in self._batches():
                if self.rows_read > LIMITS.rows:
                    raise Unreadable(f"More than {LIMITS.rows:,} rows: no feed is as long. Send several smaller files.")
                yield frame
        finally:
            self.close()

    @abstractmethod
    def _batches(self) -> Iterator[pl.DataFrame]:
        """Yield the batches."""

    @abstractmethod
    def close(self) -> None:
        """Give back the file; also done by leaving a ``with`` block."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def read_all(self) -> pl.DataFrame:
        """All rows as one frame, for small files and tests; columns as in ``columns``."""
        batches = list(self)
        empty = pl.DataFrame(schema={"_row": pl.Int64, **dict.fromkeys(self.columns, pl.String)})
        return pl.concat([empty, *batches], how="diagonal")

    def bad(self, row: int, reason: str) -> None:
        """Report a row that cannot be parsed. Raises `Unreadable` when there are so many that this is no table."""
        self.bad_rows.append((row, reason))
        if len(self.bad_rows) % 1024 == 0 and len(self.bad_rows) > max(LIMITS.bad_rows, self.rows_read // 2):
            raise Unreadable(
                f"Most rows cannot be parsed: {len(self.bad_rows):,} of the first {self.rows_read:,}. The last one "
                f"{reason}. Check the delimiter, the encoding and the export."
            )

    def ends_open(self, last: int) -> None:
        """Note that the file ends without a line end: if its ``last`` row is a bad one, the rest of it is missing."""
        if self.bad_rows and self.bad_rows[-1][0] == last:
            self.bad_rows[-1] = (last, CUT_OFF)


Record = Mapping[str, str | None] | str
"""One record by heading, or the reason why it cannot be parsed."""


class RecordReader(Reader):
    """A reader of records that name their own fields; the columns are those met so far."""

    def __init__(
        self, file_format: str, records: Iterator[Record], close: Callable[[], None], columns: Iterable[str] = ()
    ) -> None:
        super().__init__(columns)
        self.format = file_format
        self._known: dict[str, None] = dict.fromkeys(self.columns)
        self._records = records
        self._close = close
        self._first = self._next_batch()

    def _batches(self) -> Iterator[pl.DataFrame]:
        batch, self._first = self._first, None
        while batch is not None:
            if batch.height:
                yield batch
            batch = self._next_batch()

    def close(self) -> None:
        self._close()

    def _next_batch(self) -> pl.DataFrame | None:
        rows: list[Mapping[str, str | None]] = []
        numbers: list[int] = []
        ended = True
        for record in self._records:
            self.rows_read += 1
            if isinstance(record, str):
                self.bad(self.rows_read + 1, record)
            else:
                rows.append(record)
                numbers.append(self.rows_read + 1)
                self._known.update(dict.fromkeys(record))
                if len(self._known) > LIMITS.columns:
                    raise Unreadable(TOO_WIDE.format(limit=LIMITS.columns))
            if len(rows) >= BATCH_ROWS:
                ended = False
                break
        self.columns = list(self._known)
        if ended and not rows:
            return None
        return self._frame(rows, numbers)

    def _frame(self, rows: list[Mapping[str, str | None]], numbers: list[int]) -> pl.DataFrame:
        kept = [not any(value and unstorable(value) for value in row.values()) for row in rows]
        if not all(kept):
            for number, good in zip(numbers, kept, strict=True):
                if not good:
                    self.bad(number, UNSTORABLE)
            rows = [row for row, good in zip(rows, kept, strict=True) if good]
            numbers = [number for number, good in zip(numbers, kept, strict=True) if good]
        data: dict[str, pl.Series] = {"_row": pl.Series(numbers, dtype=pl.Int64)}
        for name in self._known:
            data[name] = pl.Series([row.get(name) or None for row in rows], dtype=pl.String)
        return pl.DataFrame(data)


CUT_OFF = "breaks off where the file ends; the file was cut, send it again whole"
UNREADABLE_BYTES = "holds bytes that mean nothing in the file's encoding; correct them or declare the encoding"
UNSTORABLE = "holds a NUL character or half a surrogate pair, which is no text; remove it"


def unstorable(text: str) -> bool:
    """True for text that neither UTF-8 nor PostgreSQL can hold."""
    if text.isascii():
        return "\0" in text
    if "\0" in text:
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False


def storable(frame: pl.DataFrame, reader: Reader) -> pl.DataFrame:
    """``frame`` without rows that hold a NUL character; these are reported to ``reader``."""
    spoiled = (
        frame.select(
            pl.any_horizontal(pl.col(pl.String).str.contains("\0", literal=True).fill_null(False)).alias("spoiled")
        ).to_series()
        if frame.width > 1
        else pl.Series([False] * frame.height, dtype=pl.Boolean)
    )
    if not spoiled.any():
        return frame
    for number in frame["_row"].filter(spoiled):
        reader.bad(number, UNSTORABLE)
    return frame.filter(~spoiled)


def headings(raw: Iterable[str | None]) -> list[str]:
    """Headings as columns are called: trimmed, without byte order mark; a blank one is ``column N``, a
    repeated one gets a number: ``Телефон``, ``Телефон (2)``. ``_row`` is the reader's own name."""
    names: list[str] = []
    seen: dict[str, int] = {"_row": 1}
    for position, text in enumerate(raw, 1):
        name = " ".join((text or "").replace("\ufeff", "").split()) or f"column {position}"
        seen[name] = seen.get(name, 0) + 1
        while seen[name] > 1 and f"{name} ({seen[name]})" in seen:
            seen[name] += 1
        if seen[name] > 1:
            name = f"{name} ({seen[name]})"
            seen[name] = 1
        names.append(name)
    if len(names) > LIMITS.columns:
        raise Unreadable(TOO_WIDE.format(limit=LIMITS.columns))
    return names
