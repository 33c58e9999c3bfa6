"""Write a feed of one dealer as its system would: headings, words, dates, decimal sign, format, packing."""

from __future__ import annotations

import codecs
import datetime as dt
import gzip
import hashlib
import io
import json
import re
import unicodedata
import zipfile
from pathlib import Path
from typing import Any, Final
from xml.sax.saxutils import escape, quoteattr

import polars as pl
import xlsxwriter

from hub.demo.adf import adf_document
from hub.demo.noise import MISSING_WORDS
from hub.demo.styles import Style
from hub.feeds import FEEDS, Type

LISTS: Final = ("phones", "emails")
EPOCH: Final = dt.datetime(2026, 11, 20, 3, 0, 0)


def raw(frame: pl.DataFrame, feed: str, style: Style) -> pl.DataFrame:
    """The dealer's own columns, all text, from canonical text and the ``_swapped`` column."""
    canonical = FEEDS[feed]
    if style.full_name and canonical.describes_party:
        frame = frame.with_columns(full_name=_full_name(feed))
    headings = style.headings.get(feed) or {c.name: c.name for c in canonical.columns}
    present = {name: heading for name, heading in headings.items() if name in frame.columns}
    changes = []
    for name in present:
        words = style.lookups.get(feed, {}).get(name)
        kind = canonical.column(name).type
        value = pl.col(name)
        if words and feed in style.headings:
            value = value.replace(words)
        elif kind is Type.DATE and style.dates:
            value = value.str.to_date("%Y-%m-%d", strict=False).dt.strftime(style.dates).fill_null(value)
        elif kind is Type.TIME and style.times:
            value = value.str.to_datetime("%Y-%m-%dT%H:%M:%S", strict=False).dt.strftime(style.times).fill_null(value)
        elif kind is Type.NUMBER and style.decimal != ".":
            value = value.str.replace(".", style.decimal, literal=True)
        changes.append(value.alias(name))
    return frame.select(changes).rename(present)


def _full_name(feed: str) -> pl.Expr:
    """Surname, given name, patronymic; as swapped by the dealer; a company's name where there is one."""
    last, first = pl.col("last_name"), pl.col("first_name")
    middle = _no_word("middle_name")
    person = pl.concat_str([last, first, middle], separator=" ", ignore_nulls=True)
    swapped = pl.concat_str([last, middle, first], separator=" ", ignore_nulls=True)
    name = pl.when(pl.col("_swapped")).then(swapped).otherwise(person).str.strip_chars()
    if feed == "customers":
        name = pl.coalesce(_no_word("company_name"), name)
    return pl.when(name == "").then(None).otherwise(name)


def _no_word(column: str) -> pl.Expr:
    """The column without words for nothing, which nobody types inside a full name."""
    value = pl.col(column)
    return pl.when(value.is_in(list(MISSING_WORDS))).then(None).otherwise(value)


def render(frame: pl.DataFrame, feed: str, style: Style, extra: dict[str, str] | None = None) -> bytes:
    """The bytes of one file, before packing; ``extra`` adds constant columns (heading → value)."""
    if style.format == "adf":
        return adf_document(frame)
    if style.format == "parquet":
        return _parquet(frame, feed)
    table = raw(frame, feed, style)
    if extra:
        table = table.with_columns(pl.lit(value).alias(heading) for heading, value in extra.items())
    if style.format == "csv":
        return _csv(table, style)
    if style.format == "xlsx":
        return _xlsx(table, feed, style)
    if style.format == "xml":
        return _xml(table, style, feed)
    if style.format == "json":
        return _json(table, style)
    return _ndjson(table)


def write(path: Path, content: bytes, rows: int, manifest: bool) -> None:
    """Write ``content``, packed when the path ends with .gz or .zip, with a manifest beside it if wanted."""
    if path.suffix == ".gz":
        content = gzip.compress(content, compresslevel=3, mtime=0)
    elif path.suffix == ".zip":
        content = _zipped(path.stem, content)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    if manifest:
        body = {"rows": rows, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        path.with_name(path.name + ".manifest.json").write_text(json.dumps(body))


def _zipped(name: str, content: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo(name, EPOCH.timetuple()[:6]), content)
    return buffer.getvalue()


def _plain_letters(error: UnicodeError) -> tuple[str, int]:
    """What an old system makes of a letter it does not have: ü becomes u, a Han character becomes ?."""
    assert isinstance(error, UnicodeEncodeError)
    text = unicodedata.normalize("NFKD", error.object[error.start : error.end])
    plain = "".join(c if c.isascii() else "ss" if c == "ß" else "i" if c == "ı" else "" for c in text)
    return plain or "?" * (error.end - error.start), error.end


codecs.register_error("hub.demo.plain", _plain_letters)


def _csv(table: pl.DataFrame, style: Style) -> bytes:
    end = "\r\n" if style.encoding != "utf-8" else "\n"
    text = table.write_csv(separator=style.delimiter, line_terminator=end, quote_style="necessary")
    return text.encode(style.encoding, "hub.demo.plain")


def _xlsx(table: pl.DataFrame, feed: str, style: Style) -> bytes:
    """A worksheet with real dates and numbers where the text is one, as spreadsheets have them."""
    headings = style.headings.get(feed) or {}
    canonical = {heading: name for name, heading in headings.items()}
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"created": EPOCH})
    day = book.add_format({"num_format": "dd.mm.yyyy"})
    sheet = book.add_worksheet("Выгрузка")
    sheet.write_row(0, 0, table.columns)
    for at, heading in enumerate(table.columns):
        name = canonical.get(heading, heading)
        kind = FEEDS[feed].column(name).type if name in FEEDS[feed].names else Type.TEXT
        numeric = kind in (Type.NUMBER, Type.INTEGER)
        dates = table[heading].str.to_date(style.dates, strict=False).to_list() if kind is Type.DATE else []
        for row, value in enumerate(table[heading].to_list(), 1):
            if value is None:
                continue
            if dates and (date := dates[row - 1]) is not None and date.year >= 1900:
                sheet.write_datetime(row, at, date, day)
            elif numeric and value.replace(".", "", 1).isdigit():
                sheet.write_number(row, at, float(value))
            else:
                sheet.write_string(row, at, value)
    book.close()
    return buffer.getvalue()


def _xml(table: pl.DataFrame, style: Style, feed: str) -> bytes:
    """Records as nested elements: the heading ``Address.City`` is ``<Address><City>``; the first is an attribute."""
    *outer, record = style.record.format(feed=feed).split("/")
    number, *paths = [heading.split(".") for heading in table.columns]
    lines = [f'<?xml version="1.0" encoding="{"windows-1251" if style.encoding == "cp1251" else "UTF-8"}"?>']
    lines += [f"<{name}>" for name in outer]
    for row in table.iter_rows():
        key = f" {number[0]}={quoteattr(row[0])}" if row[0] is not None else ""
        lines.append(f"<{record}{key}>{_element(paths, row[1:])}</{record}>")
    lines += [f"</{name}>" for name in reversed(outer)]
    return "\n".join(lines).encode(style.encoding, "xmlcharrefreplace")


def _element(paths: list[list[str]], row: tuple[str | None, ...]) -> str:
    out, group = "", ""
    for path, value in zip(paths, row, strict=True):
        if value is None:
            continue
        parent = path[0] if len(path) == 2 else ""
        if parent != group:
            out += (f"</{group}>" if group else "") + (f"<{parent}>" if parent else "")
            group = parent
        out += f"<{path[-1]}>{escape(value)}</{path[-1]}>"
    return out + (f"</{group}>" if group else "")


def _json(table: pl.DataFrame, style: Style) -> bytes:
    """One document; headings with points are nested objects."""
    paths = [heading.split(".") for heading in table.columns]
    records = []
    for row in table.iter_rows():
        record: dict[str, Any] = {}
        for path, value in zip(paths, row, strict=True):
            if value is not None:
                place = record.setdefault(path[0], {}) if len(path) == 2 else record
                place[path[-1]] = _several(value) if path[-1] in LISTS else value
        records.append(record)
    body: Any = records
    for name in reversed(style.record.split(".")):
        body = {name: body}
    return json.dumps(body, ensure_ascii=False, indent=1).encode()


def _several(value: str) -> str | list[str]:
    """A web program keeps several phones as an array."""
    parts = [part for part in re.split(r"\s*[;,]\s*", value) if part]
    return parts if len(parts) > 1 else value


def _ndjson(table: pl.DataFrame) -> bytes:
    rows = ({k: v for k, v in row.items() if v is not None} for row in table.iter_rows(named=True))
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def _parquet(frame: pl.DataFrame, feed: str) -> bytes:
    """Typed columns; what is not of its type is missing, since the format cannot hold it."""
    kinds: dict[Type, pl.Expr] = {}
    columns = []
    for column in FEEDS[feed].columns:
        if column.name not in frame.columns:
            continue
        value = pl.col(column.name)
        kinds = {
            Type.DATE: value.str.to_date("%Y-%m-%d", strict=False),
            Type.TIME: value.str.to_datetime("%Y-%m-%dT%H:%M:%S", strict=False),
            Type.NUMBER: value.cast(pl.Float64, strict=False),
            Type.INTEGER: value.cast(pl.Int64, strict=False),
            Type.FLAG: pl.when(value == "true").then(True).when(value == "false").then(False),
        }
        columns.append(kinds.get(column.type, value).alias(column.name))
    buffer = io.BytesIO()
    frame.select(columns).write_parquet(buffer, compression="zstd")
    return buffer.getvalue()
