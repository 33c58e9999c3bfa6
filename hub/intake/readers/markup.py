"""XML, streaming: the repeated element becomes a row; no tree is built, no DTD is read."""

from __future__ import annotations

import codecs
import re
from collections import Counter
from collections.abc import Iterator
from itertools import chain
from typing import NoReturn
from xml.parsers import expat

from hub.dealers.specification import Layout
from hub.errors import Unreadable
from hub.intake.readers import sniff
from hub.intake.readers.base import LIMITS, UNDECODABLE, UNREADABLE_BYTES, Record, RecordReader
from hub.intake.readers.packed import Payload

BLOCK = 1 << 18
PREFIX = 1 << 20  # characters in which the record element must show itself
CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
DECLARATION = re.compile(r"^\ufeff?\s*<\?xml[^>]*\?>")
USUAL = {
    "customer",
    "client",
    "row",
    "record",
    "item",
    "lead",
    "vehicle",
    "sale",
    "visit",
    "consent",
    "survey",
    "entry",
}
TOO_DEEP = f"XML nested more than {LIMITS.depth} levels deep: this is not a feed's table. Send flat records."
DTD = "The XML brings a DTD (<!DOCTYPE …> or entities), which is never read. Export without it."


def local(tag: str) -> str:
    """The name of an element or attribute without its namespace."""
    return tag.rpartition("}")[2]


class _Path:
    """Handlers of a parser that know where it is and refuse to go too deep."""

    def __init__(self) -> None:
        self.path: list[str] = []

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        self.path.append(local(tag))
        if len(self.path) > LIMITS.depth:
            raise Unreadable(TOO_DEEP)

    def end(self, tag: str) -> None:
        """An element ends."""
        self.path.pop()

    def data(self, text: str) -> None:
        """Text between tags."""


class _Finder(_Path):
    """Counts elements by path, and notes which have content of their own."""

    def __init__(self) -> None:
        super().__init__()
        self.counts: Counter[tuple[str, ...]] = Counter()
        self.filled: set[tuple[str, ...]] = set()

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        super().start(tag, attributes)
        here = tuple(self.path)
        self.counts[here] += 1
        if attributes:
            self.filled.add(here)
        self.filled.add(here[:-1])

    def found(self) -> tuple[str, ...] | None:
        """Path of the element that is repeated nearest to the root; of the likeliest one where none is."""
        below = [path for path in self.counts if len(path) > 1 and path in self.filled]
        repeated = [path for path in below if self.counts[path] > 1]
        if repeated:
            return min(repeated, key=lambda path: (len(path), -self.counts[path]))
        usual = [path for path in below if path[-1].lower() in USUAL]
        return min(usual or below, key=len, default=None)


class _Collector(_Path):
    """Collects the records at one path as flat dictionaries."""

    def __init__(self, wanted: tuple[str, ...]) -> None:
        super().__init__()
        self.wanted = list(wanted)
        self.records: list[Record] = []
        self._record: dict[str, str | None] | None = None
        self._keys: list[str] = []  # names of the open elements within the record, each with its parents'
        self._text: list[str] = []
        self._leaf = False
        self._size = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        super().start(tag, attributes)
        if self._record is None:
            if self.path[-len(self.wanted) :] != self.wanted:
                return
            self._record, self._size, self._keys = {}, 0, [""]
        else:
            above = self._keys[-1]
            self._keys.append(f"{above}.{self.path[-1]}" if above else self.path[-1])
        for name, value in attributes.items():
            above = self._keys[-1]
            self._put(f"{above}.{local(name)}" if above else local(name), value)
        self._text, self._leaf = [], True

    def data(self, text: str) -> None:
        if self._record is not None:
            self._text.append(text)

    def end(self, tag: str) -> None:
        if self._record is not None:
            key = self._keys.pop()
            text = "".join(self._text).strip() if self._text else ""
            if text or (self._leaf and key):
                self._put(key or "text", text)
            if not key:
                self._finish()
            self._text, self._leaf = [], False
        super().end(tag)

    def _finish(self) -> None:
        record = self._record or {}
        undecodable = any(text and not text.isascii() and UNDECODABLE in text for text in record.values())
        self.records.append(UNREADABLE_BYTES if undecodable else record)
        self._record = None

    def _put(self, name: str, text: str) -> None:
        record = self._record
        if record is None:
            return
        self._size += len(text) + len(name)
        if self._size > LIMITS.record or len(record) > LIMITS.columns:
            raise Unreadable("One record of the XML is larger than any row of a feed. Check `record:`.")
        before = record.get(name)
        record[name] = f"{before}; {text}" if before and text else text or before


def _parser(target: _Path) -> expat.XMLParserType:
    """An expat parser that reads no DTD, no entity beyond XML's own five, and nothing from outside."""

    def refuse(*_: object) -> NoReturn:
        raise Unreadable(DTD)

    parser = expat.ParserCreate(namespace_separator="}")
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = target.start, target.end
    parser.CharacterDataHandler = target.data
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = refuse
    parser.UnparsedEntityDeclHandler = parser.ExternalEntityRefHandler = refuse
    return parser


def open_xml(payload: Payload, layout: Layout) -> RecordReader:
    """Records of an XML file: the elements at ``layout.record``, else the repeated element nearest to the
    root.

    Child elements become columns, nested ones ``name.first``; attributes count like children; a repeated
    child is joined by ``; ``; namespaces are dropped.
    """
    encoding = xml_encoding(payload.head, layout.encoding)
    reader = RecordReader("xml", _records(payload, encoding, layout.record), payload.close)
    reader.encoding = encoding
    return reader


def xml_encoding(head: bytes, declared: str | None) -> str:
    """The encoding: byte order mark, specification, XML declaration, UTF-8."""
    found = sniff.encoding_of(head, declared)
    stated = re.match(rb"""\s*<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]+)["']""", head[:200])
    if declared is None and found == "utf-8" and stated:
        try:
            return codecs.lookup(stated.group(1).decode()).name
        except LookupError:
            raise Unreadable(
                "The XML declares an unknown encoding. Export as UTF-8, or declare encoding: in the specification."
            ) from None
    return found


def decoded(payload: Payload, encoding: str) -> Iterator[str]:
    """The text of an XML file in pieces, without its declaration and control characters; broken bytes are
    marked."""
    decoder = codecs.getincrementaldecoder(encoding)("hub.undecodable")
    first, done = True, False
    while not done:
        raw = payload.stream.read(BLOCK)
        done = not raw
        text = decoder.decode(raw, final=done)
        if first and text:
            text, first = DECLARATION.sub("", text.lstrip("\ufeff \t\r\n")), False
        if text:
            yield CONTROLS.sub("", text)


def _records(payload: Payload, encoding: str, stated: str | None) -> Iterator[Record]:
    pieces = decoded(payload, encoding)
    prefix: list[str] = []
    if stated:
        path: tuple[str, ...] | None = tuple(part for part in re.split(r"[/.]", stated) if part)
    else:
        path, prefix = _find(pieces)
    if path is None:
        return
    collector = _Collector(path)
    parser = _parser(collector)
    for piece in chain(prefix, pieces):
        yield from _fed(parser, collector, piece)
    yield from _fed(parser, collector, None)


def _find(pieces: Iterator[str]) -> tuple[tuple[str, ...] | None, list[str]]:
    """The record path told from the beginning of the file, and the pieces read for it."""
    finder = _Finder()
    parser = _parser(finder)
    taken: list[str] = []
    size = 0
    for piece in pieces:
        taken.append(piece)
        _feed(parser, piece)
        size += len(piece)
        found = finder.found()
        if size > PREFIX or (found is not None and finder.counts[found] > 20):
            break
    else:
        _feed(parser, None)
    return finder.found(), taken


def _fed(parser: expat.XMLParserType, collector: _Collector, piece: str | None) -> Iterator[Record]:
    _feed(parser, piece)
    yield from collector.records
    collector.records = []


def _feed(parser: expat.XMLParserType, piece: str | None) -> None:
    """Parse a piece of the text; None: its end."""
    try:
        parser.Parse(piece or "", piece is None)
    except expat.ExpatError as error:
        raise Unreadable(
            f"Broken XML at line {error.lineno}, column {error.offset}: {expat.ErrorString(error.code)}. "
            "Check the export, or whether the file was cut."
        ) from None
