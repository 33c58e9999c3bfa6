"""A customer as the caller may see it: golden values with their sources and reasons, contact points, vehicles, members."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

import polars as pl
from sqlalchemy import Connection

from hub.errors import Gone, NotFound
from hub.golden.survivorship import Explained, Value, consolidate, contact_points, explain
from hub.matching.frequency import FIELDS, SHARED_SCHEMA
from hub.store.customer_views import VehicleRole, load_members, load_vehicles, resolve_all, was_issued
from hub.store.decisions import pins_on
from hub.store.shared_contacts import nobodys_among


@dataclass(frozen=True)
class Member:
    """A source record of the customer; `record_id` is its identity from birth."""

    rid: int
    record_id: UUID
    dealer: str
    feed: str
    record_no: str
    first_seen: datetime
    stated_on: date
    ended: bool


@dataclass(frozen=True)
class Standing:
    """A value that a member holds for a golden field, with its votes."""

    value: str
    member: Member
    weight: float


@dataclass(frozen=True)
class GoldenValue:
    """The value that won a field, why, and the values that lost, the strongest first.

    Attributes:
        pinned: whether a steward chose it.
        share: of the votes, from 0 to 1.
        rivals: how many other values stood; those that say nothing of this very column count, too.
    """

    won: Standing
    reason: str
    losing: list[Standing]
    pinned: bool = False
    share: float = 1.0
    rivals: int = 0


@dataclass(frozen=True)
class Contact:
    """A phone or e-mail and the members that hold it."""

    value: str
    members: list[Member]


@dataclass(frozen=True)
class Summary:
    """What a list of search results shows of a customer."""

    golden_id: UUID
    kind: str
    full_name: str | None
    birth_date: date | None
    city: str | None
    phones: list[str]
    emails: list[str]
    records: int


@dataclass(frozen=True)
class Customer:
    """A golden record in the caller's slice. The first member is the first-seen one, and gives the id."""

    summary: Summary
    active: bool
    members: list[Member]
    fields: dict[str, GoldenValue] = field(default_factory=dict)
    phones: list[Contact] = field(default_factory=list)
    emails: list[Contact] = field(default_factory=list)
    vehicles: list[tuple[VehicleRole, Member]] = field(default_factory=list)


def read_customer(conn: Connection, record_id: UUID, dealer: str | None) -> Customer:
    """The customer that now holds the source record with this identity.

    The caller compares ``summary.golden_id`` with what was asked for: they differ when records were merged.

    Args:
        dealer: the caller's dealer, which gets a view of its own records; None for the importer's people.

    Raises:
        NotFound: the caller sees no record with this identity.
        Gone: the record was there, and was erased or its upload revoked.
    """
    return next(iter(read_customers(conn, [record_id], dealer).values()))


def read_customers(conn: Connection, record_ids: Sequence[UUID], dealer: str | None) -> dict[UUID, Customer]:
    """The customers that now hold source records with these identities, read together, each by the identity asked for.

    Raises:
        NotFound, Gone: as `read_customer`, of any of them.
    """
    goldens = holders_of(conn, record_ids)
    frame = members_of(conn, sorted(set(goldens.values())))
    found = customers_of(conn, frame, dealer, pins_on(conn, frame["id"].to_list()))
    return {record_id: found[golden] for record_id, golden in goldens.items()}


def holders_of(conn: Connection, record_ids: Sequence[UUID]) -> dict[UUID, int]:
    """The parties that now hold these records.

    Raises:
        NotFound: the caller sees no record with one of these identities.
        Gone: such a record was there, and was erased or its upload revoked.
    """
    found = resolve_all(conn, record_ids)
    for missing in (one for one in record_ids if one not in found):
        if was_issued(conn, missing):
            raise Gone("The record was erased or revoked.")
        raise NotFound("There is no such customer.")
    return {one: found[one] for one in record_ids}


def customers_of(
    conn: Connection, frame: pl.DataFrame, dealer: str | None, chosen: pl.DataFrame | None
) -> dict[int, Customer]:
    """The customers that these members of some parties make, with the vehicles that they name now, by party."""
    explained = explain(frame, chosen)
    ids = dict(_ids(frame, dealer).iter_rows())
    holders = frame.select("rid", "golden", "phones", "emails").rows()
    members: dict[int, dict[int, Member]] = {}
    for row in frame.iter_rows(named=True):
        members.setdefault(row["golden"], {})[row["rid"]] = _member(row)
    vehicles = load_vehicles(conn, frame["rid"].to_list())
    customers = {}
    for golden, told in explained.items():
        own = members[golden]
        customers[golden] = Customer(
            summary=_summary(told, UUID(ids[golden]), len(own)),
            active=not all(member.ended for member in own.values()),
            members=list(own.values()),
            fields=_fields(told.fields, own),
            phones=_contacts([(rid, phones) for rid, of, phones, _ in holders if of == golden], told.phones, own),
            emails=_contacts([(rid, emails) for rid, of, _, emails in holders if of == golden], told.emails, own),
            vehicles=[(vehicle, own[vehicle.rid]) for vehicle in vehicles if vehicle.rid in own],
        )
    return customers


def members_of(conn: Connection, goldens: Sequence[int]) -> pl.DataFrame:
    """The members of these parties that the caller sees, without contact values that are no contact of theirs.

    What a dealer sees is judged by its own records and its own contact points alone.
    """
    return contacts_of(conn, load_members(conn, goldens))


def contacts_of(conn: Connection, members: pl.DataFrame) -> pl.DataFrame:
    """These members without contact values that are no contact of theirs, as the base stands."""
    held = {field: set(members[field].explode().drop_nulls()) for field in FIELDS}
    nobodys = nobodys_among(conn, **held)
    return contact_points(members, pl.DataFrame(nobodys, SHARED_SCHEMA, orient="row")) if nobodys else members


def summaries(frame: pl.DataFrame, dealer: str | None, pins: pl.DataFrame | None = None) -> dict[int, Summary]:
    """A summary of each party among these members, by party; ``pins`` are values that stewards chose."""
    if frame.is_empty():
        return {}
    return {
        row["golden"]: Summary(
            golden_id=UUID(row["golden_id"]),
            kind=row["kind"],
            full_name=row["full_name"],
            birth_date=row["birth_date"],
            city=row["city"],
            phones=row["phones"] or [],
            emails=row["emails"] or [],
            records=row["records"],
        )
        for row in consolidate(frame, pins).join(_ids(frame, dealer), on="golden").iter_rows(named=True)
    }


def _summary(told: Explained, golden_id: UUID, records: int) -> Summary:
    """The same of one party whose fields were decided already; each is decided once, as that is what a page's time goes to."""
    won = {column: value for values in told.fields.values() for column, value in values[0].shown.items()}
    names = [str(won[name]) for name in ("last_name", "first_name", "middle_name") if won.get(name)]
    named = won.get("company_name") if told.kind == "company" else " ".join(names) or None
    birth_date = won.get("birth_date")
    return Summary(
        golden_id=golden_id,
        kind=told.kind,
        full_name=None if named is None else str(named),
        birth_date=birth_date if isinstance(birth_date, date) else None,
        city=None if won.get("city") is None else str(won["city"]),
        phones=told.phones,
        emails=told.emails,
        records=records,
    )


def _ids(frame: pl.DataFrame, dealer: str | None) -> pl.DataFrame:
    """Each party's id: its first-seen member's. A dealer's view counts its own members only."""
    if dealer is None:
        return frame.filter(pl.col("rid") == pl.col("golden")).select("golden", golden_id="id")
    return frame.group_by("golden", maintain_order=True).agg(golden_id=pl.col("id").first())


def _member(row: dict[str, Any]) -> Member:
    return Member(
        rid=row["rid"],
        record_id=UUID(row["id"]),
        **{name: row[name] for name in ("dealer", "feed", "record_no", "first_seen", "stated_on", "ended")},
    )


def _fields(explained: dict[str, list[Value]], members: dict[int, Member]) -> dict[str, GoldenValue]:
    """Golden columns in order; columns of one rule (an address) share winner and reason."""
    fields = {}
    for values in explained.values():
        reason = _reason(values)
        for column in values[0].shown:
            standing = [
                Standing(str(value.shown[column]), members[value.rid], value.weight)
                for value in values
                if value.shown[column] is not None
            ]
            if values[0].shown[column] is not None:
                share = values[0].weight / total if (total := sum(value.weight for value in values)) else 0.0
                fields[column] = GoldenValue(
                    standing[0], reason, standing[1:], values[0].pinned, round(share, 4), len(values) - 1
                )
    return fields


def _reason(values: Sequence[Value]) -> str:
    if values[0].pinned:
        return "pinned by a steward"
    if len(values) == 1:
        return "the only value"
    total = sum(value.weight for value in values)
    others = "the other value" if len(values) == 2 else f"{len(values) - 1} other values"
    share = values[0].weight / total if total else 0.0
    return (
        f"outweighs {others} with {share:.0%} of the votes: trust of the source × recency × validity, "
        "added up over the records that agree"
    )


def _contacts(
    held: Iterable[tuple[int, Sequence[str] | None]], values: Sequence[str], members: dict[int, Member]
) -> list[Contact]:
    """The values, in their order, with the records that hold each."""
    holders: dict[str, list[Member]] = {}
    for rid, own in held:
        for value in own or ():
            holders.setdefault(value, []).append(members[rid])
    return [Contact(value, holders[value]) for value in values]
