"""Put a routing policy in force."""

from __future__ import annotations

from datetime import datetime

from hub.routing.policy import load_policy
from hub.store.engine import Database
from hub.store.routing_policies import add_routing_policy
from hub.store.uploads import enter


def apply_routing_policy(db: Database, text: str, name: str, author: str, at: datetime) -> str:
    """Enter a policy into the ledger; it holds from ``at`` on. Returns its version.

    Args:
        name: of the file, for errors.

    Raises:
        Invalid: the policy is not valid; naming file, key and cure.
        Conflict: there is another one of this version.
    """
    version = load_policy(text, name).version
    with db.worker() as conn:
        entry_id = enter(conn, "policy", None, at, author, {"of": "routing", "version": version, "text": text})
        add_routing_policy(conn, version, text, entry_id, at)
    return version
