from __future__ import annotations

import hashlib
import io
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from hub.errors import Gone
from hub.store.archive import Archive

BODY = b"record_no\n1\n" * 1000
SHA256 = hashlib.sha256(BODY).hexdigest()


def test_bytes_lie_under_their_hash(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "archive")
    kept = archive.keep(io.BytesIO(BODY))
    assert (kept.sha256, kept.bytes) == (SHA256, len(BODY))
    assert archive.open(SHA256) == tmp_path / "archive" / SHA256[:2] / SHA256
    assert archive.open(SHA256).read_bytes() == BODY


def test_the_same_bytes_are_kept_once_whoever_is_first(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "archive")
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(lambda _: archive.keep(io.BytesIO(BODY)), range(32)))) == 1
    assert [path.name for path in archive.folder.rglob("*") if path.is_file()] == [SHA256]


def test_a_cut_stream_leaves_nothing(tmp_path: Path) -> None:
    class Cut(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise OSError("connection lost")

    archive = Archive(tmp_path / "archive")
    with pytest.raises(OSError, match="lost"):
        archive.keep(Cut())
    assert list(archive.folder.iterdir()) == []


def test_links_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(BODY)
    (tmp_path / "link").symlink_to(tmp_path / "secret")
    with pytest.raises(OSError, match="link"):
        Archive(tmp_path / "archive").keep_file(tmp_path / "link")


def test_missing_bytes_are_named(tmp_path: Path) -> None:
    with pytest.raises(Gone, match=SHA256[:12]):
        Archive(tmp_path / "archive").open(SHA256)
