"""A new version of the prospects' policy comes into force: an entry in the ledger, and everything settled anew."""

from __future__ import annotations

from datetime import datetime

from hub.flows.progress import SILENT, Progress
from hub.flows.settle import SettleSummary, settle_marked
from hub.prospects.policy import Policy
from hub.store.engine import Database
from hub.store.policies import activate_policy


def activate(
    db: Database, policy: Policy, at: datetime, author: str, progress: Progress = SILENT, now: datetime | None = None
) -> SettleSummary:
    """Bring a policy into force from ``at`` on and settle everything, in one transaction.

    Args:
        now: what counts as now, where ``at`` is still to come.

    Raises:
        Conflict: its version is known already.
    """
    with db.worker() as conn:
        activate_policy(conn, policy, at, author)
        return settle_marked(conn, now or at, progress)
