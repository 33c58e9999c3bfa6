"""A small network for tests of routing: three dealers of Lada around Moscow, and leads sent at a chosen time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from hub.flows.meet_lead import Submission
from hub.flows.route_lead import Routed, route_lead
from hub.routing.clock import Event
from hub.store.engine import Database
from hub.store.leads import Lead, events_of, find_lead

FRIDAY = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)  # 12:00 in Moscow
HOURS = "Mo-Fr 09:00-20:00; Sa 10:00-18:00"
_DEALER = sa.text(
    """INSERT INTO dealer (code, name, city, brands, latitude, longitude, opening_hours, capacity, target_share)
       VALUES (:code, :name, 'Москва', :brands, :latitude, :longitude, :hours, :capacity, :share)"""
)


def add_dealer(db: Database, code: str, **facts: Any) -> None:
    """A dealer of Lada in Moscow unless said otherwise."""
    usual = {"name": f"Dealer {code}", "brands": ["Lada"], "latitude": 55.75, "longitude": 37.62, "hours": HOURS}
    with db.worker() as conn:
        conn.execute(_DEALER, {**usual, "capacity": None, "share": None, "code": code, **facts})


def add_dealers(db: Database, *codes: str, **facts: Any) -> None:
    for code in codes or ("A", "B", "C"):
        add_dealer(db, code, **facts)


def name(number: int) -> str:
    """Names of people who are plainly not each other."""
    return f"{_SURNAMES[number % 10]}{_ENDINGS[number // 10 % 10]} {_GIVEN[number % 7]}"


def phone(number: int) -> str:
    """Phones that no slip of a finger turns into each other."""
    return f"8 9{(number + 1) * 123_456_791 % 1_000_000_007:09}"


_SURNAMES = ["Волк", "Медвед", "Кузнец", "Соловь", "Голуб", "Петух", "Баран", "Журавл", "Карас", "Щук"]
_ENDINGS = ["овский", "енко", "ян", "швили", "адзе", "ич", "ук", "ман", "сон", "бург"]
_GIVEN = ["Пётр", "Анна", "Олег", "Юлия", "Тимур", "Зоя", "Глеб"]


def send(db: Database, number: int = 1, at: datetime = FRIDAY, key: str | None = None, **columns: Any) -> Routed:
    """The lead of the person with this number."""
    usual = {"full_name": name(number), "phones": phone(number), "brand": "Lada", "channel": "web"}
    sent = {**usual, **columns}
    return route_lead(db, Submission(columns=sent, author="api:test", at=at, body_sha256=repr(sent), key=key))


def after(minutes: float, since: datetime = FRIDAY) -> datetime:
    return since + timedelta(minutes=minutes)


def lead_of(db: Database, routed: Routed) -> Lead:
    with db.worker() as conn:
        found = find_lead(conn, id_of(routed))
    assert found is not None
    return found


def events(db: Database, routed: Routed) -> list[Event]:
    with db.worker() as conn:
        return events_of(conn, id_of(routed))


def story(db: Database, routed: Routed) -> list[str]:
    """The lead's events in short: kind, and whom it concerns."""
    return [f"{event.kind} {event.dealer or '-'}" for event in events(db, routed)]


def id_of(routed: Routed) -> UUID:
    assert routed.lead_id is not None
    return routed.lead_id


def rows(db: Database, sql: str, **values: Any) -> list[tuple[Any, ...]]:
    with db.worker() as conn:
        return [tuple(row) for row in conn.execute(sa.text(sql), values)]
