"""Chain the rows of the audit log that are committed, and check the chain from its first link."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from hub.access.chain import GENESIS, seal, seals
from hub.store import audit
from hub.store.audit import Seal
from hub.store.engine import Database

BATCH = 10_000
ANCHOR = "audit-head.json"  # beside the base: a log whose tail was cut in the base still has its head here


@dataclass(frozen=True)
class Verdict:
    """What a check of the chain found.

    Attributes:
        links: that are in order, from the first on.
        unsealed: rows that wait for the sealer.
        broken: the row at fault (its number, and what is wrong with it); None when all is well.
    """

    links: int
    unsealed: int
    broken: str | None


def seal_audit(db: Database, home: Path) -> int:
    """Append the committed rows to the chain, and note its head outside the base; returns how many there were."""
    total = 0
    while True:
        with db.worker() as conn:
            audit.lock_chain(conn)
            rows = audit.unsealed(conn, BATCH)
            head = audit.last_seal(conn) or Seal(0, 0, GENESIS)
            links = [
                Seal(head.position + place, row["audit_id"], sha256)
                for place, (row, sha256) in enumerate(zip(rows, seals(head.sha256, rows), strict=True), 1)
            ]
            if links:
                audit.add_seals(conn, links)
        total += len(links)
        if len(links) < BATCH:
            break
    if total:
        _note_head(home, links[-1] if links else head)
    return total


def _note_head(home: Path, head: Seal) -> None:
    draft = home / f".{ANCHOR}.{head.position}"
    draft.write_text(json.dumps(vars(head)), "utf-8")
    draft.replace(home / ANCHOR)


def verify_audit(db: Database, home: Path) -> Verdict:
    """Compute every seal again, and compare the head with the one noted outside the base."""
    anchor = home / ANCHOR
    noted = Seal(**json.loads(anchor.read_text("utf-8"))) if anchor.exists() else Seal(0, 0, GENESIS)
    place, previous = 0, GENESIS
    with db.worker() as conn:
        while links := audit.sealed(conn, place, BATCH):
            for link, row in links:
                if link.position != place + 1:
                    return Verdict(place, 0, f"link {place + 1} is missing")
                if row is None:
                    return Verdict(place, 0, f"row {link.audit_id} was deleted")
                if seal(previous, row) != link.sha256:
                    return Verdict(place, 0, f"row {link.audit_id} was altered")
                place, previous = link.position, link.sha256
                if place == noted.position and link.sha256 != noted.sha256:
                    return Verdict(place, 0, f"row {link.audit_id} and its seal were made anew")
        if place < noted.position:
            return Verdict(place, 0, f"the log was cut after link {place}; it had {noted.position}")
        return Verdict(place, len(audit.unsealed(conn, BATCH)), None)
