"""CSV and TSV, streaming: well-formed blocks go through polars, the rest through `hub.intake.readers.rows`.

The fast path is taken block by block. It needs to know, without parsing, where rows end and how many cells
each has: numpy finds delimiters and line ends outside quotes, and whether every quote opens or closes a whole
cell. Rows of a wrong width are cut out before polars sees the block, so they cannot shift others.
"""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from hub.dealers.specification import Layout
from hub.errors import Unreadable
from hub.intake.readers import sniff
from hub.intake.readers.base import BATCH_ROWS, LIMITS, TOO_WIDE, UNDECODABLE, UNREADABLE_BYTES, Reader, headings
from hub.intake.readers.packed import Payload
from hub.intake.readers.rows import RowCutter, wrong_count

BLOCK = 8 << 20
HEADING = 1 << 20  # bytes within which the heading row must end
QUOTE, NEWLINE, RETURN = 34, 10, 13
MARK = UNDECODABLE.encode()


Positions = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Scan:
    """Where the rows of a block are: ``ends`` are positions of their line ends, ``counts`` their
    delimiters."""

    ends: Positions
    counts: Positions
    quoted: bool


def scan(block: bytes, delimiter: int) -> Scan | None:
    """Find the rows of a block that begins with a row; None where quotes do not enclose whole cells."""
    data = np.frombuffer(block, np.uint8)
    ends = np.flatnonzero(data == NEWLINE)
    signs = np.flatnonzero(data == delimiter)
    quotes = np.flatnonzero(data == QUOTE)
    before = data[np.maximum(quotes - 1, 0)]
    starts_cell = (quotes == 0) | (before == delimiter) | (before == NEWLINE)
    if not starts_cell.any():
        return Scan(ends, np.diff(np.searchsorted(signs, ends), prepend=0), quoted=False)
    ends = ends[np.searchsorted(quotes, ends) % 2 == 0]
    signs = signs[np.searchsorted(quotes, signs) % 2 == 0]
    if not len(ends):
        return None
    inside = int(np.searchsorted(quotes, ends[-1]))
    opening, closing = quotes[:inside:2], quotes[1:inside:2]
    after = data[closing + 1]
    doubled = np.zeros(len(opening), bool)
    doubled[1:] = closing[:-1] == opening[1:] - 1
    ends_cell = (after == delimiter) | (after == NEWLINE) | (after == QUOTE)
    ends_cell |= (after == 13) & (data[np.minimum(closing + 2, len(data) - 1)] == NEWLINE)
    if not (starts_cell[:inside:2] | doubled).all() or not ends_cell.all():
        return None
    return Scan(ends, np.diff(np.searchsorted(signs, ends), prepend=0), quoted=True)


class DelimitedReader(Reader):
    """Reads delimiter-separated text; see `Reader`."""

    format = "csv"

    def __init__(self, payload: Payload, layout: Layout) -> None:
        super().__init__()
        self._payload = payload
        self.encoding = sniff.encoding_of(payload.head, layout.encoding)
        self._decoder = codecs.getincrementaldecoder(self.encoding)("hub.undecodable")
        self._old_mac = False
        self._done = False
        self._open = False
        self._buffer = b""
        self._buffer = self._decode(HEADING, first=True)
        self._row = 0
        self._undecodable = 0
        self.delimiter = layout.delimiter or sniff.delimiter_of(self._sample(layout.skip_rows))
        self._read_heading(layout)

    def close(self) -> None:
        self._payload.close()

    def _batches(self) -> Iterator[pl.DataFrame]:
        first = True
        while self._buffer or not self._done:
            frame, used = self._parse(self._buffer)
            if frame.height:
                yield from frame.iter_slices(BATCH_ROWS)
            if first:
                self._refuse_wrong_encoding()
                first = False
            self._buffer = self._buffer[used:]
            if self._done and not used:
                break
            if len(self._buffer) > BLOCK and not used:
                raise Unreadable(f"A row is longer than {BLOCK >> 20} MiB. Check line ends and quotes of the export.")
            self._buffer += self._decode(BLOCK)
        if self._open:
            self.ends_open(self._row)

    # ---------------------------------------------------------------- bytes to UTF-8

    def _decode(self, size: int, first: bool = False) -> bytes:
        """At least ``size`` more bytes of the file as UTF-8; the last ones end with a newline."""
        text = ""
        while not self._done and len(text) < size:
            raw = self._payload.stream.read(size)
            self._done = not raw
            text += self._decoder.decode(raw, final=self._done)
        if first:
            self._old_mac = "\r" in text and "\n" not in text
        if self._old_mac:
            text = text.replace("\r", "\n")
        if self._done and (text or self._buffer) and not text.endswith("\n"):
            self._open = bool(text) or not self._buffer.endswith(b"\n")
            text += "\n"
        return text.encode("utf-8", "replace")

    def _sample(self, skip: int) -> str:
        """The beginning of the table, without the rows above it."""
        text = self._buffer[:HEADING].decode("utf-8", "ignore").lstrip("\ufeff")
        lines = text.split("\n", skip)
        return lines[skip][:65536] if len(lines) > skip else ""

    def _refuse_wrong_encoding(self) -> None:
        if self._undecodable > max(3, 0.1 * self.rows_read):
            raise Unreadable(self._wrong_encoding())

    def _wrong_encoding(self) -> str:
        return (
            f"The content is not {(self.encoding or '').removesuffix('-sig')}: it holds bytes that mean "
            "nothing there. Declare the right encoding in the specification, e.g. `encoding: cp1251`."
        )

    # ---------------------------------------------------------------- heading

    def _read_heading(self, layout: Layout) -> None:
        text = self._buffer[:HEADING].decode("utf-8", "ignore")
        at = 0
        for _ in range(layout.skip_rows):
            at = text.find("\n", at) + 1
        self._row = layout.skip_rows
        used = len(text[:at].encode())
        if layout.headings is not None:
            self.columns = headings(layout.headings)
        else:
            cells, length = self._heading_cells(text[at:])
            used += length
            while len(cells) > 1 and not cells[-1].strip():
                cells.pop()
            self.columns = headings(cells)
            self._row += 1
        self._buffer = self._buffer[used:]

    def _heading_cells(self, text: str) -> tuple[list[str], int]:
        for row, end in RowCutter(self.delimiter, 0).cut(text, self._done):
            if row.cells is None and row.reason is None:
                self._row += row.lines
                continue
            if row.cells is None:
                raise Unreadable(self._wrong_encoding())
            if len(row.cells) == 1:
                self._refuse_one_column(text[:end])
            return row.cells, len(text[:end].encode())
        if not text.strip():
            raise Unreadable("The file holds no heading row, only blank lines. Send it with its heading row.")
        if text.count(self.delimiter) > LIMITS.columns:
            raise Unreadable(TOO_WIDE.format(limit=LIMITS.columns))
        raise Unreadable(
            "The heading row does not end within 1 MiB, or its quotes are not closed. Check the quotes and line ends."
        )

    def _refuse_one_column(self, heading: str) -> None:
        other = sniff.better_delimiter(heading, self.delimiter)
        if other:
            shown = "tab" if other == "\t" else repr(other)
            used = "tab" if self.delimiter == "\t" else repr(self.delimiter)
            raise Unreadable(
                f"Only one column with the delimiter {used}; the headings seem to be separated by {shown}. "
                f"Correct `delimiter:` in the specification, or the export."
            )

    # ---------------------------------------------------------------- rows

    def _parse(self, block: bytes) -> tuple[pl.DataFrame, int]:
        """The complete rows of ``block``, and the number of its bytes that they took."""
        if b"\0" not in block and MARK not in block:
            found = scan(block, ord(self.delimiter))
            if found is not None and len(found.ends) and self._trusted(found):
                return self._fast(block, found), int(found.ends[-1]) + 1
        return self._slow(block)

    def _trusted(self, found: Scan) -> bool:
        return not found.quoted or bool((found.counts == len(self.columns) - 1).all())

    def _fast(self, block: bytes, found: Scan) -> pl.DataFrame:
        width = len(self.columns)
        starts = np.concatenate(([0], found.ends[:-1] + 1))
        good = found.counts == width - 1
        if width == 1:
            good &= found.ends > starts
        length, data = found.ends - starts, np.frombuffer(block, np.uint8)
        blank = (length == 0) | ((length == 1) & (data[starts] == RETURN))  # there may be millions, in a bomb
        settled = int(good.sum())
        self.rows_read += settled
        for index in np.flatnonzero(~good & ~blank):
            line = block[starts[index] : found.ends[index]].rstrip(b"\r")
            self._odd_line(line, int(index), good)
        numbers = self._row + 1 + np.flatnonzero(good)
        self._row += len(found.ends)
        self.rows_read += len(numbers) - settled
        if not len(numbers):
            return pl.DataFrame()
        frame = pl.read_csv(
            io.BytesIO(_kept(block, starts, found.ends, good)),
            has_header=False,
            separator=self.delimiter,
            quote_char='"' if found.quoted else None,
            schema=dict.fromkeys(self.columns, pl.String),
            extra_columns="ignore",
            infer_schema=False,
        )
        if found.quoted and b'""' in block:
            frame = frame.with_columns(pl.when(pl.all() != "").then(pl.all()))
        return self._without_blank(frame.insert_column(0, pl.Series("_row", numbers, dtype=pl.Int64)))

    def _odd_line(self, line: bytes, index: int, good: npt.NDArray[np.bool_]) -> None:
        """Judge a line whose width differs: blank, fine but for trailing delimiters, or bad."""
        width = len(self.columns)
        sign = self.delimiter.encode()
        surplus = line.count(sign) + 1 - width
        if not line.strip(b" \t\r\x1a" + sign):
            return
        if surplus > 0 and line.endswith(sign * surplus):
            good[index] = True
        elif surplus != 0:
            self.rows_read += 1
            self.bad(self._row + 1 + index, wrong_count(line.count(sign) + 1, width))

    def _without_blank(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Leave out rows of delimiters only, as spreadsheets write below a table."""
        some = pl.any_horizontal(pl.exclude("_row").is_not_null())
        kept = frame.filter(some)
        self.rows_read -= frame.height - kept.height
        return kept

    def _slow(self, block: bytes) -> tuple[pl.DataFrame, int]:
        text = block.decode("utf-8")
        rows: list[list[str]] = []
        numbers: list[int] = []
        used = 0
        for row, end in RowCutter(self.delimiter, len(self.columns)).cut(text, self._done):
            used = end
            self._row += row.lines
            if row.cells is not None:
                self.rows_read += 1
                rows.append(row.cells)
                numbers.append(self._row)
            elif row.reason is not None:
                self.rows_read += 1
                self._undecodable += row.reason == UNREADABLE_BYTES
                self.bad(self._row, row.reason)
        return self._frame(rows, numbers), len(text[:used].encode())

    def _frame(self, rows: list[list[str]], numbers: list[int]) -> pl.DataFrame:
        columns = zip(*rows, strict=True) if rows else [()] * len(self.columns)
        data = {
            name: pl.Series([cell or None for cell in cells], dtype=pl.String)
            for name, cells in zip(self.columns, columns, strict=True)
        }
        return pl.DataFrame({"_row": pl.Series(numbers, dtype=pl.Int64), **data})


def _kept(block: bytes, starts: Positions, ends: Positions, good: npt.NDArray[np.bool_]) -> bytes:
    """The good lines of a block, as runs of neighbours."""
    if good.all():
        return block[: int(ends[-1]) + 1]
    edges = np.flatnonzero(np.diff(good.astype(np.int8), prepend=0, append=0))
    return b"".join(
        block[starts[first] : ends[last - 1] + 1] for first, last in zip(edges[::2], edges[1::2], strict=True)
    )
