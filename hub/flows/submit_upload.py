"""A file that came by the API or a page enters the ledger; the worker, or the nightly job, processes it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from hub.errors import Invalid, NotFound
from hub.flows.register import holds_changes, specification_in_force
from hub.intake.naming import day_of
from hub.store.archive import Archive
from hub.store.dealer_pages import find_dealer
from hub.store.upload_pages import find_upload
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
        author: the principal: ``api:<key id>`` or ``user:<login>``.
        delta: whether it holds changes only, if the sender says it; else the specification or the name does.
        corrects: the upload whose rejects it mends, if it is sent for that.
    """

    dealer: str
    feed: str
    path: Path
    name: str
    sha256: str
    day: date | None
    author: str
    delta: bool | None = None
    corrects: int | None = None


def submit_upload(conn: Connection, archive: Archive, submission: Submission) -> int:
    """Keep the bytes and enter the upload as ``received``; returns its ``upload_id``.

    A file that mends another's rejects holds changes only, and is of no earlier day than that one.

    Raises:
        Invalid: there is no such dealer, or the business day lies in the future, or the upload to mend is another feed's.
        NotFound: there is no upload to mend.
    """
    dealer = find_dealer(conn, submission.dealer)
    if dealer is None:
        raise Invalid("Unknown dealer. `GET /v1/dealers` lists the codes.")
    specification, spec_id = specification_in_force(conn, submission.dealer)
    stated = specification.feed(submission.feed).delta if specification else None
    stated = stated if submission.delta is None else submission.delta
    now = datetime.now(UTC)
    today = now.astimezone(ZoneInfo(dealer["timezone"])).date()
    mended = _mended(conn, submission)
    day = submission.day or day_of(submission.name) or today
    if mended is not None:
        day = max(day, mended)
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
        delta=mended is not None or holds_changes(submission.name, archive.open(kept.sha256), stated),
        received_at=now,
        author=submission.author,
        spec_id=spec_id,
        corrects=submission.corrects,
    )
    return enter_upload(conn, arrival)


def _mended(conn: Connection, submission: Submission) -> date | None:
    """The day of the upload whose rejects this one mends."""
    if submission.corrects is None:
        return None
    first = find_upload(conn, submission.corrects)
    if first is None or first["dealer"] != submission.dealer:
        raise NotFound("There is no such upload.")
    if first["feed"] != submission.feed:
        raise Invalid(f"The upload to mend holds {first['feed']}: send the mended rows as that feed.")
    day: date = first["day"]
    return day
