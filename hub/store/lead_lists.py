"""Sets of leads: what is due, what dealers' files tell of them, whose person was recognised since, and fairness."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Connection, RowMapping

from hub.feeds import HUB

_DUE = sa.text("SELECT lead_id FROM lead WHERE due_at <= :at ORDER BY due_at, lead_id LIMIT :limit")

# A dealer's own lead of the same person and brand, entered since the offer: what it says goes for ours. Or it bears our
# lead's id as its number, which a dealer's system may take over.
_TOLD = sa.text(
    """WITH held AS MATERIALIZED (
           SELECT l.lead_id, l.rid, l.matched, l.dealer, l.brand, l.state, o.offered_at
           FROM lead l JOIN offer o ON o.lead_id = l.lead_id AND o.live
           WHERE l.state IN ('offered', 'accepted', 'contacted')
       ), person AS (
           SELECT h.lead_id, m.golden FROM held h JOIN membership m ON m.rid = h.rid
           UNION SELECT h.lead_id, m.golden FROM held h JOIN party p ON p.id = h.matched JOIN membership m ON m.rid = p.rid
       ), said AS (
           SELECT h.*, d.rid AS said_in FROM held h JOIN leads d
             ON d.dealer = h.dealer AND d.record_no = CAST(h.lead_id AS text)
           UNION SELECT h.*, d.rid FROM held h JOIN person USING (lead_id) JOIN membership m ON m.golden = person.golden
             JOIN leads d ON d.rid = m.rid AND d.dealer = h.dealer
           WHERE lower(coalesce(d.brand, '')) IN (h.brand, '') AND d.first_seen >= h.offered_at
       )
       SELECT DISTINCT ON (s.lead_id) s.lead_id, s.dealer, s.state, d.id, d.status
       FROM said s JOIN leads d ON d.rid = s.said_in AND d.ended_day IS NULL
       WHERE d.status IN ('won', 'lost') OR s.state <> 'contacted'
         AND (d.status IN ('contacted', 'qualified', 'proposal') OR d.last_contact_at >= s.offered_at)
       ORDER BY s.lead_id, (d.status IN ('won', 'lost')) DESC NULLS LAST, d.day DESC, d.rid"""
)
# Not certain when it came, held by somebody, and by now one with records of dealers.
_RESOLVED = sa.text(
    """SELECT l.lead_id FROM lead l JOIN membership m ON m.rid = l.rid
       WHERE NOT l.certain AND NOT l.moved AND l.state IN ('offered', 'accepted', 'contacted', 'head_office')
         AND EXISTS (SELECT FROM membership o WHERE o.golden = m.golden AND o.dealer <> :hub)
         AND EXISTS (SELECT FROM ownership w WHERE w.golden = m.golden AND w.brand = l.brand AND w.purpose = l.purpose
                     AND w.dealer IS DISTINCT FROM l.dealer AND w.valid_from <= l.received_at
                     AND (w.valid_until IS NULL OR w.valid_until > :at))
       ORDER BY l.received_at, l.lead_id"""
)
_FAIRNESS = sa.text(
    """SELECT CAST(date_trunc('week', o.offered_at) AS date) AS week, o.dealer, count(*) AS offered,
              count(*) FILTER (WHERE o.cause = 'first') AS first_offers,
              count(*) FILTER (WHERE o.status = 'declined') AS declined,
              count(*) FILTER (WHERE o.status = 'expired') AS expired,
              count(*) FILTER (WHERE o.contacted_at IS NOT NULL) AS contacted,
              count(*) FILTER (WHERE o.on_time) AS on_time,
              count(*) FILTER (WHERE o.on_time IS NOT NULL) AS answered,
              count(*) FILTER (WHERE o.status = 'won') AS won, avg(o.km) AS mean_km,
              percentile_cont(0.5) WITHIN GROUP (ORDER BY o.response_minutes) AS median_response_minutes
       FROM offer o WHERE o.offered_at >= :since AND o.offered_at < :until GROUP BY 1, 2 ORDER BY 1, 2"""
)
_LINES = sa.text(
    """SELECT CAST(date_trunc('week', d.at) AS date) AS week, w.key AS dealer, count(*) AS stood,
              count(*) FILTER (WHERE d.chosen = w.key) AS chosen,
              sum(CAST(w.value AS double precision) / s.total) AS due
       FROM lead_decision d CROSS JOIN LATERAL jsonb_each_text(d.weights) w
       CROSS JOIN LATERAL (SELECT sum(CAST(value AS double precision)) AS total FROM jsonb_each_text(d.weights)) s
       WHERE d.rule = 'turn' AND d.at >= :since AND d.at < :until GROUP BY 1, 2 ORDER BY 1, 2"""
)
_UNROUTED = sa.text(
    """SELECT CAST(date_trunc('week', e.at) AS date) AS week, e.body ->> 'why' AS why, count(*) AS leads
       FROM lead_event e WHERE e.kind = 'escalated' AND e.at >= :since AND e.at < :until GROUP BY 1, 2 ORDER BY 1, 2"""
)


def due_leads(conn: Connection, at: datetime, limit: int) -> list[UUID]:
    """Leads at which the clock must look by ``at``, the longest overdue first."""
    return list(conn.execute(_DUE, {"at": at, "limit": limit}).scalars())


@dataclass(frozen=True)
class Word:
    """What a dealer's own leads file says about a lead of the hub.

    Attributes:
        record: id of the dealer's record that says it.
        kinds: what happens by it, in order.
    """

    lead_id: UUID
    dealer: str
    record: UUID
    kinds: tuple[str, ...]


def told_in_files(conn: Connection) -> list[Word]:
    """What dealers' leads files say about the leads that they hold, and the hub does not know yet."""
    words = []
    for row in conn.execute(_TOLD):
        kinds = ["contacted"] if row.state != "contacted" and row.status != "lost" else []
        if row.status in ("won", "lost"):
            kinds = [row.status]
        words.append(Word(row.lead_id, row.dealer, row.id, tuple(kinds)))
    return words


def resolved_leads(conn: Connection, at: datetime) -> list[UUID]:
    """Open leads of somebody who was not recognised when the lead came, and is another dealer's prospect as is known now."""
    return list(conn.execute(_RESOLVED, {"hub": HUB, "at": at}).scalars())


def offers_by_week(conn: Connection, since: datetime, until: datetime) -> Sequence[RowMapping]:
    """Per week (its Monday) and dealer: offers, how they were answered, distance."""
    return conn.execute(_FAIRNESS, {"since": since, "until": until}).mappings().all()


def lines_by_week(conn: Connection, since: datetime, until: datetime) -> Sequence[RowMapping]:
    """Per week and dealer: how often it stood in line, how often it was chosen, and how often its weight says it should be."""
    return conn.execute(_LINES, {"since": since, "until": until}).mappings().all()


def unrouted_by_week(conn: Connection, since: datetime, until: datetime) -> Sequence[RowMapping]:
    """Per week: leads that went to head office, and why."""
    return conn.execute(_UNROUTED, {"since": since, "until": until}).mappings().all()


_LIST = sa.text(
    """SELECT lead_id, received_at, brand, purpose, state, dealer, due_at FROM lead
       WHERE (CAST(:dealer AS text) IS NULL OR dealer = :dealer) AND (CAST(:state AS text) IS NULL OR state = :state)
       ORDER BY received_at DESC, lead_id LIMIT :limit"""
)


def list_leads(
    conn: Connection, limit: int, dealer: str | None = None, state: str | None = None
) -> Sequence[RowMapping]:
    """Leads, the latest first."""
    return conn.execute(_LIST, {"limit": limit, "dealer": dealer, "state": state}).mappings().all()


_PEOPLE = sa.text(
    """SELECT concat_ws(' ', last_name, first_name, middle_name) AS full_name, phones[1] AS phones, emails[1] AS emails, city
       FROM golden WHERE kind = 'person' AND last_name IS NOT NULL AND first_name IS NOT NULL AND phones[1] IS NOT NULL
       ORDER BY golden_id LIMIT :limit"""
)


def some_people(conn: Connection, limit: int) -> list[dict[str, str | None]]:
    """Some people of the base who can be reached, always the same: for the demo."""
    return [dict(row) for row in conn.execute(_PEOPLE, {"limit": limit}).mappings()]
