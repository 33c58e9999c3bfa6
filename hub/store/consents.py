"""The consent ledger: what the feeds and the API brought, by golden party. Sets in, sets out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Connection

from hub.contact.consent import (
    ANY,
    EXPIRED,
    GRANTED,
    LEGAL,
    UNKNOWN,
    WITHDRAWN,
    ConsentState,
    Controller,
    Reach,
    Statement,
    consent_state,
    controller_of,
)
from hub.contact.policy import Policy
from hub.store.contact_policies import policy_in_force
from hub.store.contact_records import MEANT, the, with_records
from hub.store.questions import Question, Rows, ask

# A feed's row says what its dealer says now; what it said before counts on if it was a withdrawal, and so does a
# withdrawal that its dealer's files no longer hold. A consent that they no longer hold cannot be proved any more.
# No purpose: a withdrawal is meant for all, a consent for nothing. Nobody can have said anything after we learned it.
_SAID = """
    SELECT r.golden, r.id, r.dealer AS holder, s.controller, r.dealer AS controller_dealer, s.purpose, s.channel,
           s.status, least(coalesce(s.at, u.received_at), u.received_at) AS at, s.expires_at, false AS flag,
           s.record_no, u.received_at, 'upload ' || u.upload_id AS source, s.wording_version, s.evidence
    FROM record r JOIN {table} s ON s.dealer = r.dealer AND s.customer_no = r.record_no
         JOIN upload u ON u.upload_id = s.upload_id
    WHERE r.feed = 'customers' AND {meant} AND s.status IS NOT NULL"""
_HOLDS = "AND (s.status = 'withdrawn' OR s.purpose IS NOT NULL AND s.ended_upload_id IS NULL)"
_STATEMENTS = f"""
    {{records}}, said AS (
        {_SAID.format(table="consents", meant=MEANT.format(t="s"))} {{present}}
        UNION ALL {_SAID.format(table="consents_history", meant=MEANT.format(t="s"))} {{past}}
        UNION ALL SELECT r.golden, r.id, e.dealer, e.controller, e.controller_dealer, e.purpose, e.channel, e.status,
               least(e.at, e.received_at), e.expires_at, false, NULL, e.received_at, e.author, e.wording_version,
               e.evidence
        FROM record r JOIN consent_entry e ON e.party = r.id WHERE NOT r.former
        UNION ALL SELECT r.golden, r.id, r.dealer, 'dealer', r.dealer, 'marketing', 'any', 'withdrawn', r.opted_at,
               NULL, true, r.record_no, r.opted_at, 'opted_out', NULL, NULL
        FROM record r WHERE r.opted_out
    )"""
_HELD = _STATEMENTS.replace("{present}", _HOLDS).replace("{past}", "AND s.status = 'withdrawn'")
_LOAD = {
    gathered: sa.text(
        f"""{_HELD.replace("{records}", records)}
        SELECT golden, id, holder, controller, controller_dealer, coalesce(purpose, 'any'), coalesce(channel, 'any'),
               status, at, expires_at, flag
        FROM said WHERE CAST(:purposes AS text[]) IS NULL OR coalesce(purpose, 'any') = ANY(:purposes)"""
    )
    for gathered, records in with_records().items()
}


def load_statements(
    conn: Connection, goldens: Sequence[int], purposes: Sequence[str] | None = None, gathered: bool = False
) -> dict[int, list[Statement]]:
    """All statements on the records of these golden parties, whoever recorded them; parties without any are left out.

    Args:
        goldens: numbers of golden records (``membership.golden``), or of records that were not matched yet.
        purposes: only of these purposes.
        gathered: their records were gathered (`hub.store.contact_records`).
    """
    return ask(conn, what_was_said(goldens, purposes, gathered))


def what_was_said(
    goldens: Sequence[int], purposes: Sequence[str] | None = None, gathered: bool = False
) -> Question[dict[int, list[Statement]]]:
    """The question that `load_statements` asks."""
    values = {"purposes": list(purposes) if purposes else None, **({} if gathered else the(goldens))}
    return Question(_LOAD[gathered], values, _statements)


def _statements(rows: Rows) -> dict[int, list[Statement]]:
    found: defaultdict[int, list[Statement]] = defaultdict(list)
    for golden, record, holder, kind, whose, purpose, channel, status, at, expires_at, flag in rows:
        controller = Controller(kind or "dealer", whose if (kind or "dealer") == "dealer" else None)
        found[golden].append(Statement(record, holder, controller, purpose, channel, status, at, expires_at, flag))
    return dict(found)


def consent_states(
    conn: Connection,
    goldens: Sequence[int],
    asking: Controller,
    purpose: str,
    channel: str | None,
    at: datetime,
    reach: Reach,
) -> dict[int, ConsentState]:
    """What holds for each golden party (see `hub.contact.consent.consent_state`); every one asked for is answered."""
    said = load_statements(conn, goldens, [purpose])
    return {golden: consent_state(said.get(golden, ()), asking, purpose, channel, at, reach) for golden in goldens}


TRANSFER = ("transfer", "processing", LEGAL, ANY)  # purposes that say whether data may be given to a dealer


@dataclass(frozen=True)
class Transfer:
    """Whether a person's data may go to a dealer.

    Attributes:
        allowed: yes or no.
        status: of the consent to transfer: "granted", "withdrawn", "expired" or "unknown".
        reason: the same in a word: "granted", "unknown", "transfer_withdrawn", "transfer_expired",
            "processing_withdrawn", "do_not_contact" or "legal_stop".
    """

    allowed: bool
    status: str
    reason: str


def transfers(
    conn: Connection, goldens: Sequence[int], dealers: Sequence[str], at: datetime, policy: Policy | None = None
) -> dict[tuple[int, str], Transfer]:
    """Whether the data of each of these persons may be given to each of these dealers.

    A withdrawal told to anybody stops it for everybody; a consent counts whoever obtained it. A dealer to which the
    person withdrew the consent to *processing* gets nothing, the others are not concerned.

    Args:
        policy: the contact policy; by default the one in force.
    """
    policy = policy or policy_in_force(conn, at)
    said = load_statements(conn, goldens, TRANSFER)
    return {(golden, dealer): transfer(said.get(golden, []), dealer, at, policy)
            for golden in goldens for dealer in dealers}  # fmt: skip


def refused(said: Sequence[Statement], dealers: Sequence[str], at: datetime, policy: Policy) -> frozenset[str]:
    """The dealers that one person's data may not go to (`transfer`).

    What was said to no dealer in particular holds for all alike, so only those that something was said to are looked at one by
    one.
    """
    named = {one.controller.dealer for one in said}
    others = [dealer for dealer in dealers if dealer not in named]
    closed = [dealer for dealer in dealers if dealer in named and not transfer(said, dealer, at, policy).allowed]
    if others and not transfer(said, others[0], at, policy).allowed:
        closed += others
    return frozenset(closed)


def transfer(said: Sequence[Statement], dealer: str, at: datetime, policy: Policy) -> Transfer:
    """The same for one person, by the statements on its records; those of other purposes than `TRANSFER` do not matter."""
    asking = controller_of(dealer)
    for purpose, reason in ((LEGAL, "legal_stop"), (ANY, "do_not_contact"), ("processing", "processing_withdrawn")):
        if consent_state(said, asking, purpose, None, at, policy.reach).status == WITHDRAWN:
            return Transfer(False, WITHDRAWN, reason)
    givers = {one.controller for one in said if one.purpose == "transfer"}
    states = [consent_state(said, giver, "transfer", None, at, policy.reach).status for giver in givers]
    status = next((known for known in (WITHDRAWN, GRANTED, EXPIRED) if known in states), UNKNOWN)
    allowed = status == GRANTED or status in policy.transfer_without
    reason = status if status in (GRANTED, UNKNOWN) else f"transfer_{status}"
    return Transfer(allowed, status, reason)


_ADD = sa.text(
    """INSERT INTO consent_entry (entry_id, party, dealer, controller, controller_dealer, purpose, channel, status, at,
                                  received_at, author, wording_version, evidence, expires_at)
       VALUES (:entry_id, :party, :dealer, :controller, :controller_dealer, :purpose, :channel, :status, :at,
               :received_at, :author, :wording_version, :evidence, :expires_at)"""
)


def add_statement(conn: Connection, row: Mapping[str, Any]) -> None:
    """Add one statement of the API; ``row`` has the columns of table `consent_entry`."""
    conn.execute(_ADD, dict(row))


@dataclass(frozen=True)
class LedgerLine:
    """One statement with its proof.

    Attributes:
        record_no: the dealer's key of the consent (feed) or of the customer (`opted_out`); None: by the API.
        source: where it came from: ``upload 17``, ``opted_out``, or who entered it.
        received_at: when the hub learned it.
    """

    record: UUID
    holder: str | None
    controller: str
    controller_dealer: str | None
    purpose: str
    channel: str
    status: str
    at: datetime
    expires_at: datetime | None
    record_no: str | None
    received_at: datetime
    source: str
    wording_version: str | None
    evidence: str | None


_LEDGER = sa.text(
    f"""{_STATEMENTS.format(records=with_records()[False], present="", past="")}
    SELECT id, holder, coalesce(controller, 'dealer'),
           CASE WHEN coalesce(controller, 'dealer') = 'dealer' THEN controller_dealer END, coalesce(purpose, 'any'),
           coalesce(channel, 'any'), status, at, expires_at, record_no, received_at, source, wording_version, evidence
    FROM said WHERE CAST(:dealer AS text) IS NULL OR holder = :dealer
    ORDER BY received_at, at, source, record_no, purpose, channel"""
)


def ledger(conn: Connection, golden: int, dealer: str | None = None) -> list[LedgerLine]:
    """One person's whole history of consents in the order in which the hub learned it.

    Args:
        dealer: only what stands on this dealer's records or was recorded by it; None: everything.
    """
    rows = conn.execute(_LEDGER, {"goldens": [golden], "dealer": dealer})
    return [LedgerLine(*row) for row in rows]
