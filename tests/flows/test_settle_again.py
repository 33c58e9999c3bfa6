"""What re-opens a decision: a merge, an unmerge, a late file, a file taken back; a phone book claims nothing."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from threading import Barrier

import sqlalchemy as sa

from hub.flows.consolidate import consolidate
from hub.flows.match import match
from hub.flows.revoke import revoke
from hub.flows.settle import settle
from hub.store.abuse import abuse_by_dealer
from hub.store.ownership import owners
from tests.flows.inbox import Hub, person

NOW = datetime(2026, 11, 10, 12, tzinfo=UTC)
ANNA = {"phones": "+7 916 111-22-33", "emails": "anna@mail.ru", "birth_date": "1980-01-02"}


def lead(number: str, day: str, **more: object) -> dict[str, object]:
    row = {"record_no": number, "last_name": "Смирнова", "first_name": "Анна", "phones": ANNA["phones"],
           "emails": ANNA["emails"], "brand": "Mazda", "new_or_used": "new", "created_at": f"{day}T10:00:00Z"}  # fmt: skip
    return row | more


def call(number: str, of: str, day: str, **more: object) -> dict[str, object]:
    row = {"record_no": number, "lead_no": of, "channel": "call", "direction": "in", "at": f"{day}T10:00:00Z"}
    return row | more


def night(hub: Hub) -> None:
    hub.clock = max(hub.clock, datetime(2026, 11, 8, tzinfo=UTC))
    hub.night(date(2026, 11, 1))
    match(hub.db)
    consolidate(hub.db)
    settle(hub.db, NOW)


def owner(hub: Hub, dealer: str, at: datetime = NOW) -> str | None:
    """Who holds the party of a dealer's lead L."""
    query = sa.text(
        "SELECT m.golden FROM leads l JOIN membership m USING (rid) WHERE l.dealer = :d AND l.record_no = 'L'"
    )
    with hub.db.worker() as conn:
        golden = conn.execute(query, {"d": dealer}).scalar_one()
        found = owners(conn, [golden], "Mazda", "new", at)
    return found[golden].dealer if found else None


def test_a_merge_makes_a_conflict_and_an_unmerge_takes_it_away(hub: Hub) -> None:
    hub.put("leads.csv", [lead("L", "2026-11-05")], "d1")
    hub.put("leads.csv", [lead("L", "2026-11-06", phones="+7 916 999-88-77", emails="")], "d2")
    hub.put("interactions.csv", [call("I", "L", "2026-11-05")], "d1")
    hub.put("interactions.csv", [call("I", "L", "2026-11-06")], "d2")
    night(hub)
    apart = (owner(hub, "d1"), owner(hub, "d2"))
    assert hub.rows("SELECT count(*) FROM conflict") == [(0,)]
    hub.put("leads_2026-11-02.csv", [lead("L", "2026-11-06")], "d2")  # the number was mended: it is Anna's
    night(hub)
    assert (owner(hub, "d1"), owner(hub, "d2")) == ("d1", "d1")
    assert hub.rows("SELECT dealers, winner, rule FROM conflict JOIN said USING (conflict_id)") == [
        (["d1", "d2"], "d1", "protected_claim")
    ]
    upload = hub.rows("SELECT max(upload_id) FROM upload WHERE dealer = 'd2' AND feed = 'leads'")[0][0]
    revoke(hub.db, hub.archive, hub.gate, int(str(upload)), "test")
    match(hub.db)
    consolidate(hub.db)
    settle(hub.db, NOW)
    assert (owner(hub, "d1"), owner(hub, "d2")) == apart
    assert hub.rows("SELECT count(*) FROM conflict") == [(0,)]
    assert hub.rows("SELECT count(*) FROM said") == [(1,)]  # what was said stays on record


def test_a_late_file_changes_the_owner(hub: Hub) -> None:
    hub.put("leads.csv", [lead("L", "2026-11-05")], "d1")
    hub.put("leads.csv", [lead("L", "2026-11-06")], "d2")
    hub.put("interactions.csv", [call("I", "L", "2026-11-07")], "d2")
    night(hub)
    assert owner(hub, "d1") == "d2"
    hub.put("interactions.csv", [call("I", "L", "2026-11-06")], "d1")
    night(hub)
    assert owner(hub, "d1") == "d1"


def test_a_phone_book_claims_nothing_but_those_with_proof(hub: Hub) -> None:
    hub.put("customers.csv", [person("1", "Иванов", "Пётр")], "d9")
    night(hub)
    hub.clock += timedelta(days=1, hours=12)
    book = [
        lead(f"B{n}", "2026-11-09", phones=f"+7 916 {n:03}-00-00", last_name=f"Петров{n}", emails="")
        for n in range(150)
    ]
    hub.put("leads_2026-11-09.csv", [*book, lead("L", "2026-11-09")], "d1")
    hub.put("interactions_2026-11-09.csv", [call("I", "L", "2026-11-09")], "d1")
    night(hub)
    at = datetime(2026, 11, 11, tzinfo=UTC)
    assert owner(hub, "d1", at) == "d1"
    assert hub.rows("SELECT count(*) FROM claim") == [(1,)]
    with hub.db.worker() as conn:
        (row,) = abuse_by_dealer(conn, datetime(2026, 1, 1, tzinfo=UTC))
    assert (row["dealer"], row["claims"], row["phone_book_leads"]) == ("d1", 151, 151)


_CALLED = sa.text(
    """INSERT INTO interactions (rid, id, dealer, record_no, upload_id, day, row_hash, first_seen, lead_no, channel,
           direction, at)
       SELECT nextval('rid_seq'), CAST(md5(dealer) AS uuid), dealer, 'I', upload_id, day, row_hash, :at, record_no, 'call',
           'in', :at
       FROM leads WHERE dealer = :dealer AND record_no = 'L'"""
)


def _calls(hub: Hub, dealer: str, start: Barrier | None = None) -> None:
    """The person calls this dealer, and everything is settled."""
    if start:
        start.wait(120)
    with hub.db.worker() as conn:
        conn.execute(_CALLED, {"dealer": dealer, "at": NOW - timedelta(days=1)})
    settle(hub.db, NOW)


def _forgotten(hub: Hub) -> None:
    with hub.db.worker() as conn:
        conn.execute(sa.text("DELETE FROM interactions WHERE record_no = 'I'"))
    settle(hub.db, NOW)


def test_two_dealers_prove_contact_in_the_same_second_and_one_owns_whatever_the_order(hub: Hub) -> None:
    for dealer in ("d1", "d2"):
        hub.put("leads.csv", [lead("L", "2026-11-08")], dealer)
    night(hub)
    conflict = "SELECT began, dealers, winner, rule FROM conflict JOIN decision USING (conflict_id) ORDER BY valid_from"
    outcomes = []
    for order in (["d1", "d2"], ["d2", "d1"]):
        for dealer in order:
            _calls(hub, dealer)
        outcomes.append((owner(hub, "d1"), owner(hub, "d2"), hub.rows(conflict)))
        _forgotten(hub)
    for _ in range(4):
        start = Barrier(2)
        with ThreadPoolExecutor(2) as pool:
            for done in [pool.submit(_calls, hub, dealer, start) for dealer in ("d1", "d2")]:
                done.result(60)
        outcomes.append((owner(hub, "d1"), owner(hub, "d2"), hub.rows(conflict)))
        _forgotten(hub)
    first = outcomes[0]
    assert first[0] == first[1] is not None
    assert all(outcome == first for outcome in outcomes)
    assert hub.rows("SELECT DISTINCT rule FROM said WHERE winner IS NOT NULL") == [("protected_claim",)]
