"""Take files into the ledger: bytes into the archive, an entry and a ``received`` upload for each. Reads no rows."""

from __future__ import annotations

import os
import time
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, RowMapping

from hub.dealers import documents
from hub.dealers.specification import Specification
from hub.errors import Invalid
from hub.feeds import FEEDS
from hub.flows.progress import SILENT, Progress
from hub.intake.manifest import ENDING as MANIFEST_ENDING
from hub.intake.manifest import LARGEST, parse_manifest
from hub.intake.naming import day_of, feed_of, is_hidden, is_partial, says_delta
from hub.intake.readers.corrected import REASON
from hub.store import uploads
from hub.store.archive import Archive, Kept
from hub.store.engine import Database
from hub.store.specifications import latest_specifications, specification_bodies
from hub.store.uploads import Arrival

RETRIED = ("internal", "unreadable", "schema")  # refusals that another try of the same file may cure


@dataclass(frozen=True)
class Registered:
    """A file that has entered the ledger."""

    upload_id: int
    dealer: str
    feed: str
    file_name: str
    day: date


@dataclass
class InboxSummary:
    """What a walk over the inbox found.

    Attributes:
        registered: files that entered the ledger.
        known: files that had entered it before and have not changed since.
        unknown_dealers: folder → files in it; not loaded, since no such dealer is registered.
        unknown_files: dealer/file names of no known feed.
        arriving: dealer/file names that are not finished yet, or changed while they were read.
        failed: dealer/file names that could not be read, with the operating system's reason.
        warnings: sentences for the operator.
    """

    registered: list[Registered] = field(default_factory=list)
    known: int = 0
    unknown_dealers: dict[str, int] = field(default_factory=dict)
    unknown_files: list[str] = field(default_factory=list)
    arriving: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Origin:
    """The circumstances of an arrival that its name does not tell."""

    day: date
    received_at: datetime
    author: str = "inbox"


def register_inbox(
    db: Database,
    archive: Archive,
    inbox: Path,
    day: date,
    received_at: datetime | None = None,
    *,
    progress: Progress = SILENT,
    quiet_seconds: float = 0.0,
) -> InboxSummary:
    """Enter all new files of ``inbox``/<dealer>/<file> into the ledger; the inbox is only read.

    A file is new when its name, size or time of change is. A refused one is tried again when its dealer's
    specification has changed since, or when the fault was the hub's own.

    Args:
        day: business day of files whose name holds none.
        received_at: the hub's time of receipt; now by default.
        quiet_seconds: a file changed more recently than this is still arriving.

    Raises:
        Invalid: the inbox is no folder.
    """
    if not inbox.is_dir():
        raise Invalid(f"{inbox}: no such folder. It holds one folder per dealer, named by the dealer's code.")
    origin = Origin(day, received_at or datetime.now(UTC))
    summary = InboxSummary()
    folders = sorted(entry.name for entry in os.scandir(inbox) if entry.is_dir(follow_symlinks=False))
    codes = [name for name in folders if not is_hidden(name)]
    welcome = _welcome(db, inbox, codes, summary)
    for done, code in enumerate(welcome, 1):
        _register_folder(db, archive, inbox / code, origin, summary, quiet_seconds)
        progress.advance("register", done, len(welcome), code)
    return summary


def register_file(
    db: Database, archive: Archive, path: Path, dealer: str, feed: str, origin: Origin, file_name: str = ""
) -> Registered:
    """Enter one file into the ledger, whatever came before: the same bytes become a duplicate when they are staged.

    Args:
        path: its bytes, which are copied.
        feed: a canonical feed; "" to tell it from the name.
        file_name: what the sender called it; by default the name of ``path``.

    Raises:
        Invalid: unknown dealer or feed.
    """
    name = file_name or path.name
    with db.worker() as conn:
        if dealer not in uploads.dealers(conn):
            raise Invalid(f"Unknown dealer {dealer!r}; `dealerhub dealers sync` brings the importer's registry in.")
        specification, spec_id = specification_in_force(conn, dealer)
    feed = feed or feed_of(name, specification) or ""
    if feed not in FEEDS:
        raise Invalid(f"{feed or name}: no known feed. Give one, or name the file after it: {', '.join(FEEDS)}.")
    kept = archive.keep_file(path)
    with db.worker() as conn:
        arrival = _arrival(archive, kept, dealer, feed, name, origin, specification)
        upload_id = uploads.enter_upload(conn, replace(arrival, spec_id=spec_id))
    return Registered(upload_id, dealer, feed, name, arrival.day)


def specification_in_force(conn: Connection, dealer: str) -> tuple[Specification | None, int | None]:
    """A dealer's newest specification and its version; (None, None) for a dealer that sends canonical columns."""
    spec_id = latest_specifications(conn, [dealer]).get(dealer)
    if spec_id is None:
        return None, None
    return parse_specification(specification_bodies(conn, [spec_id])[spec_id], dealer), spec_id


@lru_cache(maxsize=2048)
def parse_specification(body: str, dealer: str) -> Specification:
    """The specification of a YAML text; parsed once per process."""
    return documents.parse(body, dealer)


def _welcome(db: Database, inbox: Path, codes: list[str], summary: InboxSummary) -> list[str]:
    """The folders of known dealers. Before any registry is synchronised, every folder is a dealer."""
    with db.worker() as conn:
        known = uploads.dealers(conn)
        if any(dealer.registered for dealer in known.values()):
            welcome = [code for code in codes if code in known and known[code].registered]
            summary.unknown_dealers.update({code: _count(inbox / code) for code in codes if code not in welcome})
            return welcome
        fresh = [code for code in codes if code not in known and _count(inbox / code)]
        for code in fresh:
            uploads.add_unregistered(conn, code)
    if fresh:
        summary.warnings.append(
            f"No registry of dealers yet: took {len(fresh)} folders of the inbox as dealers. "
            "`dealerhub dealers sync FILE` brings the registry in."
        )
    return [code for code in codes if code in known or code in fresh]


def _count(folder: Path) -> int:
    return sum(entry.is_file() and not is_hidden(entry.name) for entry in os.scandir(folder))


def _register_folder(
    db: Database, archive: Archive, folder: Path, origin: Origin, summary: InboxSummary, quiet_seconds: float
) -> None:
    """Enter the new files of one dealer; one transaction, so that two workers never take one file twice."""
    dealer = folder.name
    with db.worker() as conn:
        uploads.lock_inbox(conn, dealer)
        specification, spec_id = specification_in_force(conn, dealer)
        arrived = uploads.arrived_files(conn, dealer)
        for name in sorted(entry.name for entry in os.scandir(folder)):
            path = folder / name
            if path.is_dir() or is_hidden(name) or name.endswith(MANIFEST_ENDING):
                continue
            place = f"{dealer}/{name}"
            feed = feed_of(name, specification)
            if is_partial(name):
                summary.arriving.append(place)
                continue
            if feed is None:
                summary.unknown_files.append(place)
                continue
            if path.is_symlink():
                summary.failed.append(f"{place}: is a link; put the file itself there")
                continue
            try:
                stat = path.lstat()
                before = arrived.get((name, stat.st_size, stat.st_mtime_ns))
                if before is not None and not _again(before, spec_id):
                    summary.known += 1
                    continue
                if quiet_seconds and time.time() - stat.st_mtime < quiet_seconds:
                    summary.arriving.append(place)
                    continue
                kept = archive.keep_file(path)
                after = path.lstat()
                manifest = _manifest(path)
            except OSError as error:
                summary.failed.append(f"{place}: {error.strerror or type(error).__name__}")
                continue
            if (after.st_size, after.st_mtime_ns) != (stat.st_size, stat.st_mtime_ns):
                summary.arriving.append(place)
                continue
            arrival = _arrival(archive, kept, dealer, feed, name, origin, specification)
            arrival = replace(arrival, spec_id=spec_id, mtime_ns=stat.st_mtime_ns, manifest=manifest)
            upload_id = uploads.enter_upload(conn, arrival)
            summary.registered.append(Registered(upload_id, dealer, feed, name, arrival.day))


def _again(before: RowMapping, spec_id: int | None) -> bool:
    """Whether a file that has been taken before is worth another try."""
    if before["status"] != "refused" or before["code"] not in RETRIED:
        return False
    return bool(before["code"] == "internal" or before["spec_id"] != spec_id)


def _arrival(
    archive: Archive, kept: Kept, dealer: str, feed: str, name: str, origin: Origin, specification: Specification | None
) -> Arrival:
    stated = specification.feed(feed).delta if specification else None
    return Arrival(
        dealer=dealer,
        feed=feed,
        file_name=name,
        sha256=kept.sha256,
        bytes=kept.bytes,
        day=day_of(name) or origin.day,
        delta=holds_changes(name, archive.open(kept.sha256), stated),
        received_at=origin.received_at,
        author=origin.author,
    )


def holds_changes(name: str, path: Path, stated: bool | None) -> bool:
    """Whether a file is a delta: by the specification, else by its name; a corrected file of rejects always is.

    Args:
        name: what the sender called it.
        path: its bytes.
        stated: what the specification says.
    """
    with path.open("rb") as file:
        head = file.read(65_536)
    if any(REASON.encode(encoding) in head for encoding in ("ascii", "utf-16-le", "utf-16-be")):
        return True
    return says_delta(name) if stated is None else stated


def _manifest(path: Path) -> dict[str, Any] | None:
    """What the file's manifest says of its rows, bytes and sha256; ``unreadable`` and why, if it says nothing usable."""
    beside = path.with_name(path.name + MANIFEST_ENDING)
    if beside.is_symlink() or not beside.is_file():
        return None
    try:
        with beside.open("rb") as file:
            return asdict(parse_manifest(file.read(LARGEST + 1)))
    except Invalid as error:
        return {"unreadable": error.detail}
