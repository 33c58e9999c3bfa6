"""Readers: the bytes of a dealer's file to frames of text, streaming, within limits."""

from __future__ import annotations

from pathlib import Path

from hub.dealers.specification import Layout
from hub.intake.readers.adf import open_adf
from hub.intake.readers.base import BATCH_ROWS, LIMITS, Limits, Reader
from hub.intake.readers.corrected import REASON, CorrectedReader
from hub.intake.readers.delimited import DelimitedReader
from hub.intake.readers.markup import open_xml
from hub.intake.readers.objects import open_json, open_ndjson
from hub.intake.readers.packed import Payload, unpack
from hub.intake.readers.parquet import ParquetReader
from hub.intake.readers.sniff import format_of
from hub.intake.readers.workbook import WorkbookReader

__all__ = ["BATCH_ROWS", "LIMITS", "Limits", "Reader", "open_raw"]


def open_raw(path: Path, layout: Layout | None = None) -> Reader:
    """Open a dealer's file of any known format, packed or not.

    Raises `Unreadable`, here or while the reader is iterated, with a text that says what is wrong and the
    cure and holds neither the file's name nor anything from its rows.
    """
    layout = layout or Layout()
    payload = unpack(path)
    try:
        reader = _reader(payload, layout)
        return CorrectedReader(reader) if REASON in reader.columns else reader
    except BaseException:
        payload.close()
        raise


def _reader(payload: Payload, layout: Layout) -> Reader:
    match format_of(payload, layout):
        case "csv":
            return DelimitedReader(payload, layout)
        case "xlsx":
            return WorkbookReader(payload, layout)
        case "parquet":
            return ParquetReader(payload)
        case "xml":
            return open_xml(payload, layout)
        case "adf":
            return open_adf(payload, layout)
        case "json":
            return open_json(payload, layout)
        case "ndjson":
            return open_ndjson(payload, layout)
