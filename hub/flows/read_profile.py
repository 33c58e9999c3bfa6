"""All that is known around a customer, in the caller's slice: relations, vehicles' story, consents, claims, what people said."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime

from sqlalchemy import Connection, RowMapping

from hub.contact.consent import controller_of
from hub.flows.prospects import OneClaim, claims_on
from hub.flows.read_customer import Customer
from hub.flows.record_consent import History, read_consents
from hub.network.timeline import Happening, ordered
from hub.store import prospects
from hub.store.contact_parties import Reference
from hub.store.customer_views import resolve
from hub.store.decisions import Decision, Filters, Pin, list_decisions, list_pins
from hub.store.engine import Database
from hub.store.past import days_of_change
from hub.store.relations import Relative, relatives
from hub.store.timelines import happenings
from hub.store.workbench import Remark, remarks_on

MOST_SAID = 20  # decisions and pins shown


@dataclass(frozen=True)
class Profile:
    """What a customer's page shows beside the golden record.

    Attributes:
        timeline: the latest first.
        consents: what holds for the caller as controller, and each statement.
        claims: on the customer; a dealer's own alone.
        owners: who holds which prospect now; a dealer's own alone.
        days: business days on which any record began to say something else.
        decisions, pins, remarks: what stewards said; for the importer's people.
    """

    timeline: list[Happening]
    consents: History
    claims: list[OneClaim]
    owners: list[RowMapping]
    days: list[date]
    relatives: list[Relative] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)
    pins: list[Pin] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)


def read_profile(db: Database, conn: Connection, customer: Customer, dealer: str | None, now: datetime) -> Profile:
    """What surrounds a customer that was just read.

    Args:
        conn: the caller's transaction, cut to its slice; what else is needed is asked of the flows that the API asks.
        dealer: the caller's dealer, which gets what stands on its own records alone.
    """
    golden_id = customer.summary.golden_id
    golden = resolve(conn, golden_id)
    assert golden is not None  # it was read in this transaction
    with db.worker() as worker:
        consents = read_consents(worker, Reference(golden_id=golden_id), controller_of(dealer), dealer, now)
    shared = Profile(
        timeline=ordered(happenings(conn, golden)),
        consents=consents,
        claims=claims_on(db, golden, dealer, now),
        owners=list(prospects.owners_of(conn, golden, dealer, now)),
        days=days_of_change(conn, [member.rid for member in customer.members]),
    )
    if dealer is not None:
        return shared
    return replace(
        shared,
        relatives=relatives(conn, golden),
        decisions=list_decisions(conn, Filters(customer=golden_id), None, MOST_SAID),
        pins=list_pins(conn, None, MOST_SAID, True, golden_id),
        remarks=remarks_on(conn, [member.record_id for member in customer.members]),
    )
