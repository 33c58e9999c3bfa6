"""A file's bytes from the request to the disk: hashed on the way, bounded, never whole in memory."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from api.problems import TooLarge
from hub.errors import Invalid

_CHUNK = 1 << 20  # bytes written at a time, in a thread
_LONGEST = 1000  # bytes of a field beside the file


@dataclass(frozen=True)
class Received:
    """A file that has arrived whole.

    Attributes:
        path: where its bytes are until the caller is done.
        name: its name as the client gave it, without folders; "" if none was given.
        sha256: hexadecimal, of the bytes.
        fields: what else the form held.
    """

    path: Path
    name: str
    sha256: str
    size: int
    fields: Mapping[str, str] = field(default_factory=dict)


@asynccontextmanager
async def received(
    request: Request, folder: Path, limit: int, name: str | None, fields: Sequence[str] = ()
) -> AsyncIterator[Received]:
    """The request's file in ``folder`` for the time of the block: the part `file` of a form, or the body itself.

    Args:
        folder: on the archive's file system, so that keeping the file is a rename.
        limit: most bytes allowed.
        name: the file's name for a body that is the file itself.
        fields: names of short texts that a form may hold before the file.

    Raises:
        TooLarge: the file is above the limit.
        Invalid: empty, a broken form, or a form without exactly one part called `file`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=folder, prefix="arriving-")
    path = Path(temporary)
    texts: Mapping[str, str] = {}
    try:
        with os.fdopen(handle, "wb") as target:
            sink = _Sink(target, limit)
            form = _form(request, sink, fields)
            _announced(request, limit)
            async for chunk in request.stream():
                if form is None:
                    sink.write(chunk)
                else:
                    form.feed(chunk)
                if len(sink.waiting) >= _CHUNK:
                    await run_in_threadpool(sink.flush)
            if form is not None:
                name = form.finish()
                texts = form.texts
            await run_in_threadpool(sink.flush)
        if not sink.size:
            raise Invalid("The file is empty. Send its bytes as the body, or as the part `file` of a form.")
        yield Received(path, safe_name(name or ""), sink.digest.hexdigest(), sink.size, texts)
    finally:
        path.unlink(missing_ok=True)


def safe_name(name: str) -> str:
    """A file's name without folders and control characters, at most 200 characters long, its ending kept."""
    base = re.sub(r"[\x00-\x1f\x7f\ud800-\udfff]", "", re.split(r"[\\/]", name)[-1]).strip()
    base = "" if base in (".", "..") else base
    return base if len(base) <= 200 else base[:150] + base[-50:]


@dataclass
class _Sink:
    """Collects bytes up to the limit and writes them out in large pieces."""

    target: BinaryIO
    limit: int
    digest: Any = field(default_factory=hashlib.sha256)
    waiting: bytearray = field(default_factory=bytearray)
    size: int = 0

    def write(self, data: bytes) -> None:
        self.size += len(data)
        if self.size > self.limit:
            raise _too_large(self.limit)
        self.waiting += data

    def flush(self) -> None:
        data, self.waiting = self.waiting, bytearray()
        self.digest.update(data)
        self.target.write(data)


def _too_large(limit: int) -> TooLarge:
    return TooLarge(f"The file is above the limit of {limit:,} bytes. Compress it (gzip), or send a delta.")


def _announced(request: Request, limit: int) -> None:
    """Refuse by the announced length, before the bytes come; a form may be a little longer than its file."""
    length = request.headers.get("content-length", "")
    if length.isascii() and length.isdigit() and int(length) > limit + 10_000:
        raise _too_large(limit)


def _form(request: Request, sink: _Sink, fields: Sequence[str]) -> _Form | None:
    """A parser for a multipart body, or None when the body is the file itself."""
    kind, options = parse_options_header(request.headers.get("content-type", "").encode("latin-1"))
    if kind != b"multipart/form-data":
        return None
    if not (boundary := options.get(b"boundary")):
        raise Invalid("The form's Content-Type lacks its boundary.")
    return _Form(boundary, sink, fields)


class _Form:
    """Takes the one part `file` out of a multipart body as it streams by, and the short texts before it."""

    def __init__(self, boundary: bytes, sink: _Sink, fields: Sequence[str]) -> None:
        self.sink = sink
        self.fields = fields
        self.short: dict[str, bytes] = {}
        self.field = ""  # that comes in now; "": the file
        self.parts = 0
        self.name = ""
        self.ended = False
        self.header, self.value = b"", b""
        try:
            self.parser = MultipartParser(
                boundary,
                {
                    "on_part_begin": self._part,
                    "on_header_field": self._header_field,
                    "on_header_value": self._header_value,
                    "on_header_end": self._header_end,
                    "on_part_data": lambda data, start, end: self._data(data[start:end]),
                    "on_end": self._end,
                },
            )
        except FormParserError as error:
            raise Invalid("The form's boundary cannot be used.") from error

    def feed(self, chunk: bytes) -> None:
        """Parse the next bytes of the body."""
        try:
            self.parser.write(chunk)
        except FormParserError as error:
            raise Invalid("The form cannot be read. Send it as multipart/form-data with one part `file`.") from error

    def finish(self) -> str:
        """The file's name; raises if the form was cut short or had no file."""
        if not self.ended:
            raise Invalid("The form was cut short. Send it again.")
        if self.parts != 1:
            raise Invalid("Send the file as the part `file` of the form.")
        return self.name

    @property
    def texts(self) -> dict[str, str]:
        """The short texts by name."""
        return {name: value.decode("utf-8", "replace") for name, value in self.short.items()}

    def _part(self) -> None:
        self.field = ""
        if self.parts:
            raise Invalid("Send one file a request: the form has several parts.")

    def _data(self, data: bytes) -> None:
        if not self.field:
            self.sink.write(data)
            return
        self.short[self.field] += data
        if len(self.short[self.field]) > _LONGEST:
            raise Invalid(f"The form's field `{self.field}` is too long.")

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self.header += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self.value += data[start:end]

    def _header_end(self) -> None:
        if self.header.lower() == b"content-disposition":
            _, options = parse_options_header(self.value)
            field = options.get(b"name", b"").decode("utf-8", "replace")
            if field in self.fields:
                self.field, self.short[field] = field, b""
            elif field != "file":
                raise Invalid("The form's one part must be called `file`; feed and day go into the query.")
            else:
                self.parts += 1
                self.name = options.get(b"filename", b"").decode("utf-8", "replace")
        self.header, self.value = b"", b""

    def _end(self) -> None:
        self.ended = True
