"""The rejects file: a dealer's own rows that were set aside, in its own columns, with the reason beside each.

It is made to be corrected and sent again, by the same specification: CSV in the specification's encoding and delimiter.
It is also made to be opened in a spreadsheet, which runs cells that begin with ``=``, ``+``, ``-``, ``@``, tab or
carriage return as formulas. So such cells get an apostrophe in front, which spreadsheets take as "this is text" (OWASP,
*CSV injection*), unless they are plain numbers or phones (``+7 916 …``, ``-5,0``), which no spreadsheet runs. Sent
again, the file is known by its last heading, and `hub.intake.readers.corrected` takes the apostrophe off; so values
survive the round trip exactly.
"""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from typing import TextIO

import polars as pl

from hub.dealers.specification import Layout
from hub.intake.readers import open_raw
from hub.intake.readers.base import Reader
from hub.intake.readers.corrected import REASON

FORMULA = r"^[=+@\t\r-]"  # cells that a spreadsheet runs
HARMLESS = r"^[+-][\d\s\u00a0().,;/+-]*$"  # numbers and phones: none runs these
_RUN = re.compile(f"{FORMULA}|^'")
_HARMLESS = re.compile(HARMLESS)


def escaped(cell: str) -> str:
    """A cell that a spreadsheet shows and does not run. `CorrectedReader` gives the very cell back."""
    if _RUN.match(cell) and not _HARMLESS.match(cell):
        return f"'{cell}"
    return cell


def write_rejects(archived: Path, layout: Layout, rejects: pl.DataFrame, out: Path) -> int:
    """Write the rejects file of an upload.

    Args:
        archived: the file as it came.
        layout: how it is to be read; its encoding and delimiter are those of the rejects file, UTF-8 with a byte
            order mark and ``;`` where it has none.
        rejects: ``_row``, ``column`` (canonical, null for the whole row), ``reason``.
        out: is written anew.

    Returns:
        Number of rows written: one for each row of the file with a reason, reasons joined. A row that could not be
        parsed comes as a row of its own number and reason, without cells.
    """
    reasons = _reasons(rejects)
    with open_raw(archived, layout) as reader:
        encoding = _encoding(reader, layout)
        delimiter = layout.delimiter or getattr(reader, "delimiter", None) or ";"
        with out.open("w", encoding=encoding, errors="replace", newline="") as file:
            return _write(file, delimiter, reader, reasons)


def rejects_text(archived: Path, layout: Layout, rejects: pl.DataFrame) -> str:
    """The same as text, for small answers and tests."""
    reasons = _reasons(rejects)
    file = io.StringIO(newline="")
    with open_raw(archived, layout) as reader:
        _write(file, layout.delimiter or getattr(reader, "delimiter", None) or ";", reader, reasons)
    return file.getvalue()


def _encoding(reader: Reader, layout: Layout) -> str:
    if reader.format != "csv":
        return "utf-8-sig"
    encoding = layout.encoding or reader.encoding or "utf-8-sig"
    return "utf-8-sig" if encoding == "utf-8" else encoding


def _reasons(rejects: pl.DataFrame) -> pl.DataFrame:
    """Row number and all its reasons as one text."""
    named = pl.concat_str(["column", "reason"], separator=": ", ignore_nulls=True)
    return (
        rejects.select("_row", named.alias(REASON))
        .group_by("_row", maintain_order=True)
        .agg(pl.col(REASON).unique(maintain_order=True).str.join(" | "))
        .sort("_row")
    )


def _write(file: TextIO, delimiter: str, reader: Reader, reasons: pl.DataFrame) -> int:
    chosen = [frame.join(reasons, on="_row", how="inner", maintain_order="left") for frame in reader]
    headings = reader.columns
    empty = pl.DataFrame(schema=dict.fromkeys(["_row", *headings, REASON], pl.String)).cast({"_row": pl.Int64})
    rows = pl.concat([empty, *chosen], how="diagonal").select("_row", *headings, REASON)
    spoiled = dict(reader.bad_rows)
    unparsed = reasons.filter(pl.col("_row").is_in(list(spoiled)))
    rows = pl.concat([rows, unparsed], how="diagonal").sort("_row")
    writer = csv.writer(file, delimiter=delimiter, lineterminator="\r\n")
    writer.writerow([*map(escaped, headings), REASON])
    for number, *cells, reason in rows.iter_rows():
        said = f"row {number}: {reason}" if number in spoiled else reason
        writer.writerow([*(escaped(cell or "") for cell in cells), said])
    return rows.height
