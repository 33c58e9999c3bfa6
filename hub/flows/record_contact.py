"""Contacts that were made are reported: they count against the caps of the whole network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from hub.contact.policy import CHANNELS, PURPOSES
from hub.errors import Invalid
from hub.store.contact_parties import Party, Reference, resolve_parties
from hub.store.contacts import add_contacts
from hub.store.dealer_pages import find_dealer
from hub.store.engine import Database
from hub.store.requests import Once, claim, keep
from hub.store.reservations import end_reservations, find_reservation
from hub.store.uploads import enter

_AHEAD = timedelta(minutes=5)  # clocks differ


@dataclass(frozen=True)
class Made:
    """A contact that was made.

    Attributes:
        reservation: that it made use of; the reservation ends.
        outcome: in the dealer's words; those that the policy lists as "not reached" do not count.
    """

    party: Reference
    purpose: str
    channel: str
    at: datetime
    campaign: str | None = None
    outcome: str | None = None
    reservation: UUID | None = None


@dataclass(frozen=True)
class Reporter:
    """Who reports: ``dealer`` made the contacts (None: the importer), ``guarded`` if it reports them itself."""

    dealer: str | None
    guarded: bool
    author: str


def record_contacts(
    db: Database, made: Sequence[Made], by: Reporter, now: datetime, once: Once | None = None
) -> tuple[dict[str, Any], bool]:
    """Enter contacts; what was done is recorded whether it was permitted or not.

    Returns:
        ``results`` in the order of the report: the contact's id, or null where the person is unknown; and whether the
        answer is that of an earlier request.

    Raises:
        Invalid: an unknown purpose or channel, or a time that is not yet.
        KeyReused: see `claim`.
    """
    for place, one in enumerate(made):
        _check(one, place, now)
    with db.worker() as conn:
        known = claim(conn, once, now) if once else None
        if known is not None:
            return known, True
        if by.dealer and find_dealer(conn, by.dealer) is None:
            raise Invalid("Unknown dealer. `GET /v1/dealers` lists the codes.")
        answer = _record(conn, made, by, now)
        if once:
            keep(conn, once, answer)
        return answer, False


def _check(one: Made, place: int, now: datetime) -> None:
    if one.purpose not in PURPOSES:
        raise Invalid(f"contacts[{place}]: unknown purpose; there are {', '.join(PURPOSES)}.")
    if one.channel not in CHANNELS:
        raise Invalid(f"contacts[{place}]: unknown channel; there are {', '.join(CHANNELS)}.")
    if one.at > now + _AHEAD:
        raise Invalid(f"contacts[{place}]: `at` is in the future; reserve a contact that is planned.")


def _record(conn: Connection, made: Sequence[Made], by: Reporter, now: datetime) -> dict[str, Any]:
    found = resolve_parties(conn, [one.party for one in made], by.dealer if by.guarded else None)
    known = [(one, party) for one, party in zip(made, found, strict=True) if party]
    ids: list[UUID] = []
    if known:
        body = {"contacts": [_told(one, party) for one, party in known]}
        entry = enter(conn, "contact", by.dealer, now, by.author, body)
        ids = [_id(entry, number) for number in range(len(known))]
        used = _used(conn, [one for one, _ in known], by, now)
        rows = [
            {
                "contact_id": contact, "party": party.record, "purpose": one.purpose, "channel": one.channel,
                "at": one.at, "campaign": one.campaign, "outcome": one.outcome,
                "reservation": _first(used, one.reservation),
            }
            for contact, (one, party) in zip(ids, known, strict=True)
        ]  # fmt: skip
        add_contacts(conn, entry, by.dealer, now, rows)
    following = iter(ids)
    results = [{"contact_id": str(next(following)) if party else None} for party in found]
    return {"recorded": len(ids), "results": results}


def _used(conn: Connection, made: Sequence[Made], by: Reporter, now: datetime) -> set[UUID]:
    """The reservations that end by these contacts: open ones of the reporter's own, each once."""
    used: set[UUID] = set()
    for one in made:
        if one.reservation is None or one.reservation in used:
            continue
        found = find_reservation(conn, one.reservation, by.dealer, everybody=not by.guarded)
        if found and end_reservations(conn, [one.reservation], now, "confirmed"):
            used.add(one.reservation)
    return used


def _first(used: set[UUID], reservation: UUID | None) -> UUID | None:
    """The reservation for the first contact that made use of it; None for any further one."""
    if reservation not in used:
        return None
    used.remove(reservation)
    return reservation


def _told(one: Made, party: Party) -> dict[str, Any]:
    return {
        "record": str(party.record), "purpose": one.purpose, "channel": one.channel, "at": one.at.isoformat(),
        "campaign": one.campaign, "outcome": one.outcome,
        "reservation": str(one.reservation) if one.reservation else None,
    }  # fmt: skip


def _id(entry: int, number: int) -> UUID:
    """The id of a contact: the same when the ledger is replayed."""
    return UUID(bytes=blake2b(f"{entry}/{number}".encode(), digest_size=16, person=b"made").digest())
