"""The hash chain of the audit log: each seal covers its row and the seal before it, so a change anywhere shows.

After Schneier & Kelsey, "Secure Audit Logs to Support Computer Forensics" (1999), without encryption.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

GENESIS = "0" * 64

Row = Mapping[str, Any]
"""A row of the log, by column; values as JSON knows them, times as ISO text."""


def seal(previous: str, row: Row) -> str:
    """The seal of ``row`` after the seal ``previous``: SHA-256, hexadecimal."""
    text = json.dumps(dict(row), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(f"{previous}\n{text}".encode()).hexdigest()


def seals(previous: str, rows: Iterable[Row]) -> Iterator[str]:
    """The seals of rows in order."""
    for row in rows:
        previous = seal(previous, row)
        yield previous
