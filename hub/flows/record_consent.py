"""Consents and withdrawals that come by API or command line; and one person's consents with their proof."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from hub.contact.consent import (
    ANY,
    CONSENT_CHANNELS,
    GRANTED,
    LEGAL,
    PURPOSES,
    WITHDRAWN,
    ConsentState,
    Controller,
    consent_state,
)
from hub.errors import Forbidden, Invalid, NotFound
from hub.store.consents import LedgerLine, add_statement, ledger, load_statements
from hub.store.contact_parties import Reference, resolve_parties
from hub.store.contact_policies import policy_in_force
from hub.store.dealer_pages import find_dealer
from hub.store.engine import Database
from hub.store.requests import Once, claim, keep
from hub.store.uploads import enter

_AHEAD = timedelta(minutes=5)  # clocks differ
CONTROLLERS = ("dealer", "importer", "manufacturer")


@dataclass(frozen=True)
class Said:
    """What a person said.

    Attributes:
        purpose: one of `hub.contact.consent.PURPOSES`.
        at: when; None: now.
        dealer: which dealer, where the controller is one.
        evidence: where the proof is: a scan's name, a call's number; never the proof itself.
    """

    party: Reference
    purpose: str
    channel: str
    status: str
    controller: str
    dealer: str | None = None
    at: datetime | None = None
    expires_at: datetime | None = None
    wording_version: str | None = None
    evidence: str | None = None


@dataclass(frozen=True)
class Recorder:
    """Who records: a dealer (guarded: it reaches its own records alone), or the importer's people (None)."""

    dealer: str | None
    author: str


def record_consent(
    db: Database, said: Said, by: Recorder, now: datetime, once: Once | None = None
) -> tuple[dict[str, Any], bool]:
    """Add one statement to the ledger; nothing is ever changed or removed there.

    Returns:
        Its number, record and time; and whether the answer is that of an earlier request.

    Raises:
        NotFound: nobody, or nobody that the caller may see, has that id or number.
        Invalid, Forbidden: it cannot be said, or not by this caller.
        KeyReused: see `claim`.
    """
    _check(said, by, now)
    with db.worker() as conn:
        known = claim(conn, once, now) if once else None
        if known is not None:
            return known, True
        if said.dealer and find_dealer(conn, said.dealer) is None:
            raise Invalid("Unknown dealer. `GET /v1/dealers` lists the codes.")
        party = resolve_parties(conn, [said.party], by.dealer)[0]
        if party is None:
            raise NotFound("There is no such person.")
        at = said.at or now
        told = {name: value for name, value in asdict(said).items() if name not in ("party", "dealer")}
        row = {**told, "party": party.record, "controller_dealer": said.dealer, "at": at}
        body = {name: _plain(value) for name, value in row.items()}
        entry = enter(conn, "consent", by.dealer, now, by.author, body)
        add_statement(conn, {**row, "entry_id": entry, "dealer": by.dealer, "received_at": now, "author": by.author})
        answer = {
            "entry_id": entry,
            "record_id": str(party.record),
            "at": at.isoformat(),
            "received_at": now.isoformat(),
        }
        if once:
            keep(conn, once, answer)
        return answer, False


def _check(said: Said, by: Recorder, now: datetime) -> None:
    for name, value, known in (
        ("purpose", said.purpose, PURPOSES),
        ("channel", said.channel, CONSENT_CHANNELS),
        ("status", said.status, (GRANTED, WITHDRAWN)),
        ("controller", said.controller, CONTROLLERS),
    ):
        if value not in known:
            raise Invalid(f"Unknown {name}; there are {', '.join(known)}.")
    if (said.controller == "dealer") != (said.dealer is not None):
        raise Invalid("`dealer` names the controller if that is a dealer, and only then.")
    if by.dealer and said.dealer not in (None, by.dealer):
        raise Forbidden("A dealer records consents to itself, the importer or the manufacturer.")
    if by.dealer and said.purpose == LEGAL:
        raise Forbidden("Legal stops are entered by head office.")
    if said.at is not None and said.at > now + _AHEAD:
        raise Invalid("`at` is in the future; nobody can have said it yet.")
    if said.expires_at is not None and said.status == WITHDRAWN:
        raise Invalid("A withdrawal does not run out; leave `expires_at` away.")


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value


@dataclass(frozen=True)
class History:
    """One person's consents: what holds now, and every statement in the order in which the hub learned it."""

    states: Mapping[tuple[str, str], ConsentState]
    lines: tuple[LedgerLine, ...]


def read_consents(
    conn: Connection, party: Reference, controller: Controller, dealer: str | None, now: datetime
) -> History:
    """What holds for a controller, and the statements that the caller may see.

    Args:
        conn: a transaction of the worker.
        dealer: the caller's; its own statements alone are shown, and what holds is computed from these.

    Raises:
        NotFound: see `record_consent`.
    """
    found = resolve_parties(conn, [party], dealer)[0]
    if found is None:
        raise NotFound("There is no such person.")
    reach = policy_in_force(conn, now).reach
    said = [
        one
        for one in load_statements(conn, [found.golden]).get(found.golden, [])
        if dealer is None or one.holder == dealer
    ]
    channels = [channel for channel in CONSENT_CHANNELS if channel != ANY]
    states = {
        (purpose, channel): consent_state(said, controller, purpose, channel, now, reach)
        for purpose in sorted({one.purpose for one in said})
        for channel in channels
    }
    return History(states, tuple(ledger(conn, found.golden, dealer)))
