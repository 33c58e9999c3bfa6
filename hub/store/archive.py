"""The archive: the bytes of every file that ever entered, by content hash. The one store beside the database.

A file lies at ``ab/abcdef…`` (hexadecimal SHA-256 of its bytes), is written whole or not at all, and never changes.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from hub.errors import Gone

CHUNK = 1 << 20  # bytes read at a time


@dataclass(frozen=True)
class Kept:
    """A file in the archive: hexadecimal hash and number of its bytes."""

    sha256: str
    bytes: int


class Archive:
    """Files by content hash below ``folder``. Safe for any number of processes at once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, sha256: str) -> Path:
        """Where the bytes with this hash lie, or would lie."""
        return self.folder / sha256[:2] / sha256

    def open(self, sha256: str) -> Path:
        """The path of bytes that must be there.

        Raises `Gone` when they are not.
        """
        path = self.path(sha256)
        if not path.is_file():
            raise Gone(f"The archive lacks the file {sha256[:12]}…; restore it from a backup or send it again.")
        return path

    def keep(self, source: BinaryIO) -> Kept:
        """Copy a stream in, hashing on the way; on the disk, synchronised, when this returns."""
        self.folder.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=self.folder, prefix="arriving-")
        try:
            with os.fdopen(handle, "wb") as target:
                digest, size = hashlib.sha256(), 0
                while chunk := source.read(CHUNK):
                    digest.update(chunk)
                    target.write(chunk)
                    size += len(chunk)
                target.flush()
                os.fsync(target.fileno())
            self._place(Path(temporary), digest.hexdigest())
        finally:
            Path(temporary).unlink(missing_ok=True)
        return Kept(digest.hexdigest(), size)

    def keep_file(self, path: Path) -> Kept:
        """Copy a regular file in. Raises `OSError` on a symbolic link, and on a pipe or device, without waiting for it."""
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as source:
            if not stat.S_ISREG(os.fstat(source.fileno()).st_mode):
                raise OSError(errno.EINVAL, "no regular file")
            return self.keep(source)

    def adopt(self, path: Path, sha256: str) -> Kept:
        """Move in a file whose bytes were hashed as they arrived; it must lie on the archive's own file system."""
        with path.open("rb") as file:
            os.fsync(file.fileno())
            size = os.fstat(file.fileno()).st_size
        self._place(path, sha256)
        return Kept(sha256, size)

    def _place(self, temporary: Path, sha256: str) -> None:
        """Give finished bytes their name; atomic, and harmless when another process was first."""
        path = self.path(sha256)
        if path.is_file():
            return
        path.parent.mkdir(exist_ok=True)
        os.replace(temporary, path)
        path.chmod(0o440)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
