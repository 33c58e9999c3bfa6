"""A file's manifest, ``<file>.manifest.json``: what the sender says of rows, bytes and SHA-256."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from hub.errors import Invalid
from hub.intake.guards import Finding

ENDING = ".manifest.json"
LARGEST = 65_536  # bytes


@dataclass(frozen=True)
class Manifest:
    """The sender's figures: ``rows`` below the heading, ``bytes`` and lower-case hex ``sha256`` of the file as sent."""

    rows: int
    bytes: int
    sha256: str


def parse_manifest(content: bytes | str) -> Manifest:
    """Read a manifest. Raises `Invalid` naming the key that is missing or wrong."""
    if len(content) > LARGEST:
        raise Invalid("The manifest is larger than 64 KiB; it holds rows, bytes and sha256 only.")
    try:
        body = json.loads(content)
    except (ValueError, RecursionError):
        raise Invalid(
            'The manifest is not valid JSON; it holds e.g. {"rows": 10, "bytes": 512, "sha256": …}.'
        ) from None
    if not isinstance(body, dict):
        raise Invalid("The manifest is not a JSON object with rows, bytes and sha256.")
    figures = []
    for key in ("rows", "bytes"):
        value = body.get(key)
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise Invalid(f"The manifest's {key} is missing or no whole number.")
        figures.append(value)
    sha256 = str(body.get("sha256", "")).lower()
    if not re.fullmatch("[0-9a-f]{64}", sha256):
        raise Invalid("The manifest's sha256 is missing or not 64 hexadecimal digits.")
    return Manifest(figures[0], figures[1], sha256)


def disagreement(manifest: Manifest, rows: int, size: int, sha256: str) -> Finding | None:
    """What the manifest says otherwise than the file is; None where all three agree.

    Args:
        rows: rows read, bad ones included.
        size, sha256: of the file as it arrived.
    """
    wrong = []
    if manifest.bytes != size:
        wrong.append(f"{manifest.bytes:,} bytes were sent and {size:,} arrived")
    if manifest.sha256 != sha256.lower():
        wrong.append("the SHA-256 differs")
    if manifest.rows != rows:
        wrong.append(f"{manifest.rows:,} rows were sent and {rows:,} read")
    if not wrong:
        return None
    return Finding("manifest", f"The file is not what its manifest says: {'; '.join(wrong)}. Send both again.")
