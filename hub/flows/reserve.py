"""Reserve contacts for a while, confirm them or let them go; atomically over the whole network."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from hub.contact.caps import Event
from hub.contact.permission import Ask, Judge, decide
from hub.contact.policy import Policy
from hub.errors import Busy, Conflict, Invalid, NotFound
from hub.flows.permit import Answer, Permit, Request, as_json, asked, kinds_of, know, told
from hub.store.contact_parties import Party, Reference, resolve_parties, resolved, which_brands
from hub.store.contact_policies import which_policy
from hub.store.contacts import Turn, add_contacts
from hub.store.engine import Database
from hub.store.questions import ask as ask_one
from hub.store.questions import together
from hub.store.requests import Once, claim, keep
from hub.store.reservations import (
    Reservation,
    add_reservations,
    end_reservations,
    find_reservation,
    lock_stripes,
    stripes_of,
)
from hub.store.uploads import enter

Clock = Callable[[], datetime]
_TRIES = 10  # a merge may move people while we wait for their locks; then we begin anew


class _MovedError(Exception):
    """The people that we hold locks of are no longer those that we look at."""


def reserve(
    db: Database, request: Request, minutes: float | None, author: str, clock: Clock, once: Once | None = None
) -> tuple[dict[str, Any], bool]:
    """Answer a request, and reserve every contact that is permitted.

    A reservation counts like a contact that was made until it is released or runs out, for everybody in the network. Within
    one request the earlier persons go first: two people of one household, or one person under two numbers, meet the caps too.

    Args:
        minutes: how long the reservations last; None: as the policy says.
        author: how the ledger names the caller.
        clock: tells the time; asked once the locks are held.
        once: makes a repeated request get the first one's answer.

    Returns:
        The answer (`as_json`), and whether it is that of an earlier request.

    Raises:
        Invalid: see `permit`; or the time is longer than the policy allows.
        KeyReused: see `claim`.
    """
    for _ in range(_TRIES):
        try:
            with db.worker() as conn:
                known = claim(conn, once, clock()) if once else None
                if known is not None:
                    return known, True
                answer = _reserve(conn, request, minutes, author, clock)
                if once:
                    keep(conn, once, answer)
                return answer, False
        except _MovedError:
            continue
    raise Busy("The base is being changed; try again in a minute.")


def _reserve(conn: Connection, request: Request, minutes: float | None, author: str, clock: Clock) -> dict[str, Any]:
    found, now, policy, brands = _locked(conn, request, clock)
    ask = asked(request, policy, now)
    lasts = _lasts(minutes, policy)
    at = request.at or now
    kinds = kinds_of(ask, request.brand, brands, policy)
    known = know(conn, ask, kinds, sorted({one.golden for one in found if one}), (at, now), policy)
    judge = Judge(ask, policy)
    answers, granted = [], []
    for party in found:
        verdict = judge.decide(known.facts(party.golden) if party else None, at)
        if party and verdict.permitted:
            known.events.setdefault(party.golden, []).append(Event(at, ask.channel, ask.purpose, ask.dealer))
            granted.append(party)
        answers.append(Answer(party, told(ask, verdict)))
    since = clock()  # later than the end of any reservation that was seen to be over
    held = _store(conn, request, ask, granted, (at, since, since + lasts), policy, author)
    ids = iter(held)
    shown = [
        answer._replace(held={"id": str(next(ids)), "expires_at": (since + lasts).isoformat()})
        if answer.verdict.permitted
        else answer
        for answer in answers
    ]
    return as_json(Permit(policy.version, at, shown), names=not ask.guarded)


def _locked(
    conn: Connection, request: Request, clock: Clock
) -> tuple[list[Party | None], datetime, Policy, list[str] | None]:
    """The people of a request, with the locks held of all that they and their households consist of.

    Returns:
        Also the moment when the locks were there, the policy then in force, and the brands of the request's dealer.
    """
    own = request.dealer if request.guarded else None
    before = resolve_parties(conn, request.parties, own)
    stripes = ask_one(conn, stripes_of([one.golden for one in before if one]))
    with together(conn) as send:
        send(lock_stripes(stripes))
        resolving = resolved(send, request.parties, own)  # sees what those did for whom we waited
    found, now = resolving(), clock()
    with together(conn) as send:
        scope = send(stripes_of([one.golden for one in found if one]))
        policy = send(which_policy(now))
        brands = send(which_brands(request.dealer)) if request.dealer is not None else None
    if not scope() <= stripes:
        raise _MovedError
    return found, now, policy(), brands() if brands else None


def _lasts(minutes: float | None, policy: Policy) -> timedelta:
    lasts = policy.reservation.minutes if minutes is None else minutes
    if not 0 < lasts <= policy.reservation.minutes_most:
        raise Invalid(f"A reservation lasts up to {policy.reservation.minutes_most:g} minutes.")
    return timedelta(minutes=lasts)


def _store(
    conn: Connection,
    request: Request,
    ask: Ask,
    granted: list[Party],
    moments: tuple[datetime, datetime, datetime],
    policy: Policy,
    author: str,
) -> list[UUID]:
    """Enter the reservations; returns their ids in the order of those who were granted."""
    if not granted:
        return []
    at, now, until = moments
    common = {
        "dealer": ask.dealer, "channel": ask.channel, "purpose": ask.purpose, "campaign": request.campaign,
        "priority": ask.priority, "policy": policy.version,
    }  # fmt: skip
    told_of = {"at": at.isoformat(), "expires_at": until.isoformat(), "records": [str(one.record) for one in granted]}
    entry = enter(conn, "reservation", ask.dealer, now, author, {"action": "reserve", **common, **told_of})
    ids = [_id(entry, number) for number in range(len(granted))]
    times = {"entry_id": entry, "at": at, "reserved_at": now, "expires_at": until}
    add_reservations(conn, ids, [one.record for one in granted], {**common, **times})
    return ids


def _id(entry: int, number: int) -> UUID:
    """The id of what an entry brought at this place: the same when the ledger is replayed."""
    return UUID(bytes=blake2b(f"{entry}/{number}".encode(), digest_size=16, person=b"contact").digest())


def confirm(
    db: Database, reservation: UUID, dealer: str | None, guarded: bool, author: str, clock: Clock
) -> tuple[UUID, datetime]:
    """The contact is made, or firmly planned: it counts for good. Everything is weighed once more.

    What may have changed since: the person withdrew a consent, or two records turned out to be one person, and somebody
    else's reservation was the earlier one. To confirm again does nothing.

    Args:
        dealer: the caller's; None: the importer's people.
        guarded: the caller is a dealer, and reaches its own reservations alone.

    Returns:
        The contact's id and its time.

    Raises:
        NotFound: no such reservation of the caller's.
        Conflict: it ran out or was released, or the contact is no longer permitted.
    """
    for _ in range(_TRIES):
        try:
            with db.worker() as conn:
                return _confirm(conn, _find(conn, reservation, dealer, guarded), guarded, author, clock)
        except _MovedError:
            continue
    raise Busy("The base is being changed; try again in a minute.")


def _confirm(
    conn: Connection, asked_for: Reservation, guarded: bool, author: str, clock: Clock
) -> tuple[UUID, datetime]:
    request = Request(
        purpose=asked_for.purpose,
        channel=asked_for.channel,
        parties=[Reference(golden_id=asked_for.party)],
        dealer=asked_for.dealer,
        campaign=asked_for.campaign,
    )
    people, now, policy, brands = _locked(conn, request, clock)
    party = people[0]
    found = _find(conn, asked_for.reservation, asked_for.dealer, True)  # as it is now that we hold the lock
    contact = _id(0, found.reservation.int)
    if found.ended_by == "confirmed" and found.ended_at:
        return contact, max(found.at, found.ended_at)
    if found.ended_by or found.expires_at <= now:
        raise Conflict("The reservation was released or has run out. Ask again; report a contact that was made.")
    ask = Ask(found.purpose, found.channel, found.dealer, found.priority, guarded)
    turn = Turn(found.reserved_at, found.reservation)
    at = max(now, found.at)  # a contact that is planned counts from its own time on
    kinds = kinds_of(ask, request.brand, brands, policy)
    known = know(conn, ask, kinds, [party.golden] if party else [], (at, now), policy, turn)
    verdict = told(ask, decide(ask, known.facts(party.golden) if party else None, at, policy))
    if not verdict.permitted:
        codes = ", ".join(reason.code for reason in verdict.reasons if reason.forbids)
        raise Conflict(f"The contact is no longer permitted: {codes}. Release the reservation.")
    entry = enter(conn, "reservation", found.dealer, now, author, {"action": "confirm", "id": str(found.reservation)})
    row = {
        "contact_id": contact, "party": found.party, "channel": found.channel, "purpose": found.purpose,
        "campaign": found.campaign, "outcome": None, "at": at, "reservation": found.reservation,
    }  # fmt: skip
    add_contacts(conn, entry, found.dealer, now, [row])
    end_reservations(conn, [found.reservation], now, "confirmed")
    return contact, at


def release(db: Database, reservation: UUID, dealer: str | None, guarded: bool, author: str, clock: Clock) -> None:
    """The contact will not be made: the person is free for others. To release again, or too late, does nothing.

    Raises:
        NotFound: no such reservation of the caller's.
        Conflict: it was confirmed.
    """
    with db.worker() as conn:
        found = _find(conn, reservation, dealer, guarded)
        now = clock()
        if end_reservations(conn, [reservation], min(now, found.expires_at), "released"):
            body = {"action": "release", "id": str(reservation)}
            enter(conn, "reservation", found.dealer, now, author, body)
        elif _find(conn, reservation, dealer, guarded).ended_by == "confirmed":
            raise Conflict("The reservation was confirmed: the contact counts as made.")


def _find(conn: Connection, reservation: UUID, dealer: str | None, guarded: bool) -> Reservation:
    found = find_reservation(conn, reservation, dealer, everybody=not guarded)
    if found is None:
        raise NotFound("There is no such reservation.")
    return found
