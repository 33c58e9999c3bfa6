"""Taking gzip and zip off a file, within limits; nothing is written beside the file, no name in an archive is
used."""

from __future__ import annotations

import gzip
import io
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, BinaryIO, cast

from hub.errors import Unreadable
from hub.intake.readers.base import LIMITS

GZIP, ZIP, ZIP_EMPTY = b"\x1f\x8b", b"PK\x03\x04", b"PK\x05\x06"
HEAD = 64 << 10
IN_MEMORY = 16 << 20


@dataclass
class Payload:
    """A file's content with any packing taken off.

    Attributes:
        name: name of the file inside the packing; for its ending only.
        stream: its bytes, from the beginning; not seekable.
        head: up to 64 KiB from its beginning, for sniffing.
        size: size of the file as it came, in bytes.
        path: the file itself, when it is not packed.
    """

    name: str
    stream: IO[bytes]
    head: bytes
    size: int
    path: Path | None = None
    owned: list[IO[bytes] | zipfile.ZipFile] = field(default_factory=list)

    def close(self) -> None:
        """Close everything that was opened for it."""
        for item in (self.stream, *self.owned):
            item.close()

    def seekable(self) -> IO[bytes]:
        """The content as a seekable file, spooled to a temporary one where it is packed."""
        if self.path is not None:
            spool: IO[bytes] = self.path.open("rb")
        else:
            spool = cast(IO[bytes], tempfile.SpooledTemporaryFile(IN_MEMORY))  # noqa: SIM115
            while chunk := self.stream.read(1 << 20):
                spool.write(chunk)
            spool.seek(0)
        self.owned.append(spool)
        return spool


class Unpacked(io.RawIOBase):
    """Decompressed bytes, counted: broken archives and bombs are refused while they are read.

    ``packed`` is the archive itself; how far it has been read tells early what comes out of how little.
    """

    def __init__(self, source: IO[bytes], packed: IO[bytes], kind: str) -> None:
        self._source, self._packed, self._kind, self._out = source, packed, kind, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "bytearray | memoryview") -> int:  # type: ignore[override]  # noqa: UP037
        try:
            data = self._source.read(len(buffer))
        except (
            EOFError,
            zlib.error,
            zipfile.BadZipFile,
            gzip.BadGzipFile,
            OSError,
            NotImplementedError,
        ) as error:
            raise Unreadable(f"The {self._kind} file is cut short or damaged; send it again, as a whole.") from error
        self._out += len(data)
        check_ratio(self._out, self._packed.tell(), self._kind)
        buffer[: len(data)] = data
        return len(data)


def check_ratio(unpacked: int, packed: int, kind: str) -> None:
    """Refuse what unpacks to more than the limits allow; sizes in bytes."""
    bomb = unpacked > LIMITS.ratio_from and unpacked > LIMITS.ratio * max(packed, 1)
    if bomb or unpacked > LIMITS.unpacked:
        raise Unreadable(
            f"The {kind} file unpacks to far more than a feed holds (over {LIMITS.ratio}× its size, or "
            f"{LIMITS.unpacked >> 30} GiB). Send smaller files, or plain CSV."
        )


def unpack(path: Path) -> Payload:
    """Open ``path`` and take one layer of gzip or zip off. An XLSX workbook, itself a zip, stays as it is.

    Raises `Unreadable` for an empty, truncated or damaged file, a bomb, and an archive of anything but one
    file.
    """
    size = path.stat().st_size
    if size == 0:
        raise Unreadable("The file is empty (0 bytes). A feed without rows still has its heading row; send that.")
    source = path.open("rb")
    try:
        payload = _open(path, source, size)
    except BaseException:
        source.close()
        raise
    if payload.path is None and not payload.head:
        payload.close()
        raise Unreadable("The archive holds an empty file (0 bytes). Send the file with its heading row.")
    if payload.path is None and payload.head.startswith((GZIP, ZIP)) and not is_workbook(payload.head):
        payload.close()
        raise Unreadable("The file is packed twice. Pack it once, with gzip or zip, or not at all.")
    return payload


def _open(path: Path, source: IO[bytes], size: int) -> Payload:
    magic = source.read(4)
    source.seek(0)
    if magic.startswith(GZIP):
        unzipped = gzip.GzipFile(fileobj=source)
        name = path.name.removesuffix(".gz")
        return _payload(name, cast(IO[bytes], unzipped), size, "gzip", source, [])
    if magic in (ZIP, ZIP_EMPTY):
        try:
            archive = zipfile.ZipFile(source)
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
            raise Unreadable("The zip file is cut short or damaged; send it again, as a whole.") from None
        if not is_workbook_archive(archive):
            member = _only_member(archive)
            check_ratio(member.file_size, member.compress_size, "zip")  # no more comes out than is declared
            opened = _member(archive, member)
            return _payload(Path(member.filename).name, opened, member.compress_size, "zip", source, [archive])
    source.seek(0)
    head = source.read(HEAD)
    source.seek(0)
    return Payload(path.name, source, head, size, path)


def _payload(
    name: str, source: IO[bytes], size: int, kind: str, packed: IO[bytes], archive: list[zipfile.ZipFile]
) -> Payload:
    stream = io.BufferedReader(Unpacked(source, packed, kind), HEAD)
    owned: list[IO[bytes] | zipfile.ZipFile] = [*archive, packed]
    try:
        head = stream.peek(HEAD)
    except BaseException:
        stream.close()
        for item in owned:
            item.close()
        raise
    return Payload(name, cast(BinaryIO, stream), head, size, None, [source, *owned])


def _only_member(archive: zipfile.ZipFile) -> zipfile.ZipInfo:
    """The one data file of an archive; folders and the Mac's own companions do not count."""
    members = [
        item
        for item in archive.infolist()
        if not item.is_dir() and not item.filename.startswith("__MACOSX/") and not item.filename.endswith(".DS_Store")
    ]
    if len(members) != 1:
        raise Unreadable(f"The zip file holds {len(members)} files. Put exactly one data file into each zip.")
    member = members[0]
    parts = member.filename.replace("\\", "/").split("/")
    if ".." in parts or parts[0] == "" or ":" in parts[0]:
        raise Unreadable("The zip file holds a path that leads out of its folder. Pack the file without a path.")
    if stat.S_ISLNK(member.external_attr >> 16):
        raise Unreadable("The zip file holds a link instead of a file. Pack the file itself.")
    if member.flag_bits & 0x1:
        raise Unreadable("The zip file is encrypted with a password. Send it without; the connection is encrypted.")
    return member


def _member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> IO[bytes]:
    try:
        return archive.open(member)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError):
        raise Unreadable("The zip file is damaged or packed by an unknown method. Pack it as plain zip.") from None


def is_workbook_archive(archive: zipfile.ZipFile) -> bool:
    """True for XLSX and its kin."""
    return "[Content_Types].xml" in archive.namelist()


def is_workbook(head: bytes) -> bool:
    """The same from the first bytes; good enough to tell a packed workbook from an archive in an archive."""
    return head.startswith(ZIP) and (b"[Content_Types].xml" in head or b"xl/" in head)


Closer = Callable[[], None]
