"""Readers: the bytes of a dealer's file to frames of text, streaming, within limits."""

from __future__ import annotations

from pathlib import Path

from hub.dealers.specification import Layout
from hub.intake.readers.base import BATCH_ROWS, LIMITS, Limits, Reader
from hub.intake.readers.delimited import DelimitedReader
from hub.intake.readers.packed import Payload, unpack

__all__ = ["BATCH_ROWS", "LIMITS", "Limits", "Reader", "open_raw"]


def open_raw(path: Path, layout: Layout | None = None) -> Reader:
    """Open a dealer's file of any known format, packed or not.

    Raises `Unreadable`, here or while the reader is iterated, with a text that says what is wrong and the
    cure and holds neither the file's name nor anything from its rows.
    """
    layout = layout or Layout()
    payload = unpack(path)
    try:
        return _reader(payload, layout)
    except BaseException:
        payload.close()
        raise


def _reader(payload: Payload, layout: Layout) -> Reader:
    return DelimitedReader(payload, layout)
