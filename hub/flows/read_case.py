"""A steward's case: one customer or several, record by record, with what connects them and how they score."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

import polars as pl
from sqlalchemy import Connection

from hub.errors import Invalid
from hub.flows.explain_pair import PairExplanation, explain_pair, pair_scores
from hub.flows.read_customer import Customer, Member, read_customers
from hub.flows.tellable_records import Score
from hub.golden.survivorship import RULES, weigh
from hub.matching.model import Model
from hub.network.timeline import Happening
from hub.store.customer_views import VehicleRole, load_members
from hub.store.explanations import records_of
from hub.store.timelines import happenings

MOST_CUSTOMERS, MOST_RECORDS = 6, 24
PINNABLE = {column: name for name, rule in RULES.items() for column in rule.shows}
"""Golden column → the field that is pinned with it; an address is one field."""
_FIRST = (
    "last_name",
    "first_name",
    "middle_name",
    "company_name",
    "birth_date",
    "phones",
    "emails",
    "tax_id",
    "address",
)
FIELDS = (*_FIRST, *(column for column in PINNABLE if column not in _FIRST))


@dataclass(frozen=True)
class Column:
    """A source record in the comparison.

    Attributes:
        number: by which page and picture name it, from 1.
        side: place of its customer in the case.
        values: what it says of each of `FIELDS`; lists for phones and e-mails.
        vehicles: that its dealer names with it.
    """

    number: int
    side: int
    member: Member
    values: dict[str, list[str]]
    vehicles: list[VehicleRole]


@dataclass(frozen=True)
class Shared:
    """A vehicle that records of two customers (or, of one customer, two records) share, and what happened with it.

    Attributes:
        vehicle: VIN, or the plate where there is none.
        holders: number of each record that names it, with its role.
        visits: sales and visits with it by accounts of the case, the latest first, each with the place of its customer.
    """

    vehicle: str
    holders: list[tuple[int, VehicleRole]]
    visits: list[tuple[int, Happening]]


@dataclass(frozen=True)
class Case:
    """What a steward looks at.

    Attributes:
        ids: the records that the case was asked for by, one a customer.
        goldens: the golden records' numbers.
        left_out: members that are not shown, because there are too many.
        why: of the two records asked for, when they are of two customers and no third is compared.
        scores: of all pairs shown, the strongest first.
    """

    ids: list[UUID]
    customers: list[Customer]
    goldens: list[int]
    columns: list[Column]
    left_out: int
    why: PairExplanation | None
    scores: list[Score] = field(default_factory=list)
    connections: list[Shared] = field(default_factory=list)

    @property
    def model(self) -> Model | None:
        """The model of the scores; None when nothing is scored."""
        return self.why.model if self.why else None


def read_case(conn: Connection, ids: Sequence[UUID]) -> Case:
    """The customers that hold these records, side by side, for the importer's people.

    Raises:
        NotFound, Gone: a record is unknown, or was there once.
        Invalid: too many customers.
    """
    if len(ids) > MOST_CUSTOMERS:
        raise Invalid(f"At most {MOST_CUSTOMERS} customers can be compared side by side.")
    asked: dict[UUID, tuple[UUID, Customer]] = {}
    for one, customer in read_customers(conn, ids, None).items():
        asked.setdefault(customer.summary.golden_id, (one, customer))
    named, customers = [one for one, _ in asked.values()], [customer for _, customer in asked.values()]
    goldens = [
        next(m.rid for m in customer.members if m.record_id == customer.summary.golden_id) for customer in customers
    ]
    columns = _columns(conn, customers, goldens, named)
    left_out = sum(len(one.members) for one in customers) - len(columns)
    why = explain_pair(conn, named[0], named[1], None) if len(named) == 2 else None
    return Case(
        ids=named,
        customers=customers,
        goldens=goldens,
        columns=columns,
        left_out=left_out,
        why=why,
        scores=why.scores if why and not left_out else _scores(conn, columns),
        connections=_connections(conn, columns, goldens),
    )


def _scores(conn: Connection, columns: Sequence[Column]) -> list[Score]:
    return pair_scores(conn, records_of(conn, [column.member.rid for column in columns]))


def _columns(
    conn: Connection, customers: Sequence[Customer], goldens: Sequence[int], named: Sequence[UUID]
) -> list[Column]:
    """The records to show: of each customer the one that was asked for and the first seen, up to its share."""
    share = MOST_RECORDS // len(customers)
    said = _values(load_members(conn, goldens))
    columns: list[Column] = []
    for side, (customer, asked) in enumerate(zip(customers, named, strict=True)):
        shown = sorted(customer.members, key=lambda member: member.record_id != asked)[:share]
        for member in sorted(shown, key=lambda member: (member.first_seen, str(member.record_id))):
            vehicles = [vehicle for vehicle, holder in customer.vehicles if holder.rid == member.rid]
            columns.append(Column(len(columns) + 1, side, member, said[member.rid], vehicles))
    return columns


def _values(frame: pl.DataFrame) -> dict[int, dict[str, list[str]]]:
    """What each record says of each field, as a golden record would show it."""
    shows = {column: expression for rule in RULES.values() for column, expression in rule.shows.items()}
    said = weigh(frame).select("rid", "phones", "emails", **shows)
    return {
        row["rid"]: {
            name: list(row[name] or [])
            if name in ("phones", "emails")
            else []
            if row[name] is None
            else [str(row[name])]
            for name in FIELDS
        }
        for row in said.iter_rows(named=True)
    }


def _connections(conn: Connection, columns: Sequence[Column], goldens: Sequence[int]) -> list[Shared]:
    holders: dict[str, list[tuple[Column, VehicleRole]]] = {}
    for column in columns:
        for vehicle in column.vehicles:
            holders.setdefault(vehicle.vin or vehicle.plate or "", []).append((column, vehicle))
    several = len(goldens) > 1
    shared = {
        vehicle: held
        for vehicle, held in holders.items()
        if vehicle and len({column.side if several else column.number for column, _ in held}) > 1
    }
    if not shared:
        return []
    lived = [
        (side, one) for side, golden in enumerate(goldens) for one in happenings(conn, golden) if one.vin in shared
    ]
    lived.sort(key=lambda pair: (pair[1].at is None, -pair[1].at.timestamp() if pair[1].at else 0, pair[1].record_no))
    return [
        Shared(
            vehicle=vehicle,
            holders=[(column.number, role) for column, role in held],
            visits=[(side, one) for side, one in lived if one.vin == vehicle][:10],
        )
        for vehicle, held in sorted(shared.items())
    ]
