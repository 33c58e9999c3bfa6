"""The clock over real leads: warned, passed on, escalated; after a standstill; by two clocks at once; by files and merges."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import pytest
import sqlalchemy as sa

from hub.errors import Conflict, NotFound
from hub.flows.answer_lead import Answer, answer_lead
from hub.flows.route_lead import Routed
from hub.flows.run_clock import run_clock
from hub.store.engine import Database
from tests.flows.routing_world import FRIDAY, add_dealers, after, events, id_of, lead_of, rows, send, story


def say(db: Database, routed: Routed, kind: str, dealer: str | None, at: datetime, **more: Any) -> None:
    answer_lead(db, Answer(id_of(routed), dealer or "", kind, "api:test", at, **more))


def test_silence_passes_the_lead_on_and_at_last_to_head_office(db: Database) -> None:
    add_dealers(db, "A", "B")
    lead = send(db)
    for minutes in range(0, 700, 5):
        run_clock(db, after(minutes))
    assert story(db, lead) == [
        "offered A", "warned A", "expired A", "offered B", "warned B", "expired B", "escalated -",
    ]  # fmt: skip
    times = [round((event.at - FRIDAY).total_seconds() / 60) for event in events(db, lead)]
    assert times == [0, 45, 60, 60, 105, 120, 120]
    assert lead_of(db, lead).state == "head_office"
    assert rows(db, "SELECT dealer, status, live, on_time FROM offer ORDER BY offer_id") == [
        ("A", "expired", False, False),
        ("B", "expired", False, False),
    ]


def test_three_dealers_are_tried_and_no_fourth(db: Database) -> None:
    add_dealers(db, "A", "B", "C", "D")
    lead = send(db)
    for minutes in range(0, 700, 30):
        run_clock(db, after(minutes))
    assert story(db, lead)[-1] == "escalated -"
    assert [word for word in story(db, lead) if word.startswith("offered")] == ["offered A", "offered B", "offered C"]
    assert events(db, lead)[-1].body == {"why": "enough_offers"}


def test_accepted_and_then_silent(db: Database) -> None:
    add_dealers(db)
    lead = send(db)
    say(db, lead, "accepted", "A", after(10))
    run_clock(db, after(179))
    assert story(db, lead) == ["offered A", "accepted A"]
    run_clock(db, after(180))
    run_clock(db, after(240))
    assert story(db, lead)[2:] == ["warned A", "expired A", "offered B"]


def test_a_standstill_of_the_clock_gives_the_next_dealer_its_full_term(db: Database) -> None:
    add_dealers(db)
    lead = send(db)
    ticked = run_clock(db, after(300))
    assert (ticked.leads, ticked.steps) == (1, 2)
    assert story(db, lead) == ["offered A", "warned A", "expired A", "offered B"]
    last = events(db, lead)[-1]
    assert last.at == after(300)
    assert datetime.fromisoformat(last.body["accept_by"]) == after(360)


def test_the_night_and_sunday_do_not_count(db: Database) -> None:
    add_dealers(db)
    lead = send(db, at=datetime.fromisoformat("2026-11-21T17:30+03:00"))  # Saturday, half an hour before closing
    for hour in range(1, 41):
        run_clock(db, after(60 * hour, datetime.fromisoformat("2026-11-21T17:30+03:00")))
    assert story(db, lead)[0] == "offered A"
    expired = next(event for event in events(db, lead) if event.kind == "expired")
    assert expired.at == datetime.fromisoformat("2026-11-23T09:30+03:00")


def test_an_answer_comes_after_what_the_clock_had_to_do(db: Database) -> None:
    add_dealers(db)
    lead = send(db)
    with pytest.raises(Conflict, match="not yours any more"):
        say(db, lead, "accepted", "A", after(61))  # the clock did not run meanwhile
    assert story(db, lead) == ["offered A", "warned A", "expired A", "offered B"]
    with pytest.raises(NotFound):
        say(db, lead, "accepted", "C", after(62))


def test_two_clocks_at_once_do_each_step_once(db: Database) -> None:
    add_dealers(db)
    leads = [send(db, number) for number in range(12)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: run_clock(db, after(60)), range(4)))
    for lead in leads:
        kinds = [word.split()[0] for word in story(db, lead)]
        assert kinds == ["offered", "warned", "expired", "offered"]
    assert rows(db, "SELECT lead_id FROM offer WHERE live GROUP BY 1 HAVING count(*) > 1") == []


def test_a_share_of_the_lost_is_offered_again_once(db: Database) -> None:
    add_dealers(db)
    leads = [send(db, number) for number in range(60)]
    for lead in leads:
        say(db, lead, "lost", lead.dealer, after(5), reason="too dear")
    again = [lead for lead in leads if lead_of(db, lead).state == "offered"]
    assert 0 < len(again) < 25
    for lead in again:
        assert [word.split()[0] for word in story(db, lead)] == ["offered", "lost", "challenged", "offered"]
        second = lead_of(db, lead).dealer
        assert second != lead.dealer
        say(db, lead, "lost", second, after(6))
        assert lead_of(db, lead).state == "lost"


def test_turns_follow_the_shares_also_when_leads_come_at_once(db: Database) -> None:
    add_dealers(db, "A", share=0.5)
    add_dealers(db, "B", "C", share=0.25)
    with ThreadPoolExecutor(8) as pool:
        leads = list(pool.map(lambda number: send(db, number), range(40)))
    got = sorted(lead.dealer or "" for lead in leads)
    assert (got.count("A"), got.count("B"), got.count("C")) == (20, 10, 10)
    assert rows(db, "SELECT sum((credits ->> 'lada/new')::int) FROM allocation") == [(0,)]
    assert rows(db, "SELECT dealer, today FROM allocation ORDER BY 1") == [("A", 20), ("B", 10), ("C", 10)]


def test_the_last_place_of_a_day_is_given_once(db: Database) -> None:
    add_dealers(db, "A", "B", capacity=5)
    with ThreadPoolExecutor(8) as pool:
        leads = list(pool.map(lambda number: send(db, number), range(16)))
    got = [lead.dealer for lead in leads]
    assert (got.count("A"), got.count("B"), got.count(None)) == (5, 5, 6)
    assert send(db, 99, at=after(24 * 60)).dealer is not None  # the next day


def test_a_dealers_own_file_tells_of_the_lead(db: Database) -> None:
    add_dealers(db)
    won, contacted, silent = (send(db, number) for number in range(3))
    for lead, status in ((won, "won"), (contacted, "contacted"), (silent, "new")):
        with db.worker() as conn:
            conn.execute(_OWN_LEAD, {"dealer": lead.dealer, "no": str(lead.lead_id), "status": status})
    ticked = run_clock(db, after(20))
    assert ticked.from_files == 2
    assert [lead_of(db, lead).state for lead in (won, contacted, silent)] == ["won", "contacted", "offered"]
    assert run_clock(db, after(21)).from_files == 0


_OWN_LEAD = sa.text(
    """INSERT INTO leads (rid, id, dealer, record_no, upload_id, day, row_hash, first_seen, status)
       VALUES (nextval('rid_seq'), gen_random_uuid(), :dealer, :no, 1, '2026-11-20', gen_random_uuid(),
               '2026-11-20 09:10Z', :status)"""
)


def own(db: Database, lead: Routed, owner: str) -> None:
    """As if the lead's record had been merged with one of the owner's prospects."""
    with db.worker() as conn:
        rid = conn.execute(sa.text("SELECT rid FROM lead WHERE lead_id = :id"), {"id": lead.lead_id}).scalar_one()
        conn.execute(
            sa.text("INSERT INTO membership (rid, golden, dealer) VALUES (:r, :g, :d)"),
            {"r": -rid, "g": -rid, "d": owner},
        )
        conn.execute(sa.text("UPDATE membership SET golden = :g WHERE rid = :r"), {"g": -rid, "r": rid})
        conn.execute(
            sa.text(
                """INSERT INTO ownership (golden, brand, purpose, dealer, valid_from, rule, policy, reason)
                   VALUES (:g, 'lada', 'new', :d, '2026-11-01Z', 'evidence', 'x', 'x')"""
            ),
            {"g": -rid, "d": owner},
        )


def test_a_lead_follows_the_person_to_the_owner_once(db: Database) -> None:
    add_dealers(db)
    lead, other = send(db, 1), send(db, 2)
    own(db, lead, "C")
    assert run_clock(db, after(10)).followed == 1
    assert story(db, lead) == ["offered A", "moved -", "offered C"]
    assert run_clock(db, after(11)).followed == 0
    assert story(db, other) == ["offered B"]
    assert rows(db, "SELECT dealer, status FROM offer WHERE lead_id = :id ORDER BY offer_id", id=lead.lead_id) == [
        ("A", "withdrawn"),
        ("C", "open"),
    ]
