"""Take an accepted upload back: afterwards the base is as if it had never come."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime

from sqlalchemy import Connection

from hub.errors import Conflict
from hub.flows.fold import Outcome, Tools, fold
from hub.flows.gate import Gate
from hub.flows.progress import SILENT, Progress
from hub.store import uploads
from hub.store.archive import Archive
from hub.store.engine import Database


def revoke(
    db: Database,
    archive: Archive,
    gate: Gate,
    upload_id: int,
    author: str,
    progress: Progress = SILENT,
) -> Outcome:
    """Revoke an upload: rewind its dealer's feed to before its day, and fold the later files on again.

    Later files keep the times they were received. Bytes that were a duplicate of the revoked ones count now.

    Raises:
        NotFound: there is no such upload.
        Conflict: it is not accepted.
    """
    with db.worker() as conn:
        upload = uploads.find_upload(conn, upload_id)

    def prepare(conn: Connection) -> Mapping[str, date]:
        present = uploads.find_upload(conn, upload_id)
        if present.status != "accepted":
            raise Conflict(f"Upload {upload_id} is {present.status}; only an accepted one can be revoked.")
        uploads.set_status(conn, [upload_id], "revoked")
        uploads.enter(conn, "revocation", upload.dealer, datetime.now(UTC), author, {"upload_id": upload_id})
        return {upload.dealer: upload.day}

    return fold(db, Tools(archive, gate, progress), upload.feed, [upload.dealer], prepare)
