"""A steward's choice wins while its record stands where it did and says what it said."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from hub.errors import Conflict, Invalid, NotFound
from hub.flows.consolidate import consolidate
from hub.flows.decide import retract
from hub.flows.export import golden_hash
from hub.flows.match import match
from hub.flows.pin import pin, unpin
from hub.flows.read_customer import read_customer
from hub.flows.replay_decisions import replay_decisions
from hub.store.decisions import find_pin, list_pins
from hub.store.engine import Database
from tests.flows.inbox import DAY, Hub, Sent
from tests.flows.stewards import STEWARD, peopled, person, record, say

AT = datetime(2026, 11, 3, tzinfo=UTC)
NORTH = [person("1", "Иванова", "Юлия Петровна", phones="+7 916 123-45-67", birth_date="1984-05-17", city="Тверь")]
SOUTH = [person("1", "Иванова", "Юлия Петровна", phones="+7 916 123-45-67", birth_date="1984-05-17", city="Сочи")]


@pytest.fixture
def hub(db: Database, tmp_path: object) -> Hub:
    found = Hub(db, tmp_path)  # type: ignore[arg-type]
    found.inbox.mkdir()
    return found


def night(hub: Hub, dealer: str, rows: list[dict[str, object]], day: date) -> None:
    hub.clock += timedelta(minutes=1)
    hub.arrive(Sent(f"customers_{day}.csv", day, tuple(rows), hub.clock, columns=tuple(rows[0])), dealer)
    hub.stage()
    match(hub.db)
    consolidate(hub.db)


def two_cities(hub: Hub) -> Hub:
    night(hub, "north", NORTH, DAY)
    night(hub, "south", SOUTH, DAY + timedelta(days=1))
    assert city(hub) == "Сочи", "the newer one"
    return hub


def city(hub: Hub, name: str = "north/1") -> object:
    return hub.rows(
        "SELECT golden.city FROM golden JOIN membership USING (golden) JOIN party p USING (rid) WHERE p.id = :id",
        id=record(hub, name),
    )[0][0]


def test_a_pinned_value_wins_until_it_is_taken_back(hub: Hub) -> None:
    before = golden_hash(two_cities(hub).db)
    done = pin(hub.db, record(hub, "north/1"), "address", STEWARD, AT, "moved back")
    assert (city(hub), done.changed, done.before) == ("Тверь", 1, done.after)
    with hub.db.worker() as conn:
        told = read_customer(conn, done.after[0], None)
    assert told.fields["city"].reason == "pinned by a steward"
    assert (told.fields["city"].won.value, told.summary.city) == ("Тверь", "Тверь")
    assert [lost.value for lost in told.fields["city"].losing] == ["Сочи"]
    seen = golden_hash(hub.db)
    assert replay_decisions(hub.db) == 1
    assert golden_hash(hub.db) == seen
    unpin(hub.db, done.entry_id, STEWARD, AT)
    assert golden_hash(hub.db) == before
    with pytest.raises(Conflict, match="already"):
        unpin(hub.db, done.entry_id, STEWARD, AT)


def test_of_two_pins_the_newer_holds_and_then_the_older(hub: Hub) -> None:
    two_cities(hub)
    older = pin(hub.db, record(hub, "north/1"), "address", STEWARD, AT)
    newer = pin(hub.db, record(hub, "south/1"), "address", STEWARD, AT)
    assert city(hub) == "Сочи"
    unpin(hub.db, newer.entry_id, STEWARD, AT)
    assert city(hub) == "Тверь"
    with hub.db.worker() as conn:
        assert [one.entry_id for one in list_pins(conn, None, 9, standing=True)] == [older.entry_id]
        assert [one.entry_id for one in list_pins(conn, None, 9, standing=False)] == [newer.entry_id]
        assert len(list_pins(conn, None, 9, customer=older.after[0])) == 2
        found = find_pin(conn, newer.entry_id)
    assert found is not None
    assert found.retracted_by == STEWARD


def test_a_record_that_now_says_otherwise_pins_nothing(hub: Hub) -> None:
    two_cities(hub)
    pin(hub.db, record(hub, "north/1"), "address", STEWARD, AT)
    night(hub, "north", [{**NORTH[0], "city": "Омск"}], DAY + timedelta(days=2))
    assert city(hub) == "Омск", "by its votes: it is the newest"
    night(hub, "south", [{**SOUTH[0], "city": "Пермь"}], DAY + timedelta(days=3))
    assert city(hub) == "Пермь"


def test_a_choice_stays_with_its_source_when_records_part(hub: Hub) -> None:
    two_cities(hub)
    pin(hub.db, record(hub, "south/1"), "address", STEWARD, AT)
    night(hub, "north", [{**NORTH[0], "city": "Омск"}], DAY + timedelta(days=2))
    assert city(hub) == "Сочи"
    parted = say(hub, "different", "north/1 south/1")
    assert (city(hub), city(hub, "south/1")) == ("Омск", "Сочи")
    retract(hub.db, parted.entry_id, STEWARD, AT)
    assert city(hub) == "Сочи"


def test_what_cannot_be_pinned(hub: Hub) -> None:
    peopled(hub)
    with pytest.raises(Invalid, match="there are last_name"):
        pin(hub.db, record(hub, "north/1"), "phones", STEWARD, AT)
    with pytest.raises(Invalid, match="says nothing of tax_id"):
        pin(hub.db, record(hub, "north/1"), "tax_id", STEWARD, AT)
    with pytest.raises(NotFound):
        pin(hub.db, "00000000-0000-0000-0000-000000000000", "tax_id", STEWARD, AT)
    with pytest.raises(NotFound):
        unpin(hub.db, 1, STEWARD, AT)
    assert hub.rows("SELECT count(*) FROM entry WHERE kind = 'pin'") == [(0,)]
