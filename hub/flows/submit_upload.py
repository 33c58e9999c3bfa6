"""A file that came by the API enters the ledger; the worker, or the nightly job, processes it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sqlalchemy import Connection

from hub.store.archive import Archive


@dataclass(frozen=True)
class Submission:
    """A file that has arrived whole.

    Attributes:
        dealer: whose file it is, by the credential.
        path: where its bytes are; they are moved into the archive.
        name: as the client called it, without folders; "" if it did not.
        day: business day, if the client stated it.
        author: the principal: ``api:<key id>``.
    """

    dealer: str
    feed: str
    path: Path
    name: str
    sha256: str
    day: date | None
    author: str


def submit_upload(conn: Connection, archive: Archive, submission: Submission) -> int:
    """Keep the bytes and enter the upload as ``received``; returns its ``upload_id``."""
    raise NotImplementedError
