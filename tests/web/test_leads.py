"""Leads by page: what waits, answers, what a dealer sees of a lead that is not its own any more."""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa

from hub.store.audit import entries
from tests.api.serving import Served
from tests.web.browser import Browser
from tests.web.dealer_work import sent_lead

Browse = Callable[..., Browser]
OTHER = {"ivan": "petr", "petr": "ivan"}


def test_a_lead_is_taken_worked_and_won(hub: Served, browse: Browse) -> None:
    lead_id, login = sent_lead(hub)
    person = browse(login)
    waiting = person.get("/leads").text
    assert "Орлова Вера Павловна" in waiting
    assert "within" in waiting
    page = person.get(f"/leads/{lead_id}").text
    assert 'href="tel:' in page
    assert "&lt;adf&gt;" in page
    for kind, said in (("accepted", "Contact the customer"), ("contacted", "Tell what became of it"), ("won", "won")):
        answer = person.send(f"/leads/{lead_id}", kind=kind, channel="call" if kind == "contacted" else "")
        assert answer.status_code == 200
        assert said in answer.text
    assert answer.text.count("<time") == 4  # offered, accepted, contacted, won
    dealer = {"ivan": "D001", "petr": "D002"}[login]
    steps = hub.get(dealer, f"/v1/leads/{lead_id}").json()["steps"]
    assert [step["kind"] for step in steps] == ["offered", "accepted", "contacted", "won"]
    assert steps[0]["body"] == {}  # by which rule, and why, is head office's to know
    assert "Орлова" not in person.get("/leads").text
    assert "Орлова" in person.get("/leads/ended?status=won").text
    with hub.db.worker() as conn:
        logged = [(e.actor, e.action, e.target) for e in entries(conn, None, 50)]
    assert (f"user:{login}", "read_lead", lead_id) in logged
    assert (f"user:{login}", "lead_won", lead_id) in logged


def test_a_declined_lead_shows_neither_the_person_nor_the_next_dealer(hub: Served, browse: Browse) -> None:
    lead_id, login = sent_lead(hub)
    person = browse(login)
    person.get(f"/leads/{lead_id}")
    page = person.send(f"/leads/{lead_id}", kind="declined", reason="The price", note="x").text
    assert "no longer yours" in page
    assert "Орлова" not in page
    other = browse(OTHER[login]).get(f"/leads/{lead_id}").text
    assert "Орлова" in other
    own = {"ivan": "D001", "petr": "D002"}
    assert own[OTHER[login]] not in page
    assert own[login] not in other
    with hub.db.worker() as conn:
        query = sa.text("SELECT body->>'reason' FROM entry WHERE kind = 'answer'")
        assert conn.execute(query).scalar_one() == "The price: x"
    assert person.get(f"/leads/{lead_id}/adf").status_code == 409


def test_another_dealers_lead_is_none(hub: Served, browse: Browse) -> None:
    lead_id, login = sent_lead(hub)
    rival = browse(OTHER[login])
    nothing = "00000000-0000-4000-8000-000000000000"
    for path in ("/leads/{}", "/leads/{}/adf"):
        there, nowhere = rival.get(path.format(lead_id)), rival.get(path.format(nothing))
        assert (there.status_code, nowhere.status_code) == (404, 404)
        assert there.text.replace(lead_id, "") == nowhere.text.replace(nothing, "")
    csrf = rival.get("/").text.split('name="csrf" value="')[1].split('"')[0]
    assert rival.client.post(f"/leads/{lead_id}", data={"csrf": csrf, "kind": "accepted"}).status_code == 404
    assert browse("anna").get("/leads").status_code == 403
