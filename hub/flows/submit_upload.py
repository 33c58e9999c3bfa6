"""A file that came by the API enters the ledger; the worker, or the nightly job, processes it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from hub.errors import Invalid
from hub.flows.register import holds_changes, specification_in_force
from hub.intake.naming import day_of
from hub.store.archive import Archive
from hub.store.dealer_pages import find_dealer
from hub.store.uploads import Arrival, enter_upload


@dataclass(frozen=True)
class Submission:
    """A file that has arrived whole.

    Attributes:
        dealer: whose file it is, by the credential.
        path: where its bytes are, on the archive's file system; they are moved into the archive.
        name: as the client called it, without folders; "" if it did not.
        sha256: hexadecimal, of the bytes.
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
    """Keep the bytes and enter the upload as ``received``; returns its ``upload_id``.

    Raises:
        Invalid: there is no such dealer, or the business day lies in the future.
    """
    dealer = find_dealer(conn, submission.dealer)
    if dealer is None:
        raise Invalid("Unknown dealer. `GET /v1/dealers` lists the codes.")
    specification, spec_id = specification_in_force(conn, submission.dealer)
    stated = specification.feed(submission.feed).delta if specification else None
    now = datetime.now(UTC)
    today = now.astimezone(ZoneInfo(dealer["timezone"])).date()
    day = submission.day or day_of(submission.name) or today
    if day > today + timedelta(days=1):  # else it would stay the latest word until that day
        raise Invalid("The business day lies in the future. Correct `day`, or the date in the file's name.")
    kept = archive.adopt(submission.path, submission.sha256)
    arrival = Arrival(
        dealer=submission.dealer,
        feed=submission.feed,
        file_name=submission.name or submission.feed,
        sha256=kept.sha256,
        bytes=kept.bytes,
        day=day,
        delta=holds_changes(submission.name, archive.open(kept.sha256), stated),
        received_at=now,
        author=submission.author,
        spec_id=spec_id,
    )
    return enter_upload(conn, arrival)
