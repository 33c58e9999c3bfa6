"""What a dealer gets back for each file: a receipt, and the rows and values to mend."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from threading import get_ident
from typing import Any

from hub.errors import HubError
from hub.flows.progress import SILENT, Progress
from hub.flows.write_rejects import write_rejects
from hub.store import rejects, uploads
from hub.store.archive import Archive
from hub.store.engine import Database
from hub.store.rejects import IssueCount

FOLDER = "receipts"
FACTS = (
    "upload_id", "dealer", "feed", "file_name", "sha256", "day", "delta", "received_at", "finished_at", "status", "code",
    "reason", "warnings",
)  # fmt: skip
_MARK = ".written"  # holds the time of the newest receipt
_OVERLAP = timedelta(hours=1)  # another process's upload may have ended before the mark, and appeared after it
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)

TO_DO = {
    "accepted": "Nothing to do.",
    "duplicate": "Nothing to do: these bytes are loaded already.",
    "received": "Wait: the file is not processed yet.",
    "released": "Wait: the file is not processed yet.",
    "held": "A person at head office looks at it and releases or rejects it. If the file is wrong, send it again whole.",
    "refused": "Mend what the reason names and send the file again.",
    "rejected": "Send a correct file.",
    "revoked": "The file was taken back; send a correct one.",
}
MEND = "Mend the rows of the rejects file and send them again; only they are needed."


@dataclass(frozen=True)
class Receipt:
    """What became of one file, for people and programs. Holds no personal data but the examples that reasons quote.

    Attributes:
        counts: read = loaded + quarantined + suppressed + unchanged; ended, values_set_aside.
        issues: what is wrong, by rule and column, gravest first.
        identities: of the records that the file brought: new, changed, and reused: numbers given to somebody else.
            Empty where not asked for.
        to_do: what the dealer should do now.
    """

    upload_id: int
    dealer: str
    feed: str
    file_name: str
    sha256: str
    day: date
    delta: bool
    received_at: datetime
    finished_at: datetime | None
    status: str
    code: str | None
    reason: str | None
    warnings: list[str]
    counts: dict[str, int]
    issues: list[IssueCount]
    identities: dict[str, int] = field(default_factory=dict)

    @property
    def to_do(self) -> str:
        """What the dealer should do now."""
        if self.status == "accepted" and any(issue.severity != "warn" for issue in self.issues):
            return MEND
        return TO_DO[self.status]

    def as_dict(self) -> dict[str, Any]:
        """The receipt as JSON has it."""
        plain: dict[str, Any] = json.loads(json.dumps(asdict(self), default=_plain))
        return {**plain, "to_do": self.to_do}


@dataclass(frozen=True)
class Written:
    """How many receipts and files of rejects were written."""

    receipts: int
    rejects: int


def receipt(db: Database, upload_id: int) -> Receipt:
    """The receipt of one upload.

    Raises `NotFound`.
    """
    with db.worker() as conn:
        upload = uploads.find_upload(conn, upload_id)
        row = uploads.upload_row(conn, upload_id)
        issues = rejects.issue_counts(conn, [upload_id])
        return receipt_of(row, issues[upload_id], uploads.identity_counts(conn, upload))


def write_receipts(db: Database, home: Path, progress: Progress = SILENT) -> Written:
    """Write a receipt (JSON) for each upload processed since the last call, and its rejects (CSV) if it has any.

    They lie in ``home``/receipts/<dealer>/<feed>_<day>_<upload>. A receipt is written anew when its upload is folded again.
    The rejects are the dealer's own rows in its own columns; mended and put into the inbox, they load as a delta.
    """
    folder = home / FOLDER
    archive = Archive(home / "archive")
    with db.worker() as conn:
        rows = uploads.finished_uploads(conn, _last_written(folder))
        issues = rejects.issue_counts(conn, [row["upload_id"] for row in rows])
    receipts = files = 0
    for done, row in enumerate(rows, 1):
        found = receipt_of(row, issues[row["upload_id"]], {})
        place = folder / found.dealer / f"{found.feed}_{found.day}_{found.upload_id}"
        written = place.with_name(f"{place.name}_receipt.json")
        if _is_newer(written, row["finished_at"]):
            continue
        place.parent.mkdir(parents=True, exist_ok=True)
        files += _write_rejects(db, archive, found, place.with_name(f"{place.name}_rejects.csv"))
        _write(written, json.dumps(found.as_dict(), ensure_ascii=False, indent=2).encode())
        receipts += 1
        progress.advance("receipts", done, len(rows), found.dealer)
    if rows:
        _write(folder / _MARK, rows[-1]["finished_at"].isoformat().encode())
    return Written(receipts, files)


def _write_rejects(db: Database, archive: Archive, found: Receipt, out: Path) -> bool:
    """Write the rejects of an upload, or take away what an earlier fold of it had set aside."""
    if not found.issues:
        out.unlink(missing_ok=True)
        return False
    draft = _draft(out)
    try:
        write_rejects(db, archive, found.upload_id, draft)
        os.replace(draft, out)
    except HubError:  # a file refused half-way cannot be read a second time either
        draft.unlink(missing_ok=True)
        return False
    return True


def receipt_of(row: Mapping[Any, Any], issues: list[IssueCount], identities: dict[str, int]) -> Receipt:
    """The receipt of an upload's row in the ledger."""
    counts = {name[5:]: row[name] for name in row if name.startswith("rows_")}
    counts["values_set_aside"] = row["values_set_aside"]
    return Receipt(**{name: row[name] for name in FACTS}, counts=counts, issues=issues, identities=identities)


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, date | datetime) else str(value)


def _last_written(folder: Path) -> datetime:
    try:
        return datetime.fromisoformat((folder / _MARK).read_text()) - _OVERLAP
    except (FileNotFoundError, ValueError):
        return _BEGINNING


def _is_newer(path: Path, moment: datetime) -> bool:
    return path.exists() and path.stat().st_mtime >= moment.timestamp()


def _write(path: Path, body: bytes) -> None:
    """Replace a file whole."""
    draft = _draft(path)
    draft.write_bytes(body)
    os.replace(draft, path)


def _draft(path: Path) -> Path:
    """Where a file is written before it takes its place; two runs at once write the same one."""
    return path.with_name(f".{path.name}.{os.getpid()}-{get_ident()}.tmp")
