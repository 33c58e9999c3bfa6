"""A new version of the contact policy comes into force."""

from __future__ import annotations

from datetime import datetime

from hub.contact.policy import Policy, load_policy, start_policy
from hub.errors import Conflict, Invalid
from hub.store.contact_policies import add_policy, policy_versions
from hub.store.engine import Database
from hub.store.uploads import enter


def install_contact_policy(
    db: Database, text: str, name: str, valid_from: datetime | None, author: str, now: datetime
) -> Policy:
    """Bring a policy into force from a moment on (None: at once); answers name it from then on.

    Args:
        text: YAML.
        name: of the file, for errors.

    Raises:
        Invalid: it cannot be read, or its moment has passed.
        Conflict: its version is known already.
    """
    policy = load_policy(text, name)
    if valid_from is not None and valid_from < now:
        raise Invalid("A policy holds from now on or later: what was answered before followed the one then in force.")
    with db.worker() as conn:
        known = {start_policy().version, *(one.version for one in policy_versions(conn))}
        if policy.version in known:
            raise Conflict(f"{name}: version {policy.version!r} is known already; give the changed policy another.")
        start = valid_from or now
        body = {"room": "contact", "version": policy.version, "valid_from": start.isoformat(), "body": text}
        add_policy(conn, policy, text, enter(conn, "policy", None, now, author, body), start, now)
    return policy
