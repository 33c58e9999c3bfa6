"""Leads decided together (`hub.flows.route_lead.route_leads`): what comes in while the base is busy shares one transaction."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from sqlalchemy import Connection

from api.auth import HEAD_OFFICE, ROUTING, parts, sha256_of
from api.together import Together
from hub.errors import HubError
from hub.flows.meet_lead import Submission
from hub.flows.route_lead import Outcome, Routed, route_leads
from hub.store.audit import NewEntry, add_entries
from hub.store.candidates import Holder, Line
from hub.store.engine import Database

log = logging.getLogger("dealerhub.api.leads")

TOGETHER = 16  # leads decided in one go, at most: dealers in line are locked meanwhile
SENDERS = (HEAD_OFFICE, ROUTING)


@dataclass(frozen=True)
class Sent:
    """A lead and the API key that it came with; its author and its time are still to be told."""

    token: str
    submission: Submission


class LeadDesk(Together[Sent, Routed]):
    """Each lead is taken in on behalf of its own key, which is checked after the lead came."""

    def __init__(self, database: Database) -> None:
        super().__init__("leads", TOGETHER)
        self._database = database
        self._line: Line | None = None

    async def send(self, token: str, submission: Submission) -> Routed | None:
        """What became of a lead.

        Returns:
            None if it cannot be taken in so; then nothing came of it.
        """
        return await self.wait_for(Sent(token, submission))

    def answer(self, asked: Sequence[Sent]) -> list[Routed | None]:
        """See `Together`."""
        try:
            holders = self._holders({each.token for each in asked})
        except HubError:
            return [None] * len(asked)
        known = [(each, holder) for each in asked if (holder := holders[each.token]) is not None]
        found = iter(self._routed([each for each, _ in known], [holder for _, holder in known]) if known else [])
        return [next(found) if holders[each.token] is not None else None for each in asked]

    def close(self) -> None:
        """See `Together`."""
        if self._line is not None:
            self._line.close()
            self._line = None

    def _holders(self, tokens: set[str]) -> dict[str, Holder | None]:
        """Who may send leads, by the key."""
        try:
            self._line = self._line or Line(self._database)
            return {token: self._holder(self._line, token) for token in tokens}
        except BaseException:
            self.close()  # whatever it was, the next leads begin with a fresh connection
            raise

    @staticmethod
    def _holder(line: Line, token: str) -> Holder | None:
        try:
            key_id, secret = parts(token)
        except HubError:
            return None
        holder = line.who(key_id, sha256_of(secret))
        return holder if holder is not None and holder.role in SENDERS else None

    def _routed(self, sent: Sequence[Sent], holders: Sequence[Holder]) -> list[Routed | None]:
        now = datetime.now(UTC)
        pairs = list(zip(sent, holders, strict=True))
        submissions = [replace(each.submission, author=holder.actor, at=now) for each, holder in pairs]

        def note(conn: Connection, places: Sequence[int]) -> None:
            """As the common road has it: a row of the audit log for each lead that is written, and with it."""
            written = [holders[place] for place in places]
            add_entries(conn, [NewEntry(one.actor, one.role, one.dealer, "create_lead") for one in written])

        try:
            return [_found(outcome) for outcome in route_leads(self._database, submissions, note)]
        except Exception as error:
            if len(sent) == 1:
                log.error("a lead failed: %s", type(error).__name__)  # its message may quote values
                return [None]
            return [found for each, holder in pairs for found in self._routed([each], [holder])]


def _found(outcome: Outcome) -> Routed | None:
    return outcome.found if isinstance(outcome.found, Routed) else None
