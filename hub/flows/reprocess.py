"""Read a dealer's files again by its newest specification, from the first one on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from sqlalchemy import Connection

from hub.errors import Invalid
from hub.feeds import FEEDS
from hub.flows.fold import Outcome, Tools, fold
from hub.flows.gate import Gate
from hub.flows.progress import SILENT, Progress
from hub.store import uploads
from hub.store.archive import Archive
from hub.store.engine import Database
from hub.store.specifications import latest_specifications


def reprocess(
    db: Database, archive: Archive, gate: Gate, dealer: str, feed: str, progress: Progress = SILENT
) -> Outcome:
    """Fold all of a dealer's files of ``feed`` anew by the specification in force now.

    Accepted files stay accepted; held ones are judged anew.

    Raises:
        Invalid: unknown dealer or feed.
        Unreadable: the specification can no longer read one of them; then nothing has changed.
    """
    if feed not in FEEDS:
        raise Invalid(f"{feed}: no known feed. Name one of {', '.join(FEEDS)}.")
    with db.worker() as conn:
        if dealer not in uploads.dealers(conn):
            raise Invalid(f"Unknown dealer {dealer!r}; `dealerhub dealers sync` brings the importer's registry in.")

    def prepare(conn: Connection) -> Mapping[str, date]:
        spec_id = latest_specifications(conn, [dealer]).get(dealer)
        uploads.set_specification(conn, dealer, feed, spec_id)
        uploads.wait_again(conn, dealer, feed)
        chain = uploads.chain_uploads(conn, feed, [dealer])[dealer]
        return {dealer: chain[0].day} if chain else {}

    return fold(db, Tools(archive, gate, progress), feed, [dealer], prepare)
