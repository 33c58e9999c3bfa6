"""Give a dealer back what was set aside of an upload, to be mended and sent again."""

from __future__ import annotations

from pathlib import Path

from hub.dealers.specification import canonical_spec
from hub.flows.register import parse_specification
from hub.intake import rejects as rejects_file
from hub.store import rejects, uploads
from hub.store.archive import Archive
from hub.store.engine import Database
from hub.store.specifications import specification_bodies


def write_rejects(db: Database, archive: Archive, upload_id: int, out: Path) -> int:
    """Write the rejects file: the dealer's own rows in its own columns, with the reason beside each; returns the rows.

    Raises:
        NotFound: there is no such upload.
        Gone: its bytes are not in the archive.
    """
    with db.worker() as conn:
        upload = uploads.find_upload(conn, upload_id)
        issues = rejects.fetch_rejects(conn, upload_id)
        spec = canonical_spec(upload.feed)
        if upload.spec_id is not None:
            body = specification_bodies(conn, [upload.spec_id])[upload.spec_id]
            spec = parse_specification(body, upload.dealer).feed(upload.feed)
    return rejects_file.write_rejects(archive.open(upload.sha256), spec, issues, out)
