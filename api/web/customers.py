"""Search, and the page of a customer: now, as of a past day, and how it came to be."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.responses import RedirectResponse, Response

from api.auth import STEWARDS
from api.routers.customers import tag_read
from api.schemas.common import PLAIN
from api.web.differences import found_in
from api.web.pages import Page, render
from api.web.visitors import Visit, Visitor
from hub.flows.explain_customer import explain_customer
from hub.flows.pin import FIELDS
from hub.flows.read_case import PINNABLE
from hub.flows.read_customer import Customer, read_customer
from hub.flows.read_past import read_customer_as_of
from hub.flows.read_profile import read_profile
from hub.flows.search import search
from hub.store.search import Place

router = APIRouter(prefix="/customers", route_class=Page)
Reader = Annotated[Visitor, Depends(Visit())]
Id = Annotated[UUID, Path()]
Text = Annotated[str, Query(max_length=200, pattern=f"^$|{PLAIN}")]
PAGE = 25


@router.get("")
def find(
    request: Request,
    visitor: Reader,
    q: Text = "",
    after: Annotated[str, Query(pattern=r"^([01]\.[0-9a-f-]{36})?$")] = "",
    other: Annotated[UUID | None, Query(alias="with")] = None,
) -> Response:
    """Search. ``with`` is a customer that one of those found is to be compared with."""
    results = []
    if q.strip():
        place = Place(int(after[0]), UUID(after[2:])) if after else None
        with visitor.logged("search") as session:
            results = search(session.conn, q, session.dealer, place, PAGE + 1)
            visitor.record.show(result.summary.golden_id for result in results[:PAGE])
    found = [result.summary for result in results[:PAGE]]
    if len(found) == 1 and results[0].place.rank == 0 and other is None:
        return RedirectResponse(f"/customers/{found[0].golden_id}", 303)
    last = results[PAGE - 1].place if len(results) > PAGE else None
    carried = {"q": q, **({"with": str(other)} if other else {})}
    more = f"/customers?{urlencode({**carried, 'after': f'{last.rank}.{last.golden_id}'})}" if last else ""
    shown = {"q": q, "found": found, "more": more, "other": other, "after": after}
    return render(request, "customers.html", **shown, lit=lambda text: found_in(text, q))


@router.get("/{golden_id}")
def show(request: Request, visitor: Reader, golden_id: Id, as_of: date | None = None) -> Response:
    """A customer as it is, or as its records said on a past day."""
    if as_of is not None:
        return _past(request, visitor, golden_id, as_of)
    with visitor.logged("read_customer", str(golden_id)) as session:
        customer = read_customer(session.conn, golden_id, session.dealer)
        if customer.summary.golden_id != golden_id:
            return RedirectResponse(f"/customers/{customer.summary.golden_id}", 308)
        profile = read_profile(visitor.database, session.conn, customer, session.dealer, datetime.now(UTC))
    steward = visitor.account.role in STEWARDS
    shown = {"customer": customer, "profile": profile, "steward": steward, "pinnable": PINNABLE, "fields": FIELDS}
    shown["vehicles"] = _vehicles(customer)
    return render(request, "customer.html", **shown, tags=tag_read(customer) if steward else "", today=_today())


@dataclass
class Car:
    """A vehicle of a customer.

    Attributes:
        roles: (role, since, until) → records whose dealer says so.
    """

    vin: str
    plates: list[str] = field(default_factory=list)
    roles: dict[tuple[str | None, date | None, date | None], list[str]] = field(default_factory=dict)


def _vehicles(customer: Customer) -> list[Car]:
    """The vehicles, each once, with what the records say of it; a plate alone stands for itself."""
    cars: dict[str, Car] = {}
    for vehicle, member in customer.vehicles:
        car = cars.setdefault(vehicle.vin or vehicle.plate or "", Car(vehicle.vin or ""))
        if vehicle.plate and vehicle.plate not in car.plates:
            car.plates.append(vehicle.plate)
        said = car.roles.setdefault((vehicle.role, vehicle.since, vehicle.until), [])
        said.append(f"{member.dealer} {member.record_no}")
    return list(cars.values())


def _past(request: Request, visitor: Visitor, golden_id: UUID, day: date) -> Response:
    with visitor.logged("read_customer", str(golden_id)) as session:
        customer = read_customer(session.conn, golden_id, session.dealer)
        then = read_customer_as_of(session.conn, golden_id, session.dealer, day)
    return render(request, "customer_past.html", customer=customer, then=then, day=day, today=_today())


@router.get("/{golden_id}/origin")
def origin(request: Request, visitor: Reader, golden_id: Id) -> Response:
    """How the customer's records came together, and what was kept apart."""
    with visitor.logged("explain_customer", str(golden_id)) as session:
        told = explain_customer(session.conn, golden_id, session.dealer)
    return render(request, "customer_origin.html", told=told)


def _today() -> date:
    return datetime.now(UTC).date()
