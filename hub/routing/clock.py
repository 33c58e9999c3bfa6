"""The clock of a lead: a state machine over dated events. What happened is a list of events; where the lead stands follows.

offered ── accepted ── contacted ── won
   │          │            │  └──── lost ── challenged ─┐
   └─ declined, expired ───┴── offered to the next ◄────┘
                               └─ nobody is left, or enough were tried: head_office
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any

from hub.errors import Conflict
from hub.routing.hours import Calendar
from hub.routing.policy import Clock

OPEN = ("offered", "accepted", "contacted")  # states in which a dealer holds the lead
ENDED = ("won", "lost")
STATES = (*OPEN, *ENDED, "head_office")
AUTOMATIC = ("warned", "expired", "offered", "escalated", "challenged", "moved")


@dataclass(frozen=True)
class Event:
    """One step in the life of a lead.

    Attributes:
        kind: offered, warned, accepted, declined, contacted, progressed, expired, won, lost, challenged, moved, reassigned,
            escalated, repeated.
        dealer: whom it concerns; None: head office.
        body: what else belongs to it; never personal data.
    """

    kind: str
    at: datetime
    dealer: str | None = None
    body: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Terms:
    """The terms of one offer.

    Attributes:
        accept_by, contact_by: until when the dealer must have accepted, and contacted the customer.
        warn_accept_at, warn_contact_at: when it is warned.
    """

    accept_by: datetime
    contact_by: datetime
    warn_accept_at: datetime
    warn_contact_at: datetime


@dataclass(frozen=True)
class LeadState:
    """Where a lead stands: what its events amount to.

    Attributes:
        dealer: who holds it; None: head office.
        offers: how many dealers it was offered to since it came, or since head office or a challenge began anew.
        tried: dealers that have had it, the present one included.
        warned: the terms of the present offer that the dealer was warned of.
        challenged, moved: whether that was done; each happens once at most.
    """

    state: str = "new"
    dealer: str | None = None
    offers: int = 0
    tried: frozenset[str] = frozenset()
    terms: Terms | None = None
    warned: frozenset[str] = frozenset()
    offered_at: datetime | None = None
    contacted_at: datetime | None = None
    challenged: bool = False
    moved: bool = False


@dataclass(frozen=True)
class Due:
    """What the clock has to do: ``warned`` or ``expired``, of which term, and since when."""

    kind: str
    term: str
    since: datetime


def terms(calendar: Calendar, at: datetime, clock: Clock) -> Terms:
    """The terms of an offer made at a moment, in the dealer's business time.

    A dealer that does not open again is given wall-clock time, so that every offer ends.
    """

    def due(minutes: float) -> datetime:
        return calendar.after(at, minutes) or at + timedelta(minutes=minutes)

    return Terms(
        accept_by=due(clock.accept_minutes),
        contact_by=due(clock.contact_minutes),
        warn_accept_at=due(clock.accept_minutes * clock.warn_at),
        warn_contact_at=due(clock.contact_minutes * clock.warn_at),
    )


def fold(events: Iterable[Event]) -> LeadState:
    """Where a lead stands after its events."""
    state = LeadState()
    for event in events:
        state = apply(state, event)
    return state


def apply(state: LeadState, event: Event) -> LeadState:
    """The state after one more event.

    Raises:
        Conflict: the event cannot happen in this state.
    """
    kind = event.kind
    if kind == "offered":
        return _offered(state, event)
    if kind == "escalated":
        _must(state, kind, "new", *OPEN)
        return replace(state, state="head_office", dealer=None, terms=None, warned=frozenset())
    if kind in ("challenged", "moved"):
        _must(state, kind, *(("lost",) if kind == "challenged" else (*OPEN, "head_office")))
        return replace(
            state, challenged=state.challenged or kind == "challenged", moved=state.moved or kind == "moved", offers=0
        )
    if kind in ("repeated", "progressed"):
        return state
    if kind == "reassigned":
        _must(state, kind, *OPEN, "head_office")
        return replace(state, offers=0)
    _held_by(state, event)
    if kind == "warned":
        return replace(state, warned=state.warned | {str(event.body["term"])})
    if kind == "accepted":
        _must(state, kind, "offered")
        return replace(state, state="accepted")
    if kind in ("declined", "expired"):
        _must(state, kind, "offered", "accepted")
        return state  # what follows is an offer to the next dealer, or escalation
    if kind == "contacted":
        _must(state, kind, "offered", "accepted")
        return replace(state, state="contacted", contacted_at=event.at)
    assert kind in ENDED, kind
    _must(state, kind, *OPEN)
    return replace(state, state=kind)


def _offered(state: LeadState, event: Event) -> LeadState:
    _must(state, "offered", "new", "offered", "accepted", "contacted", "lost", "head_office")
    assert event.dealer is not None
    times = {name: datetime.fromisoformat(event.body[name]) for name in Terms.__dataclass_fields__}
    return replace(
        state,
        state="offered",
        dealer=event.dealer,
        offers=state.offers + 1,
        tried=state.tried | {event.dealer},
        terms=Terms(**times),
        warned=frozenset(),
        offered_at=event.at,
        contacted_at=None,
    )


def due(state: LeadState, at: datetime) -> Due | None:
    """The earliest thing that the clock must do by ``at``; None when all is in time."""
    found = [item for item in _agenda(state) if item.since <= at]
    return min(found, key=lambda item: (item.since, item.kind), default=None)


def next_due(state: LeadState) -> datetime | None:
    """When the clock must look at the lead again; None when nothing is to come by itself."""
    return min((item.since for item in _agenda(state)), default=None)


def _agenda(state: LeadState) -> list[Due]:
    times = state.terms
    if times is None or state.state not in ("offered", "accepted"):
        return []
    agenda = [Due("expired", "contact", times.contact_by)]
    if "contact" not in state.warned:
        agenda.append(Due("warned", "contact", times.warn_contact_at))
    if state.state == "offered":
        agenda.append(Due("expired", "accept", times.accept_by))
        if "accept" not in state.warned:
            agenda.append(Due("warned", "accept", times.warn_accept_at))
    return agenda


def in_time(state: LeadState) -> bool:
    """Whether the first contact came within its term."""
    return bool(state.contacted_at and state.terms and state.contacted_at <= state.terms.contact_by)


def challenged(lead_id: str, share: float) -> bool:
    """Whether a lead that its dealer reports as lost is offered to another dealer: a fixed share of all leads, by their ids."""
    digest = blake2b(lead_id.encode(), digest_size=8, person=b"lost-challenge").digest()
    return int.from_bytes(digest) < share * 2**64


def _held_by(state: LeadState, event: Event) -> None:
    if event.dealer is None or event.dealer != state.dealer:
        raise Conflict("The lead is not this dealer's any more.")


def _must(state: LeadState, kind: str, *allowed: str) -> None:
    if state.state not in allowed:
        raise Conflict(f"A lead that is {_WORDS.get(state.state, state.state)} cannot be {kind}.")


_WORDS = {"head_office": "with head office"}
