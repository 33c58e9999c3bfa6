"""XLSX (and XLS) worksheets as text: numbers as a person reads them, dates ISO.

The worksheet is held in memory, as its format demands. Before it is parsed, its zip is unpacked once,
counting, so that neither a bomb nor one cell in the last row and column (the parser allots the whole
rectangle) costs anything.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import IO, Any

import polars as pl
from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

from hub.dealers.specification import Layout
from hub.errors import Unreadable
from hub.intake.readers.base import BATCH_ROWS, LIMITS, Reader, headings, storable
from hub.intake.readers.packed import ZIP, Payload, check_ratio

UNPACKED = 1 << 30  # bytes of all parts of a workbook
PLACE = re.compile(rb"""["'\s]r\s?=\s?["']([A-Za-z]{0,3})([0-9]+)["']""")  # of a cell, or of a row
CELL, ROW = re.compile(rb"[<:]c[\s/>]"), re.compile(rb"[<:]row[\s/>]")
BLANKS = re.compile(rb"\s{2,}")
DAMAGED = "The workbook is cut short or damaged. Open it, save it again as XLSX or CSV, and send that."
TOO_LARGE = (
    f"The worksheet has cells too far apart, or more than {LIMITS.cells:,} of them. "
    "Delete what stands outside the table, or send CSV."
)
LOCKED = "The workbook is protected by a password. Save it without one; the connection is encrypted."


def text_of(value: Any) -> str | None:
    """A cell as text: 79161234567.0 → ``79161234567``, 0.1 → ``0.1``, dates ISO, a date at midnight without
    time."""
    if isinstance(value, str):
        return value or None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, datetime):
        moment = (value + timedelta(milliseconds=500)).replace(microsecond=0)
        return moment.date().isoformat() if moment.time() == time() else moment.isoformat()
    if isinstance(value, date | time):
        return value.isoformat()
    return None if value is None else str(value)


def _number(value: float) -> str | None:
    """Fifteen significant digits, which is what spreadsheets keep; never an exponent."""
    if value != value or value in (float("inf"), float("-inf")):
        return None
    short = f"{value:.15g}"
    return format(Decimal(short), "f") if "e" in short else short


class WorkbookReader(Reader):
    """Reads one worksheet; see `Reader`."""

    format = "xlsx"

    def __init__(self, payload: Payload, layout: Layout) -> None:
        super().__init__()
        self._payload = payload
        file = payload.seekable()
        if payload.head.startswith(ZIP):
            check_parts(file, payload.size)
        try:
            self._book = CalamineWorkbook.from_filelike(file)
            sheet = self._book.get_sheet_by_name(self._sheet(layout))
            self._rows: Iterator[list[Any]] = iter(sheet.iter_rows())
            self._row = 0
        except PasswordError:
            raise Unreadable(LOCKED) from None
        except Unreadable:
            raise
        except (CalamineError, OSError, ValueError) as error:
            raise Unreadable(DAMAGED) from error
        self._read_heading(layout)

    def close(self) -> None:
        self._payload.close()

    def _sheet(self, layout: Layout) -> str:
        names = [
            sheet.name
            for sheet in self._book.sheets_metadata
            if sheet.typ == SheetTypeEnum.WorkSheet and sheet.visible == SheetVisibleEnum.Visible
        ]
        if layout.sheet is not None and layout.sheet not in self._book.sheet_names:
            raise Unreadable("The workbook has no sheet of the name in the specification. Correct `sheet:`.")
        if not names and layout.sheet is None:
            raise Unreadable("The workbook has no visible worksheet. Send one with the table on its first sheet.")
        return layout.sheet or names[0]

    def _read_heading(self, layout: Layout) -> None:
        if layout.headings is not None:
            self.columns = headings(layout.headings)
            return
        for cells in self._rows:
            self._row += 1
            names = [text_of(cell) for cell in cells]
            if self._row > layout.skip_rows and any(names):
                while names and not (names[-1] or "").strip():
                    names.pop()
                self.columns = headings(names)
                return
        raise Unreadable("The worksheet is empty. A feed without rows still has its heading row; send that.")

    def _batches(self) -> Iterator[pl.DataFrame]:
        rows: list[list[Any]] = []
        numbers: list[int] = []
        for cells in self._rows:
            self._row += 1
            if any(cell not in (None, "") for cell in cells):
                rows.append(cells)
                numbers.append(self._row)
            if len(rows) >= BATCH_ROWS:
                yield self._frame(rows, numbers)
                rows, numbers = [], []
        if rows:
            yield self._frame(rows, numbers)

    def _frame(self, rows: list[list[Any]], numbers: list[int]) -> pl.DataFrame:
        width = len(self.columns)
        self.rows_read += len(rows)
        for row, number in zip(rows, numbers, strict=True):
            if any(cell not in (None, "") for cell in row[width:]):
                self.bad(
                    number, f"has cells to the right of the {width} columns that have a heading; name or clear them"
                )
        spoiled = {number for number, _ in self.bad_rows}
        kept = [(row, number) for row, number in zip(rows, numbers, strict=True) if number not in spoiled]
        data: dict[str, pl.Series] = {"_row": pl.Series([number for _, number in kept], dtype=pl.Int64)}
        for place, name in enumerate(self.columns):
            cells = [text_of(row[place]) if place < len(row) else None for row, _ in kept]
            data[name] = pl.Series(cells, dtype=pl.String)
        return storable(pl.DataFrame(data), self)


def check_parts(file: IO[bytes], size: int) -> None:
    """Unpack every part of an XLSX, counting bytes and the cells' extent; leaves the file at its beginning.

    Raises `Unreadable` for a bomb, a damaged archive, and cells too far apart.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            total = 0
            for part in archive.infolist():  # no more comes out than is declared, so a bomb is known by its label
                check_ratio(part.file_size, part.compress_size, "XLSX")
            check_ratio(sum(part.file_size for part in archive.infolist()), size, "XLSX")
            for part in archive.infolist():
                total = _check_part(archive, part, total, size)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError):
        raise Unreadable(DAMAGED) from None
    file.seek(0)


def _check_part(archive: zipfile.ZipFile, part: zipfile.ZipInfo, total: int, size: int) -> int:
    is_sheet = False  # known by what it holds: a workbook may keep its sheets anywhere
    columns: set[bytes] = set()
    rows: set[bytes] = set()
    cells, unplaced, tail = 0, 0, b""
    with archive.open(part) as stream:
        while chunk := stream.read(1 << 20):
            total += len(chunk)
            check_ratio(total, size, "XLSX")
            if total > UNPACKED:
                raise Unreadable(TOO_LARGE)
            is_sheet = is_sheet or b"sheetData" in tail + chunk
            if not is_sheet:
                tail = chunk[-64:]
            else:
                text, _, tail = BLANKS.sub(b" ", tail + chunk).rpartition(b">")  # whole tags
                if len(tail) > LIMITS.record:
                    raise Unreadable(TOO_LARGE)
                found = PLACE.findall(text)
                cells += (here := len(CELL.findall(text)))
                columns.update(letters.upper() for letters, _ in found if letters)
                placed = sum(1 for letters, _ in found if letters)
                floating = placed < here  # some cells stand where the one before them ends
                rows.update(row for letters, row in found if letters or floating)
                if floating:
                    unplaced = max(unplaced, *(len(CELL.findall(row)) for row in ROW.split(text)))
    widest = max(2 * unplaced, *map(_column_number, columns), 0)  # twice: a row may begin in the chunk before
    highest = max((int(row[:20]) for row in rows), default=0)
    if highest * widest > max(20 * cells, 1_000_000) or cells > LIMITS.cells:
        raise Unreadable(TOO_LARGE)
    return total


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
