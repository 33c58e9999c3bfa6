"""A person decides about a held upload: let it in past the guards, or reject it."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import Connection

from hub.errors import Conflict
from hub.flows.weigh import REGATHERED
from hub.store import uploads
from hub.store.engine import Database


def release(db: Database, upload_id: int, author: str, reason: str = "") -> list[int]:
    """Let a held upload in: the next staging processes it past the guards, and so its held fellows of the same snapshot.

    Returns the uploads that wait to be staged now.

    Raises:
        NotFound: there is no such upload.
        Conflict: it is not held.
    """
    with db.worker() as conn:
        upload = uploads.find_upload(conn, upload_id)
        uploads.lock_dealers(conn, [upload.dealer])
        upload = uploads.find_upload(conn, upload_id)
        if upload.status == "released":
            return [upload_id]
        if upload.status != "held":
            raise Conflict(f"Upload {upload_id} is {upload.status}; only a held one can be released.")
        fellows = uploads.held_siblings(conn, upload, ["snapshot"]) if not upload.delta else []
        ids = sorted({upload_id, *fellows})
        uploads.set_status(conn, ids, "released", upload.code, upload.reason)
        _decide(conn, upload.dealer, author, {"decision": "release", "uploads": ids, "reason": reason})
        return ids


def reject(db: Database, upload_id: int, author: str, reason: str = "") -> list[int]:
    """Turn a held upload down for good; the same bytes may be sent again. Its fellows are judged anew without it.

    Returns the uploads that wait to be staged now.

    Raises:
        NotFound: there is no such upload.
        Conflict: it is not held.
    """
    with db.worker() as conn:
        upload = uploads.find_upload(conn, upload_id)
        uploads.lock_dealers(conn, [upload.dealer])
        upload = uploads.find_upload(conn, upload_id)
        if upload.status != "held":
            raise Conflict(f"Upload {upload_id} is {upload.status}; only a held one can be rejected.")
        uploads.set_status(conn, [upload_id], "rejected", upload.code, reason or upload.reason)
        fellows = uploads.held_siblings(conn, upload, REGATHERED)
        if fellows:
            uploads.set_status(conn, fellows, "received")
        _decide(conn, upload.dealer, author, {"decision": "reject", "uploads": [upload_id], "reason": reason})
        return fellows


def _decide(conn: Connection, dealer: str, author: str, body: dict[str, object]) -> None:
    uploads.enter(conn, "decision", dealer, datetime.now(UTC), author, body)
