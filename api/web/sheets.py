"""Tables as files for people's spreadsheets: the rows of a page's table as CSV or XLSX."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import partial
from itertools import islice
from tempfile import SpooledTemporaryFile
from typing import IO, Any
from zoneinfo import ZoneInfo

import xlsxwriter
from starlette.responses import StreamingResponse

from api.web.columns import Column, Row, Table
from api.web.moments import ZONE
from api.web.phrases import tell
from hub.intake.rejects import FORMULA, HARMLESS

LIMIT = 100_000  # rows of a file; one that is cut says so in its name
_MEMORY = 4 * 2**20  # bytes of a file kept in memory before it goes to the disk
_RUN, _HARMLESS = re.compile(FORMULA), re.compile(HARMLESS)
_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def sheet(table: Table, rows: Iterable[Row], kind: str, language: str) -> StreamingResponse:
    """The file of a table.

    Args:
        rows: all of them; beyond `LIMIT` they are left out.
        kind: csv (UTF-8 with byte order mark; ISO dates; no cell that a spreadsheet would run) or xlsx (typed cells).
        language: of headings and of words in cells.
    """
    words = partial(tell, language)
    rows = iter(rows)
    file = SpooledTemporaryFile(max_size=_MEMORY)  # noqa: SIM115 (closed when it was sent)
    kept = islice(rows, LIMIT)
    (_write_csv if kind == "csv" else _write_xlsx)(file, table, kept, words)
    cut = next(rows, None) is not None
    file.seek(0)
    name = f"{table.name}-first-{LIMIT}.{kind}" if cut else f"{table.name}.{kind}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return StreamingResponse(_pieces(file), media_type=_TYPES[kind], headers=headers)


def harmless(text: str) -> str:
    """A text that no spreadsheet runs as a formula: an apostrophe before what would be one (OWASP, *CSV injection*)."""
    return f"'{text}" if _RUN.match(text) and not _HARMLESS.match(text) else text


def _write_csv(file: IO[bytes], table: Table, rows: Iterable[Row], words: Any) -> None:
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="", write_through=True)
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([words(column.title) for column in table.columns])
    for row in rows:
        writer.writerow([_as_text(column, row.get(column.key), words) for column in table.columns])
    text.detach()


def _as_text(column: Column, value: Any, words: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    if isinstance(value, date | int | float) and not isinstance(value, bool):
        return value.isoformat() if isinstance(value, date) else str(value)
    return harmless(_words(column, value, words))


def _write_xlsx(file: IO[bytes], table: Table, rows: Iterable[Row], words: Any) -> None:
    book = xlsxwriter.Workbook(file, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    page = book.add_worksheet()
    bold = book.add_format({"bold": True})
    formats = {
        "day": book.add_format({"num_format": "yyyy-mm-dd"}),
        "moment": book.add_format({"num_format": "yyyy-mm-dd hh:mm"}),
        "share": book.add_format({"num_format": "0.0%"}),
    }
    page.freeze_panes(1, 1)
    for place, column in enumerate(table.columns):
        page.set_column(place, place, 14 if column.number or column.kind in formats else 24)
    for place, column in enumerate(table.columns):
        page.write_string(0, place, words(column.title), bold)
    number = 0
    for number, row in enumerate(rows, 1):
        for place, column in enumerate(table.columns):
            _write_cell(page, (number, place), column, row.get(column.key), words, formats)
    page.autofilter(0, 0, number, len(table.columns) - 1)
    book.close()


def _write_cell(
    page: Any, at: tuple[int, int], column: Column, value: Any, words: Any, formats: Mapping[str, Any]
) -> None:
    if value is None:
        return
    if isinstance(value, datetime):
        page.write_datetime(*at, value.astimezone(ZoneInfo(ZONE)).replace(tzinfo=None), formats["moment"])
    elif isinstance(value, date):
        page.write_datetime(*at, datetime(value.year, value.month, value.day), formats["day"])
    elif isinstance(value, int | float) and not isinstance(value, bool):
        page.write_number(*at, value, formats.get(column.kind))
    else:  # a cell of type text is never run, whatever it begins with
        page.write_string(*at, _words(column, value, words))


def _words(column: Column, value: Any, words: Any) -> str:
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "; ".join(str(one) for one in value)
    text = str(value)
    return str(words(text)) if column.kind in ("words", "status") and text else text


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while piece := file.read(2**16):
            yield piece
