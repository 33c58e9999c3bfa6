"""Many leads at once: what is told is what is done, and nothing is done before it is told to."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from hub.errors import Invalid
from hub.flows.answer_lead import Answer, answer_lead
from hub.flows.reassign import Order, reassign
from hub.store.engine import Database
from tests.flows.routing_world import add_dealer, add_dealers, after, id_of, rows, send, story

WHY = "lost its franchise"


def standing(db: Database) -> list[tuple[object, ...]]:
    return rows(db, "SELECT lead_id, state, dealer, events, due_at FROM lead ORDER BY 1")


def test_told_first_then_done_just_so(db: Database) -> None:
    add_dealers(db, "A", "B", "C")
    leads = [send(db, number) for number in range(9)]
    held = [lead for lead in leads if lead.dealer == "A"]
    answer_lead(db, Answer(id_of(held[0]), "A", "contacted", "api:test", after(1)))
    before, ledger = standing(db), rows(db, "SELECT count(*) FROM entry")
    told = reassign(db, Order("A", WHY), "cli", after(2))
    assert (told.applied, len(told.moves), told.gained) == (False, 2, {"B": 1, "C": 1})
    assert (standing(db), rows(db, "SELECT count(*) FROM entry")) == (before, ledger)
    done = reassign(db, Order("A", WHY), "cli", after(2), apply=True)
    assert (done.applied, done.moves) == (True, told.moves)
    for move in done.moves:
        lead = next(lead for lead in leads if lead.lead_id == move.lead_id)
        assert story(db, lead) == ["offered A", "reassigned -", f"offered {move.to}"]
    assert rows(db, "SELECT kind, dealer, body ->> 'reason' FROM entry WHERE kind = 'reassignment'") == [
        ("reassignment", "A", WHY)
    ]
    assert reassign(db, Order("A", WHY, contacted=True), "cli", after(3)).moves[0].state == "contacted"


def test_by_brand_and_to_head_office_where_nobody_else_can(db: Database) -> None:
    add_dealer(db, "A", brands=["Lada", "Mazda"])
    add_dealer(db, "B", brands=["Lada"])
    send(db, 1, brand="Mazda")
    send(db, 2, brand="Lada", chosen_dealer="A")
    mazda = reassign(db, Order("A", WHY, brand="MAZDA"), "cli", after(1), apply=True)
    assert mazda.gained == {"": 1}
    assert reassign(db, Order("A", WHY, brand="Lada"), "cli", after(1)).gained == {"B": 1}


def test_only_what_is_misplaced(db: Database) -> None:
    add_dealers(db, "A", "B")
    for number in range(6):
        send(db, number)
    order = Order("A", "new territories", only_misplaced=True)
    assert reassign(db, order, "cli", after(1)).kept == 3
    with db.worker() as conn:
        conn.execute(sa.text("UPDATE dealer SET latitude = 59.9, longitude = 30.3 WHERE code = 'A'"))
        conn.execute(sa.text("INSERT INTO place (city, latitude, longitude) VALUES ('moskva', 55.75, 37.62)"))
        conn.execute(sa.text("UPDATE leads SET city = 'Москва' WHERE dealer = '@hub'"))
    moved = reassign(db, order, "cli", after(1), apply=True)
    assert (moved.gained, moved.kept) == ({"B": 3}, 0)


def test_an_unknown_dealer(db: Database) -> None:
    with pytest.raises(Invalid, match="Unknown dealer"):
        reassign(db, Order("Z", WHY), "cli", after(1))
