"""Golden customers: read, search, match."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request
from sqlalchemy import Connection
from starlette.responses import JSONResponse, Response

from api.auth import READERS, Access, Caller
from api.etags import tag_of, tagged
from api.paging import Paging
from api.problems import responses
from api.schemas.common import PLAIN, Cursor, Limit, Page, Source
from api.schemas.customers import (
    ContactPoint,
    Customer,
    FieldValue,
    Found,
    LosingValue,
    Member,
    Redirect,
    Vehicle,
)
from hub.flows import read_customer as reading
from hub.flows.search import search
from hub.store.search import Place

router = APIRouter(prefix="/v1/customers", tags=["customers"], responses=responses(401, 403, 422))
Reader = Annotated[Caller, Depends(Access(*READERS))]


@router.get("", summary="Search customers", responses=responses(400))
def search_customers(
    request: Request,
    caller: Reader,
    q: Annotated[
        str,
        Query(
            min_length=1,
            max_length=200,
            pattern=PLAIN,
            description="Words in any order and script: name, phone, e-mail, VIN, plate, tax id, golden id, or a "
            "dealer's record number.",
            examples=["Yulia Ivanova", "8 (916) 123-45-67", "A123BC77"],
        ),
    ],
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[Found]:
    """Customers that all words of `q` fit. A dealer finds its own records only."""
    with caller.session() as session:
        paging = Paging(request, session, cursor, q=q)
        after = Place(paging.position[0], UUID(paging.position[1])) if paging.position else None
        results = search(session.conn, q, session.dealer, after, limit + 1)
        page, following = paging.cut(results, limit, lambda r: [r.place.rank, str(r.place.golden_id)])
        caller.record.show(result.summary.golden_id for result in page)
        return Page(items=[_found(result.summary) for result in page], next_cursor=following)


@router.get(
    "/{golden_id}",
    summary="A customer with the source of every field",
    response_model=Customer,
    responses={
        **responses(404, 410),
        304: {"description": "Unchanged since the ETag in If-None-Match."},
        308: {
            "model": Redirect,
            "description": "The id belongs to a record that is now part of another customer.",
        },
    },
)
def read_customer(
    request: Request,
    caller: Reader,
    golden_id: Annotated[UUID, Path(description="The id of any record that the customer is or was made of.")],
) -> Response:
    """The golden record: for each field the value that won, the record it came from, why, and the values that lost.

    Any id ever issued resolves: one whose record was merged redirects to the customer that holds it now; one whose
    record was erased or revoked is gone (410). For a dealer the same rules run over its own records alone, and the id
    is that of its own first-seen record.
    """
    with caller.session() as session:
        found = reading.read_customer(session.conn, golden_id, session.dealer)
    present = found.summary.golden_id
    if present != golden_id:
        location = f"{router.prefix}/{present}"
        return JSONResponse({"golden_id": str(present)}, 308, {"Location": location})
    return tagged(request, _customer(found))


def customer_tag(conn: Connection, golden_id: UUID) -> str:
    """The ETag with which the importer's people get a customer now."""
    return tag_read(reading.read_customer(conn, golden_id, None))


def tag_read(found: reading.Customer) -> str:
    """The same of a customer that was just read."""
    return tag_of(_customer(found))


def _found(summary: reading.Summary) -> Found:
    return Found(
        golden_id=summary.golden_id,
        kind=summary.kind,
        full_name=summary.full_name,
        birth_date=summary.birth_date,
        city=summary.city,
        phones=summary.phones,
        emails=summary.emails,
        records=summary.records,
    )


def _customer(found: reading.Customer) -> Customer:
    return Customer(
        golden_id=found.summary.golden_id,
        kind=found.summary.kind,
        full_name=found.summary.full_name,
        active=found.active,
        fields={name: _field(value) for name, value in found.fields.items()},
        phones=[_contact(contact) for contact in found.phones],
        emails=[_contact(contact) for contact in found.emails],
        vehicles=[
            Vehicle(
                vin=vehicle.vin,
                plate=vehicle.plate,
                role=vehicle.role,
                since=vehicle.since,
                until=vehicle.until,
                source=_source(member),
            )
            for vehicle, member in found.vehicles
        ],
        members=[
            Member(
                record_id=member.record_id,
                dealer=member.dealer,
                feed=member.feed,
                record_no=member.record_no,
                first_seen=member.first_seen,
                ended=member.ended,
            )
            for member in found.members
        ],
    )


def _field(value: reading.GoldenValue) -> FieldValue:
    return FieldValue(
        value=value.won.value,
        source=_source(value.won.member),
        stated_on=value.won.member.stated_on,
        weight=value.won.weight,
        reason=value.reason,
        losing=[
            LosingValue(
                value=lost.value,
                source=_source(lost.member),
                stated_on=lost.member.stated_on,
                weight=lost.weight,
            )
            for lost in value.losing
        ],
    )


def _contact(contact: reading.Contact) -> ContactPoint:
    return ContactPoint(value=contact.value, sources=[_source(member) for member in contact.members])


def _source(member: reading.Member) -> Source:
    return Source(dealer=member.dealer, feed=member.feed, record_no=member.record_no)
