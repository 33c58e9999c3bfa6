"""Offers: each time that a lead was given to a dealer. And the decisions behind them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Connection, RowMapping

from hub.routing.clock import Terms
from hub.routing.decide import Decision

_OFFER = sa.text(
    """INSERT INTO offer (lead_id, dealer, brand, purpose, offered_at, accept_by, contact_by, status, live, cause, rule, km)
       VALUES (:lead_id, :dealer, :brand, :purpose, :offered_at, :accept_by, :contact_by, 'open', true, :cause, :rule, :km)
       RETURNING offer_id"""
)
_DECISION = sa.text(
    "INSERT INTO lead_decision SELECT * FROM jsonb_populate_record(NULL::lead_decision, CAST(:decision AS jsonb))"
)
_END = sa.text(
    """UPDATE offer SET status = :status, live = false, ended_at = :at, on_time = coalesce(on_time, :on_time)
       WHERE lead_id = :lead_id AND live RETURNING offer_id, dealer"""
)
_ACCEPT = sa.text(
    "UPDATE offer SET status = 'accepted', accepted_at = :at WHERE lead_id = :lead_id AND live RETURNING offer_id"
)
_CONTACT = sa.text(
    """UPDATE offer SET status = 'contacted', contacted_at = :at, accepted_at = coalesce(accepted_at, :at),
           on_time = :on_time, response_minutes = :minutes WHERE lead_id = :lead_id AND live RETURNING offer_id"""
)
_DECISIONS = sa.text("SELECT * FROM lead_decision WHERE lead_id = :lead_id ORDER BY no")
_DECIDED = sa.text("SELECT * FROM lead_decision WHERE lead_id = :lead_id AND no = :no")


@dataclass(frozen=True)
class NewOffer:
    """A lead about to be given to a dealer.

    Attributes:
        cause: first, declined, expired, challenge, moved, reassigned, head_office.
        rule: by which the dealer was chosen (`hub.routing.decide.RULES`).
    """

    lead_id: UUID
    dealer: str
    brand: str
    purpose: str
    at: datetime
    terms: Terms
    cause: str
    rule: str
    km: float | None


def add_offer(conn: Connection, offer: NewOffer) -> int:
    """Give the lead to the dealer; returns the offer's number. The database refuses a second live offer of one lead.

    The dealer's row of `allocation` must be locked by this transaction.
    """
    values = {
        "lead_id": offer.lead_id,
        "dealer": offer.dealer,
        "brand": offer.brand,
        "purpose": offer.purpose,
        "offered_at": offer.at,
        "accept_by": offer.terms.accept_by,
        "contact_by": offer.terms.contact_by,
        "cause": offer.cause,
        "rule": offer.rule,
        "km": offer.km,
    }
    return int(conn.execute(_OFFER, values).scalar_one())


def end_offer(
    conn: Connection, lead_id: UUID, status: str, at: datetime, on_time: bool | None
) -> tuple[int, str] | None:
    """End a lead's live offer; returns its number and dealer.

    Args:
        on_time: whether the customer was contacted in time, if that is known only now.
    """
    row = conn.execute(_END, {"lead_id": lead_id, "status": status, "at": at, "on_time": on_time}).one_or_none()
    return None if row is None else (row.offer_id, row.dealer)


def accept_offer(conn: Connection, lead_id: UUID, at: datetime) -> int:
    """The dealer takes the lead; returns the offer's number."""
    return int(conn.execute(_ACCEPT, {"lead_id": lead_id, "at": at}).scalar_one())


def contact_made(conn: Connection, lead_id: UUID, at: datetime, on_time: bool, minutes: float) -> int:
    """The dealer has contacted the customer, ``minutes`` of business time after the offer; returns the offer's number."""
    values = {"lead_id": lead_id, "at": at, "on_time": on_time, "minutes": minutes}
    return int(conn.execute(_CONTACT, values).scalar_one())


def add_decision(
    conn: Connection, decision: Decision, no: int, wish: Mapping[str, Any], person: Mapping[str, Any]
) -> None:
    """Keep a decision with its inputs; ``no`` is that of the lead's event that it led to."""
    conn.execute(_DECISION, {"decision": json.dumps(decision_row(decision, no, wish, person), default=str)})


def decision_row(decision: Decision, no: int, wish: Mapping[str, Any], person: Mapping[str, Any]) -> dict[str, Any]:
    """A row of table `lead_decision`."""
    return {
        "lead_id": decision.lead_id,
        "no": no,
        "at": decision.at,
        "chosen": decision.dealer,
        "rule": decision.rule,
        "policy": decision.policy,
        "network": decision.network,
        "wish": wish,
        "person": person,
        "candidates": decision.candidates.kept(),
        "weights": decision.weights,
        "credits_before": decision.credits_before,
        "credits_after": decision.credits_after,
    }


def decisions_of(conn: Connection, lead_id: UUID) -> Sequence[RowMapping]:
    """All decisions about a lead, in order."""
    return conn.execute(_DECISIONS, {"lead_id": lead_id}).mappings().all()


def decision_of(conn: Connection, lead_id: UUID, no: int) -> RowMapping:
    """One decision about a lead."""
    return conn.execute(_DECIDED, {"lead_id": lead_id, "no": no}).mappings().one()


# -------------------------------------------------------------------- lists

_SEEN = """o.offer_id, o.lead_id, o.dealer, o.brand, o.purpose, o.offered_at, o.accept_by, o.contact_by, o.status,
    o.live, o.accepted_at, o.contacted_at, o.ended_at, o.on_time, o.cause"""
# Numbers are given out before transactions end, so "above the last number" could miss what commits late. Not here, within
# one dealer: who makes an offer holds the dealer's row of `allocation` from before the number to the end (`add_offer`).
_PAGE = sa.text(
    f"""SELECT {_SEEN} FROM offer o
        WHERE o.offer_id > :after AND (CAST(:dealer AS text) IS NULL OR o.dealer = :dealer)
          AND (CAST(:status AS text) IS NULL OR o.status = :status)
        ORDER BY o.offer_id LIMIT :limit"""
)
_LATEST = sa.text(
    f"""SELECT {_SEEN} FROM offer o WHERE o.lead_id = :lead_id AND (CAST(:dealer AS text) IS NULL OR o.dealer = :dealer)
        ORDER BY o.offer_id DESC LIMIT 1"""
)
# What a dealer has to do: the nearest deadline first; who waits for an outcome has none
_LIVE = sa.text(
    f"""SELECT {_SEEN} FROM offer o WHERE o.dealer = :dealer AND o.live
        ORDER BY CASE o.status WHEN 'open' THEN o.accept_by WHEN 'accepted' THEN o.contact_by END NULLS LAST, o.offer_id
        LIMIT :limit"""
)
_ENDED = sa.text(
    f"""SELECT {_SEEN} FROM offer o WHERE o.dealer = :dealer AND NOT o.live AND o.status = ANY(:statuses)
          AND (CAST(:before AS bigint) IS NULL OR o.offer_id < :before)
        ORDER BY o.offer_id DESC LIMIT :limit"""
)
_OFFER_BY_ID = sa.text(f"SELECT {_SEEN} FROM offer o WHERE o.offer_id = :offer_id")


def list_offers(
    conn: Connection, after: int, limit: int, dealer: str | None = None, status: str | None = None
) -> Sequence[RowMapping]:
    """Offers in the order of their numbers. Whoever reads one dealer's and goes on from the last one misses none.

    Args:
        after: number of the last one seen; 0 to begin.
    """
    asked = {"after": after, "limit": limit, "dealer": dealer, "status": status}
    return conn.execute(_PAGE, asked).mappings().all()


def live_offers(conn: Connection, dealer: str, limit: int) -> Sequence[RowMapping]:
    """The leads that a dealer holds, the most urgent first."""
    return conn.execute(_LIVE, {"dealer": dealer, "limit": limit}).mappings().all()


def count_live(conn: Connection, dealer: str) -> int:
    """How many leads a dealer holds."""
    query = sa.text("SELECT count(*) FROM offer WHERE dealer = :dealer AND live")
    return int(conn.execute(query, {"dealer": dealer}).scalar_one())


def ended_offers(
    conn: Connection, dealer: str, statuses: Sequence[str], before: int | None, limit: int
) -> Sequence[RowMapping]:
    """Offers to a dealer that ended in one of these ways, the latest first.

    Args:
        before: number of the last one seen; None to begin.
    """
    asked = {"dealer": dealer, "statuses": list(statuses), "before": before, "limit": limit}
    return conn.execute(_ENDED, asked).mappings().all()


def latest_offer(conn: Connection, lead_id: UUID, dealer: str | None = None) -> RowMapping | None:
    """The latest offer of a lead, or the latest to one dealer."""
    return conn.execute(_LATEST, {"lead_id": lead_id, "dealer": dealer}).mappings().one_or_none()


def find_offer(conn: Connection, offer_id: int) -> RowMapping | None:
    """An offer by its number."""
    return conn.execute(_OFFER_BY_ID, {"offer_id": offer_id}).mappings().one_or_none()
