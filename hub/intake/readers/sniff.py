"""What a file is: its format by content first, then by name (one line of JSON is a record or a whole file);
its encoding by byte order mark; its delimiter."""

from __future__ import annotations

import codecs
import json
import re
from collections import Counter
from pathlib import PurePath

from hub.dealers.specification import Format, Layout
from hub.errors import Unreadable
from hub.intake.readers.packed import Payload, is_workbook

OLD_EXCEL = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
CANDIDATES = ";\t,|"


def encoding_of(head: bytes, declared: str | None) -> str:
    """The encoding: a byte order mark's, else the declared one, else UTF-8 (or UTF-16, told by its zero
    bytes)."""
    for mark, name in MARKS:
        if head.startswith(mark):
            return name
    if declared is None and len(head) > 3:
        even, odd = head[0:4096:2].count(0), head[1:4096:2].count(0)
        pairs = min(len(head), 4096) // 2
        if odd > 0.3 * pairs and even == 0:
            return "utf-16-le"
        if even > 0.3 * pairs and odd == 0:
            return "utf-16-be"
    return declared or "utf-8"


def format_of(payload: Payload, layout: Layout) -> Format:
    """The format of an opened file. Raises `Unreadable` where content and declaration cannot both be
    right."""
    head, declared = payload.head, layout.format
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.startswith(OLD_EXCEL) or is_workbook(head):
        return "xlsx"
    if declared in ("xlsx", "parquet"):
        raise Unreadable(f"The specification says {declared}, but the content is not. Correct format: or the export.")
    encoding = encoding_of(head, layout.encoding)
    if head.startswith(b"%PDF") or (not encoding.startswith(("utf-16", "utf-32")) and _is_binary(head)):
        raise Unreadable("The content is binary, of no known format. Send CSV, XLSX, XML, JSON, NDJSON or Parquet.")
    text = head.decode(encoding, "replace").lstrip("\ufeff \t\r\n")
    if declared is not None:
        if declared in ("xml", "adf") and not text.startswith("<"):
            raise Unreadable("The specification says XML, but the content does not begin with '<'. Correct format:.")
        return declared
    return _by_text(text, PurePath(payload.name).suffix.lower() in (".ndjson", ".jsonl")) or "csv"


def _is_binary(head: bytes) -> bool:
    """True where more than one byte in twenty is a control character."""
    controls = len(head) - len(head.translate(None, bytes([*range(9), *range(14, 26), *range(27, 32)])))
    return controls > 0.05 * len(head)


def _by_text(text: str, lines: bool) -> Format | None:
    if text.startswith("<"):
        if re.match(r"(?is)(<\?[^>]*>|<!--.*?-->|\s)*<(!doctype\s+)?html", text):
            raise Unreadable("The content is a web page, not data (a sign-in page, an error?). Export again.")
        return "adf" if re.search(r"(?i)<\??adf[\s>]", text) else "xml"
    if text.startswith("["):
        return "json" if text[1:].lstrip()[:1] in ("{", "]", "") else None
    if text.startswith("{"):
        try:
            found, end = json.JSONDecoder().raw_decode(text)
        except (ValueError, RecursionError):
            return "json"
        rest = text[end:].lstrip()
        if rest.startswith("{") or lines:
            return "ndjson"
        return "json" if "\n" in text[:end] or _holds_records(found) else "ndjson"
    return None


def _holds_records(value: object) -> bool:
    """True for an object that holds an array of objects, or an empty one, at any depth."""
    if isinstance(value, dict):
        return any(map(_holds_records, value.values()))
    return isinstance(value, list) and all(isinstance(item, dict) for item in value)


def delimiter_of(sample: str) -> str:
    """The delimiter of the first lines of a CSV file: the one that cuts most lines into equally many
    cells."""
    lines = [line for line in _outside_quotes(sample).split("\n")[:50] if line.strip(" \r")]  # tabs alone: all quoted
    if not lines:
        return ","
    best, best_score = ",", 0.0
    for sign in CANDIDATES:
        columns = lines[0].count(sign)
        if columns == 0:
            continue
        counts = Counter(line.count(sign) for line in lines)
        score = columns * (counts[columns] / len(lines)) ** 2
        if score > best_score:
            best, best_score = sign, score
    return best


def better_delimiter(heading: str, used: str) -> str | None:
    """Another sign that seems to separate the headings, where ``used`` separates none."""
    counts = {sign: _outside_quotes(heading).count(sign) for sign in CANDIDATES if sign != used}
    best = max(counts, key=lambda sign: counts[sign])
    return best if counts[best] else None


def _outside_quotes(text: str) -> str:
    return re.sub(r'"(?:[^"]|"")*"', "", text)
