"""Leads for readers: a dealer's offers with the person while they are its own, and the whole history for head office."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, RowMapping

from hub.access.opaque_ids import Words
from hub.errors import Conflict, Gone, NotFound
from hub.flows.route_lead import Routed, routed_of
from hub.routing.adf import adf_text
from hub.routing.clock import OPEN, Event
from hub.store import leads, offers
from hub.store.engine import Database
from hub.store.leads import Lead
from hub.store.routing_network import dealer_name

_TELLING = ("term", "channel", "to")  # of an event, that the dealer may know
OWN = ("open", "accepted", "contacted", "won")  # statuses of an offer in which the person is shown to the dealer


@dataclass(frozen=True)
class Told:
    """An offer, and the person's columns where the reader may see them."""

    row: Mapping[str, Any]
    person: Mapping[str, Any] | None


@dataclass(frozen=True)
class History:
    """A lead with everything that happened to it."""

    lead: Lead
    events: list[Event]
    decisions: list[Routed]


def read_offers(db: Database, after: int, limit: int, dealer: str | None, status: str | None) -> list[Told]:
    """Offers after a number, in order; a dealer's own, or all."""
    with db.worker() as conn:
        return _told(conn, offers.list_offers(conn, after, limit, dealer, status))


def read_work(db: Database, dealer: str, limit: int) -> list[Told]:
    """The leads that a dealer holds, the most urgent first."""
    with db.worker() as conn:
        return _told(conn, offers.live_offers(conn, dealer, limit))


def read_ended(db: Database, dealer: str, statuses: Sequence[str], before: int | None, limit: int) -> list[Told]:
    """Offers to a dealer that ended in one of these ways, the latest first; ``before``: number of the last one seen."""
    with db.worker() as conn:
        return _told(conn, offers.ended_offers(conn, dealer, statuses, before, limit))


def _told(conn: Connection, rows: Sequence[RowMapping]) -> list[Told]:
    persons = leads.persons_of(conn, [row["lead_id"] for row in rows if row["status"] in OWN])
    return [Told(dict(row), persons.get(row["lead_id"]) if row["status"] in OWN else None) for row in rows]


def read_own_steps(db: Database, lead_id: UUID, dealer: str) -> list[Event]:
    """What happened to a lead while it was this dealer's: nothing of what others did with it, or that there were others.

    Raises:
        NotFound: it was never offered to the dealer.
    """
    with db.worker() as conn:
        if offers.latest_offer(conn, lead_id, dealer) is None:
            raise NotFound("There is no such lead.")
        own = [event for event in leads.events_of(conn, lead_id) if event.dealer == dealer]
    return [replace(event, body={name: event.body[name] for name in _TELLING if name in event.body}) for event in own]


def read_offer(db: Database, lead_id: UUID, dealer: str) -> Told:
    """A dealer's latest offer of a lead.

    Raises:
        NotFound: it was never offered to the dealer.
    """
    with db.worker() as conn:
        row = offers.latest_offer(conn, lead_id, dealer)
        if row is None:
            raise NotFound("There is no such lead.")
        return told_of(conn, row)


def told_of(conn: Connection, row: RowMapping) -> Told:
    """An offer with its person, if it is still the dealer's."""
    if row["status"] not in OWN:
        return Told(dict(row), None)
    return Told(dict(row), leads.persons_of(conn, [row["lead_id"]]).get(row["lead_id"]))


def read_history(db: Database, lead_id: UUID) -> History:
    """A lead, what happened to it, and why.

    Raises:
        NotFound: there is none.
    """
    with db.worker() as conn:
        lead = _found(conn, lead_id)
        decisions = [routed_of(row, None) for row in offers.decisions_of(conn, lead_id)]
        return History(lead, leads.events_of(conn, lead_id), decisions)


def adf_of(db: Database, lead_id: UUID, dealer: str | None) -> str:
    """A lead as ADF text for the dealer that holds it.

    Args:
        dealer: who asks; None: head office.

    Raises:
        NotFound: there is none, or it was never offered to the dealer.
        Conflict: nobody holds it, or no longer this dealer.
        Gone: the person was erased.
    """
    with db.worker() as conn:
        if dealer is not None and offers.latest_offer(conn, lead_id, dealer) is None:
            raise NotFound("There is no such lead.")
        lead = _found(conn, lead_id)
        if lead.dealer is None or dealer not in (None, lead.dealer) or lead.state not in (*OPEN, "won"):
            raise Conflict("The lead is not with a dealer that could be told, or not with you any more.")
        columns = leads.lead_columns(conn, lead.rid)
        if not columns:
            raise Gone("The person was erased.")
        shown = {name: _text(value) for name, value in columns.items()}
        return adf_text(str(lead_id), lead.received_at, shown, lead.dealer, dealer_name(conn, lead.dealer))


_NAMES = ("dealer", "status", "brand", "purpose", "on_time")
_TIMES = ("offered_at", "accept_by", "contact_by", "accepted_at", "contacted_at", "ended_at")


def offer_facts(told: Told, words: Words) -> dict[str, Any]:
    """An offer as JSON values, as API and webhook show it (`api.schemas.leads.Offer`)."""
    row = told.row
    shown = {name: row[name] for name in _NAMES} | {name: when(row[name]) for name in _TIMES}
    known = {name: _plain(value) for name, value in (told.person or {}).items() if value is not None}
    offer_id = words.offers.word(row["offer_id"])
    return {"offer_id": offer_id, **shown, "lead_id": str(row["lead_id"]), "person": known or None}


def when(moment: datetime | None) -> str | None:
    """A time as JSON has it."""
    return None if moment is None else moment.isoformat().replace("+00:00", "Z")


def _plain(value: Any) -> Any:
    return when(value) if isinstance(value, datetime) else value


def _found(conn: Connection, lead_id: UUID) -> Lead:
    lead = leads.find_lead(conn, lead_id)
    if lead is None:
        raise NotFound("There is no such lead.")
    return lead


def _text(value: Any) -> str | None:
    return value.isoformat() if isinstance(value, datetime) else value
