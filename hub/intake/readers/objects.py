"""JSON and NDJSON, streaming: an array is cut into its elements without holding the file.

The text is decoded piece by piece; the C decoder of `json` reads one element at a time from a sliding buffer,
and asks for more text where an element is not complete. Numbers keep the digits they were written with.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from hub.dealers.specification import Layout
from hub.errors import Unreadable
from hub.intake.readers import sniff
from hub.intake.readers.base import CUT_OFF, LIMITS, UNDECODABLE, UNREADABLE_BYTES, Record, RecordReader
from hub.intake.readers.packed import Payload

BLOCK = 1 << 20
BLANK = " \t\r\n\ufeff"
_BLANKS = re.compile(f"[{BLANK}]*")
TOO_DEEP = f"Nested more than {LIMITS.depth} levels deep: this is not a feed's table. Send flat records."
NO_OBJECT = "is not a JSON object; each line holds one {…}"
NO_RECORDS = (
    "No array of records found. Send [{…}, {…}], or name the array in the specification, e.g. record: data.items."
)


def plain(text: str) -> str:
    """A number without exponent: ``7.9161234567e10`` → ``79161234567``."""
    if "e" not in text.lower():
        return text
    number = Decimal(text)
    if number.is_zero() or abs(number.adjusted()) > 40:
        return text
    number = number.to_integral_value() if number == number.to_integral_value() else number.normalize()
    return format(number, "f")


_DECODER = json.JSONDecoder(parse_float=plain, parse_int=str, parse_constant=lambda _: None)


class Text:
    """The decoded text of a file, as a buffer that slides over it.

    Attributes:
        buffer: the text at hand; ``at`` is the place reached in it.
    """

    def __init__(self, payload: Payload, encoding: str) -> None:
        self._stream = payload.stream
        self._decoder = codecs.getincrementaldecoder(encoding)("hub.undecodable")
        self._dropped = 0
        self.buffer, self.at, self.ended = "", 0, False

    def more(self) -> bool:
        """Read on; False at the end of the file. Text before ``at`` is let go."""
        if self.ended:
            return False
        self.buffer = self.buffer[self.at :]
        self._dropped += self.at
        self.at = 0
        raw = self._stream.read(max(BLOCK, len(self.buffer)))
        self.ended = not raw
        self.buffer += self._decoder.decode(raw, final=self.ended)
        return True

    def peek(self) -> str:
        """The next character that is no blank, or "" at the end."""
        while True:
            self.at = _BLANKS.match(self.buffer, self.at).end()  # type: ignore[union-attr]
            if self.at < len(self.buffer):
                return self.buffer[self.at]
            if not self.more():
                return ""

    def take(self, sign: str) -> bool:
        """Step over ``sign`` if it comes next."""
        if self.peek() != sign:
            return False
        self.at += 1
        return True

    def value(self) -> Any:
        """The next JSON value. Raises `Unreadable` where it is broken, cut short, too long or too deep."""
        while True:
            self.peek()
            try:
                found, end = _DECODER.raw_decode(self.buffer, self.at)
                if end < len(self.buffer) or not self.more():  # a number may go on in the next block
                    self.at = end
                    return found
            except RecursionError:
                raise Unreadable(TOO_DEEP) from None
            except ValueError:
                if len(self.buffer) - self.at > LIMITS.record:
                    raise Unreadable(self._broken()) from None
                if not self.more():
                    raise Unreadable(self._broken()) from None

    def broken(self) -> Unreadable:
        """The error for a sign that should not be here."""
        return Unreadable(self._broken())

    def _broken(self) -> str:
        place = self._dropped + self.at
        if self.ended and self.at >= len(self.buffer):
            return f"The JSON ends in the middle, after {place:,} characters: the file was cut. Send it again."
        return f"Broken JSON near character {place:,}: check quotes, commas and brackets, or whether the file was cut."


def flat(value: Any, depth: int = 0) -> dict[str, str | None]:
    """A record with nested objects as ``a.b`` and lists joined by ``; ``."""
    if depth > LIMITS.depth:
        raise Unreadable(TOO_DEEP)
    result: dict[str, str | None] = {}
    for key, item in value.items():
        name = " ".join(key.split()) or "column"
        if isinstance(item, dict):
            _put_all(result, name, flat(item, depth + 1))
        elif isinstance(item, list):
            _put_list(result, name, item, depth + 1)
        else:
            _put(result, name, _scalar(item))
    return result


def _put_list(result: dict[str, str | None], name: str, items: list[Any], depth: int) -> None:
    if depth > LIMITS.depth:
        raise Unreadable(TOO_DEEP)
    result.setdefault(name, None) if not items else None
    for item in items:
        if isinstance(item, dict):
            _put_all(result, name, flat(item, depth + 1))
        elif isinstance(item, list):
            _put_list(result, name, item, depth + 1)
        else:
            _put(result, name, _scalar(item))


def _put_all(result: dict[str, str | None], name: str, items: dict[str, str | None]) -> None:
    for key, text in items.items():
        _put(result, f"{name}.{key}", text)


def _put(result: dict[str, str | None], name: str, text: str | None) -> None:
    if name == "_row":
        name = "_row (2)"
    before = result.get(name)
    result[name] = f"{before}; {text}" if before and text else text or before


def _scalar(value: Any) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    return None if value is None else str(value)


def _record(value: Any) -> Record:
    if not isinstance(value, dict):
        return NO_OBJECT
    found = flat(value)
    if any(text and not text.isascii() and UNDECODABLE in text for text in found.values()):
        return UNREADABLE_BYTES
    return found


def open_json(payload: Payload, layout: Layout) -> RecordReader:
    """Records of a JSON file: a top-level array, or the first array of objects, or the one at
    ``layout.record``."""
    encoding = sniff.encoding_of(payload.head, layout.encoding)
    text = Text(payload, encoding)
    path = tuple(layout.record.replace("/", ".").split(".")) if layout.record else None
    reader = RecordReader("json", _json_records(text, path), payload.close)
    reader.encoding = encoding
    return reader


def _json_records(text: Text, path: tuple[str, ...] | None) -> Iterator[Record]:
    first = text.peek()
    if first == "":
        raise Unreadable("The file holds no JSON, only blanks. A feed without rows is an empty array: [].")
    found = False
    for record in _search(text, path, ()):
        found = True
        if record is not None:
            yield record
    if not found:
        raise Unreadable(NO_RECORDS)
    if text.peek() and not text.ended:
        raise text.broken()


def _search(text: Text, path: tuple[str, ...] | None, here: tuple[str, ...]) -> Iterator[Record | None]:
    """Walk through objects to the array of records; yields None once where it is found, then its records."""
    if len(here) > LIMITS.depth:
        raise Unreadable(TOO_DEEP)
    sign = text.peek()
    if sign == "[" and path in (None, here):
        yield from _elements(text, certain=path is not None or not here)
    elif sign == "{":
        found = False
        for key in _keys(text):
            inner = (*here, key)
            if found or (path is not None and path[: len(inner)] != inner):
                _skip(text)
                continue
            for record in _search(text, path, inner):
                found = True
                yield record
    else:
        _skip(text)


def _keys(text: Text) -> Iterator[str]:
    """The keys of an object; the caller takes each one's value."""
    text.take("{")
    if text.take("}"):
        return
    while True:
        key = text.value()
        if not isinstance(key, str) or not text.take(":"):
            raise text.broken()
        yield key
        if not text.take(","):
            break
    if not text.take("}"):
        raise text.broken()


def _items(text: Text) -> Iterator[None]:
    """Stops before each element of an array; the caller takes it."""
    text.take("[")
    if text.take("]"):
        return
    yield None
    while text.take(","):
        yield None
    if not text.take("]"):
        raise text.broken()


def _elements(text: Text, certain: bool) -> Iterator[Record | None]:
    """The records of an array; nothing at all if it turns out not to hold objects and need not."""
    if certain:
        yield None
    for number, _ in enumerate(_items(text)):
        if number == 0 and not certain:
            certain = text.peek() == "{"
            if certain:
                yield None
        if certain:
            yield _record(text.value())
        else:
            _skip(text)


def _skip(text: Text, depth: int = 0) -> None:
    """Step over a value, however long it is."""
    if depth > LIMITS.depth:
        raise Unreadable(TOO_DEEP)
    sign = text.peek()
    if sign == "{":
        for _ in _keys(text):
            _skip(text, depth + 1)
    elif sign == "[":
        for _ in _items(text):
            _skip(text, depth + 1)
    else:
        text.value()


def open_ndjson(payload: Payload, layout: Layout) -> RecordReader:
    """Records of a file with one JSON object a line; a line that is none is a bad row."""
    encoding = sniff.encoding_of(payload.head, layout.encoding)
    reader = RecordReader("ndjson", _lines(Text(payload, encoding)), payload.close)
    reader.encoding = encoding
    if reader.rows_read and len(reader.bad_rows) == reader.rows_read:
        raise Unreadable("No line of the file holds a JSON object. Send one {…} a line, or say what format: it is.")
    return reader


def _lines(text: Text) -> Iterator[Record]:
    while True:
        end = text.buffer.find("\n", text.at)
        if end < 0:
            if len(text.buffer) - text.at > LIMITS.record:
                raise Unreadable(f"A line is longer than {LIMITS.record >> 20} MiB. Send one JSON object a line.")
            if text.more():
                continue
            end = len(text.buffer)
        line = text.buffer[text.at : end].strip(BLANK)
        text.at = end + 1
        last = text.ended and end == len(text.buffer)
        if line:
            record = _line(line)
            yield CUT_OFF if last and isinstance(record, str) else record
        if text.ended and text.at >= len(text.buffer):
            return


def _line(line: str) -> Record:
    try:
        return _record(_DECODER.decode(line))
    except RecursionError:
        raise Unreadable(TOO_DEEP) from None
    except ValueError:
        return NO_OBJECT
