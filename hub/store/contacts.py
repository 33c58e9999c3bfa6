"""Contacts that were made or are reserved, by golden party; and what the API reports of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Connection

from hub.contact.caps import Event, of_feed, reached, told_once
from hub.contact.policy import Policy
from hub.store.contact_records import MEANT, the, with_records
from hub.store.questions import Question, Rows

# A contact of a number that was used for somebody else before is not this person's; one that its dealer's file no
# longer holds was made all the same. A row of the feed may name both a customer and a lead of the party: it counts once.
_INTERACTION = """i.direction = 'out' AND i.channel = ANY(:channels)
    AND coalesce(i.at, i.day) > :begin AND coalesce(i.at, i.day) < :end
    AND """ + MEANT.format(t="i")
_TOLD = "i.rid, i.dealer, i.channel, coalesce(i.at, i.day) AS at, i.subject, i.campaign, i.lead_no, i.outcome"
_EVENTS = """{records}
    SELECT 'feed', f.golden, f.dealer, f.channel, f.at, f.subject, f.campaign, f.lead_no, f.outcome FROM (
        SELECT r.golden, {told} FROM record r
            JOIN interactions i ON i.dealer = r.dealer AND i.customer_no = r.record_no
            WHERE r.feed = 'customers' AND {interaction}
        UNION SELECT r.golden, {told} FROM record r
            JOIN interactions i ON i.dealer = r.dealer AND i.lead_no = r.record_no
            WHERE r.feed = 'leads' AND {interaction}) f
    UNION ALL SELECT 'contact', r.golden, c.dealer, c.channel, c.at, c.purpose, NULL, NULL, c.outcome
        FROM record r JOIN contact c ON c.party = r.id AND NOT r.former WHERE c.at > :begin AND c.at < :end
    UNION ALL SELECT 'reservation', r.golden, v.dealer, v.channel, v.at, v.purpose, NULL, NULL, NULL
        FROM record r JOIN reservation v ON v.party = r.id AND NOT r.former AND v.ended_at IS NULL
        WHERE v.expires_at > :now AND v.at > :begin AND v.at < :end AND (CAST(:before AS timestamptz) IS NULL
              OR (v.reserved_at, v.reservation) < (CAST(:before AS timestamptz), CAST(:than AS uuid)))"""
_LOAD = {
    (gathered, households): sa.text(_EVENTS.format(records=records, told=_TOLD, interaction=_INTERACTION))
    for households in (True, False)
    for gathered, records in with_records(households).items()
}


@dataclass(frozen=True, slots=True)
class Turn:
    """A reservation's place in the order in which reservations were granted."""

    reserved_at: datetime
    reservation: UUID


def which_events(
    goldens: Sequence[int],
    moments: tuple[datetime, datetime],
    policy: Policy,
    before: Turn | None = None,
    gathered: bool = False,
    households: bool = False,
) -> Question[dict[int, list[Event]]]:
    """Contacts with these golden parties near a moment, by whomever: those that count against the policy's caps.

    Args:
        households: also with the people who live with them.
        moments: the one that is asked about, and now, which decides which reservations have run out.
        before: only reservations that were granted before this one.
        gathered: their records were gathered (`hub.store.contact_records`).
    """
    at, now = moments
    values = {
        **({} if gathered else the(goldens)), "channels": list(policy.feed.channels),
        "begin": at - policy.longest, "end": at + policy.longest, "now": now, "before": before.reserved_at if before else None,
        "than": before.reservation if before else None,
    }  # fmt: skip
    return Question(_LOAD[gathered, households], values, partial(_events, policy))


def _events(policy: Policy, rows: Rows) -> dict[int, list[Event]]:
    found: defaultdict[int, list[Event]] = defaultdict(list)
    for kind, golden, dealer, channel, when, subject, campaign, lead, outcome in rows:
        if not reached(policy.feed, outcome):
            continue
        if kind == "feed":
            purpose = of_feed(policy.feed, subject, campaign, lead)
            found[golden].append(Event(when, policy.feed.channels[channel], purpose, dealer, reported=False))
        else:
            found[golden].append(Event(when, channel, subject, dealer))
    apart = timedelta(minutes=policy.feed.same_minutes)
    return {golden: told_once(events, apart) for golden, events in found.items()}


_ADD = sa.text(
    """INSERT INTO contact (contact_id, entry_id, party, dealer, channel, purpose, campaign, outcome, at, received_at,
                            reservation)
       SELECT w.contact_id, :entry_id, w.party, :dealer, w.channel, w.purpose, w.campaign, w.outcome, w.at, :received_at,
              w.reservation
       FROM unnest(CAST(:contact_id AS uuid[]), CAST(:party AS uuid[]), CAST(:channel AS text[]),
                   CAST(:purpose AS text[]), CAST(:campaign AS text[]), CAST(:outcome AS text[]),
                   CAST(:at AS timestamptz[]), CAST(:reservation AS uuid[]))
            AS w (contact_id, party, channel, purpose, campaign, outcome, at, reservation)"""
)
_COLUMNS = ("contact_id", "party", "channel", "purpose", "campaign", "outcome", "at", "reservation")


def add_contacts(
    conn: Connection, entry_id: int, dealer: str | None, received_at: datetime, rows: Sequence[Mapping[str, Any]]
) -> None:
    """Add contacts that were made; each row has the columns of table `contact` that are its own."""
    columns = {name: [row[name] for row in rows] for name in _COLUMNS}
    conn.execute(_ADD, {**columns, "entry_id": entry_id, "dealer": dealer, "received_at": received_at})
