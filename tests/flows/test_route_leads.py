"""Several leads in one transaction: each as if it had come alone, after those before it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.errors import Invalid
from hub.flows.meet_lead import Submission
from hub.flows.route_lead import Outcome, Routed, _rounds, route_leads
from hub.store.embedded import EmbeddedServer
from hub.store.engine import Database
from hub.store.requests import KeyReused
from tests.conftest import created, database
from tests.flows.routing_world import FRIDAY, add_dealer, add_dealers, events, lead_of, name, phone, send


def submission(number: int, key: str | None = None, **columns: Any) -> Submission:
    """The lead of the person with this number, as `send` sends it."""
    usual = {"full_name": name(number), "phones": phone(number), "brand": "Lada", "channel": "web"}
    sent = {**usual, **columns}
    return Submission(columns=sent, author="api:test", at=FRIDAY, body_sha256=repr(sent), key=key)


def routed(outcome: Outcome) -> Routed:
    assert isinstance(outcome.found, Routed)
    return outcome.found


def decided(found: Routed) -> tuple[Any, ...]:
    """What may not depend on how many came at once; ids and versions of another base aside."""
    return found.dealer, found.rule, found.candidates, found.weights, found.credits_before, found.terms, found.repeated


@pytest.fixture
def twins(server: EmbeddedServer, template: str) -> Iterator[list[Database]]:
    """Two bases with the same dealers: three near-equals, one of which takes two leads a day, and one of another brand."""
    with ExitStack() as opened:
        names = [opened.enter_context(created(server, template)) for _ in range(2)]
        bases = [opened.enter_context(database(server, each)) for each in names]
        for db in bases:
            add_dealers(db, "A", "B")
            add_dealer(db, "C", capacity=2)
            add_dealer(db, "D", brands=["Kia"])
        yield bases


def test_together_they_are_decided_as_one_after_the_other(twins: list[Database]) -> None:
    alone, together = twins
    brands = ["Lada", "Lada", "Kia", "Lada", "Lada", "Kia", "Lada", "Lada", "Lada"]
    singly = [send(alone, number, brand=brand) for number, brand in enumerate(brands)]
    asked = [submission(number, brand=brand) for number, brand in enumerate(brands)]
    at_once = [routed(each) for each in [*route_leads(together, asked[:5]), *route_leads(together, asked[5:])]]
    assert [decided(each) for each in at_once] == [decided(each) for each in singly]
    assert {each.dealer for each in at_once} == {"A", "B", "C", "D"}
    for each in at_once:
        assert lead_of(together, each).dealer == each.dealer
        assert [event.kind for event in events(together, each)] == ["offered"]
    with together.worker() as conn, alone.worker() as other:
        state = "SELECT dealer, day, today, credits FROM allocation ORDER BY 1"
        assert conn.exec_driver_sql(state).all() == other.exec_driver_sql(state).all()
        live = sa.text("SELECT count(*), count(DISTINCT lead_id) FROM offer WHERE live")
        assert conn.execute(live).one() == (9, 9)


def test_the_second_of_one_person_is_the_first_again(db: Database) -> None:
    add_dealers(db)
    asked = [submission(1), submission(2), submission(1, model="Vesta"), submission(1, brand="Kia")]
    outcomes = route_leads(db, asked)
    first, other, again, kia = map(routed, outcomes)
    assert (again.repeated, again.lead_id, again.dealer) == (True, first.lead_id, first.dealer)
    assert len({first.lead_id, other.lead_id, kia.lead_id}) == 3
    assert [event.kind for event in events(db, first)] == ["offered", "repeated"]
    assert all(each.written for each in outcomes)


def test_one_key_has_one_effect(db: Database) -> None:
    add_dealers(db)
    asked = [submission(1, key="k"), submission(1, key="k"), submission(2, key="k"), submission(3, key="other")]
    first, same, reused, other = route_leads(db, asked)
    assert routed(same).lead_id == routed(first).lead_id
    assert isinstance(reused.found, KeyReused)
    assert routed(other).lead_id != routed(first).lead_id
    assert [each.written for each in (first, same, reused, other)] == [True, False, False, True]
    with db.worker() as conn:
        assert conn.exec_driver_sql("SELECT count(*) FROM lead").scalar_one() == 2


def test_who_names_nobody_holds_up_nobody(db: Database) -> None:
    add_dealers(db)
    noted: list[list[int]] = []
    asked = [submission(1), submission(2, full_name=None, phones=None), submission(3)]
    found = route_leads(db, asked, lambda conn, places: noted.append(list(places)))
    assert isinstance(found[1].found, Invalid)
    assert [routed(found[place]).repeated for place in (0, 2)] == [False, False]
    assert noted == [[0, 2]]


def test_nothing_stays_of_any_if_the_note_fails(db: Database) -> None:
    add_dealers(db)

    def failing(*_: object) -> None:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        route_leads(db, [submission(1), submission(2)], failing)
    with db.worker() as conn:
        assert conn.exec_driver_sql("SELECT count(*) FROM lead").scalar_one() == 0
        assert conn.exec_driver_sql("SELECT count(*) FROM entry").scalar_one() == 0


@settings(max_examples=200)
@given(st.lists(st.sets(st.integers(0, 6), max_size=3), max_size=12))
def test_rounds_keep_apart_and_in_order_what_meets(points: list[set[int]]) -> None:
    rounds = _rounds({place: set(own) for place, own in enumerate(points)})
    turn = {place: number for number, places in enumerate(rounds) for place in places}
    assert sorted(turn) == list(range(len(points)))
    assert all(rounds)
    for one in range(len(points)):
        for other in range(one):
            if points[one] & points[other]:
                assert turn[other] < turn[one]


def test_the_dealers_in_line_are_locked_in_one_go(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    add_dealers(db)
    route_leads(db, [submission(1)])  # dealers that were never offered a lead have no row yet

    def again(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr("hub.store.allocation.ask", again)
    assert [routed(each).rule for each in route_leads(db, [submission(2), submission(3)])] == ["turn", "turn"]


def test_who_is_new_has_a_name_at_once(db: Database) -> None:
    add_dealers(db, "A")
    route_leads(db, [submission(1), submission(2, full_name="ООО «Ромашка»", kind="company")])
    with db.worker() as conn:
        shown = conn.scalars(sa.text("SELECT full_name FROM golden ORDER BY golden")).all()
    assert shown == [name(1), "ООО «Ромашка»"]
